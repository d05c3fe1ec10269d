package console

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/docs/api"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// The API's answers. Their names are a promise; docs/api/openapi.json tells it, and a test holds them to it.

// alertJSON is the alert as it is everywhere, with what people decided.
type alertJSON struct {
	detection.Alert
	Status   string    `json:"status"`
	StatusBy string    `json:"statusBy,omitempty"`
	StatusAt time.Time `json:"statusAt,omitzero"`
	Rule     string    `json:"rule,omitempty"`
}

type incidentJSON struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Severity string    `json:"severity"`
	Status   string    `json:"status"`
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Vaults   []string  `json:"vaults"`
	Callers  []string  `json:"callers"`
	Alerts   []string  `json:"alerts"`
}

type vaultJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	state
	Heard      time.Time  `json:"heard,omitzero"`
	Callers    int        `json:"callers"`
	OpenAlerts int        `json:"openAlerts"`
	Today      uint32     `json:"today"`
	Usual      float64    `json:"usual"`
	Hours      [24]uint32 `json:"hours"`
}

// listJSON is one page of a list.
type listJSON[T any] struct {
	Items []T `json:"items"`
	Total int `json:"total"`
	// Next is the cursor of the next page, empty on the last.
	Next string `json:"next,omitempty"`
}

func jsonAnswer(v any) answer {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return answer{code: http.StatusInternalServerError, kind: "application/json", body: []byte(`{"error":"the answer cannot be written"}`)}
	}
	return answer{kind: "application/json", body: b.Bytes()}
}

func (c *console) apiAlerts(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return answer{}, err
	}
	page, total, next := f.choose(k.alerts)
	whole, err := c.wholeAlerts(v.ctx(), k, page)
	if err != nil {
		return answer{}, err
	}
	out := listJSON[alertJSON]{Items: []alertJSON{}, Total: total, Next: next}
	for _, j := range page {
		if a, ok := whole[j.ID]; ok {
			out.Items = append(out.Items, newAlertJSON(a, j))
		}
	}
	return jsonAnswer(out), nil
}

func newAlertJSON(a detection.Alert, j judged) alertJSON {
	out := alertJSON{Alert: a, Status: j.word(), StatusBy: j.status.By, StatusAt: j.status.At}
	out.Vaults, out.Reasons, out.Tactics, out.Techniques, out.Remediation = orEmpty(a.Vaults), orEmpty(a.Reasons), orEmpty(a.Tactics), orEmpty(a.Techniques), orEmpty(a.Remediation)
	out.Objects = orEmpty(a.Objects)
	if a.Operations == nil {
		out.Operations = map[string]int{}
	}
	if j.silenced {
		out.Rule = j.rule.Name
		if out.Suppressed == "" {
			out.Suppressed = j.rule.Name
		}
	}
	return out
}

// maxGap is how many alerts that nobody asked for are read along rather than making another round trip.
const maxGap = 200

// wholeAlerts reads the alerts of a page, newest first, in as few spans as is sensible.
func (c *console) wholeAlerts(ctx context.Context, k *known, page []judged) (map[string]detection.Alert, error) {
	position := make(map[string]int, len(k.alerts))
	for i, j := range k.alerts {
		position[j.ID] = i
	}
	whole := map[string]detection.Alert{}
	for len(page) > 0 {
		n := 1
		for n < len(page) && position[page[n-1].ID]-position[page[n].ID] <= maxGap {
			n++
		}
		list, err := c.Viewer.Alerts(ctx, page[n-1].Time, page[0].Time.Add(time.Nanosecond))
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			whole[a.ID] = a
		}
		page = page[n:]
	}
	return whole, nil
}

func (c *console) apiAlert(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	list, err := c.story(v.ctx(), k, "", v.arg("id"))
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(newAlertJSON(list[0], find(k.alerts, list[0].ID))), nil
}

func find(list []judged, id string) judged {
	if i := slices.IndexFunc(list, func(j judged) bool { return j.ID == id }); i >= 0 {
		return list[i]
	}
	return judged{status: triage.Mark{State: triage.Open}}
}

func (c *console) apiIncidents(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return answer{}, err
	}
	list := incidents(k.alerts, f.matches)
	slices.SortFunc(list, func(a, b notify.Incident) int { return b.Start.Compare(a.Start) })
	page, next := pageOf(list, f.Before, func(in notify.Incident) string { return in.ID }, f.Limit)
	out := listJSON[incidentJSON]{Items: []incidentJSON{}, Total: len(list), Next: next}
	for _, in := range page {
		out.Items = append(out.Items, newIncidentJSON(in, k))
	}
	return jsonAnswer(out), nil
}

func newIncidentJSON(in notify.Incident, k *known) incidentJSON {
	out := incidentJSON{ID: in.ID, Title: in.Title, Severity: in.Severity.String(), Start: in.Start, End: in.End, Vaults: orEmpty(in.Vaults), Callers: []string{}}
	for _, p := range in.Principals {
		if p.ID != "" && !slices.Contains(out.Callers, p.ID) {
			out.Callers = append(out.Callers, p.ID)
		}
	}
	for _, a := range in.Alerts {
		j := find(k.alerts, a.ID)
		out.Alerts = append(out.Alerts, a.ID)
		if out.Status == "" || j.open() { // an incident is as open as the most open of its alerts
			out.Status = j.word()
		}
	}
	return out
}

// orEmpty makes lists lists, for readers that stumble over null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (c *console) apiIncident(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	list, err := c.story(v.ctx(), k, v.arg("id"), "")
	if err != nil {
		return answer{}, err
	}
	in := notify.Group(list)[0]
	out := struct {
		incidentJSON
		Members []alertJSON `json:"members"`
		Steps   []string    `json:"steps"`
	}{newIncidentJSON(in, k), nil, orEmpty(in.Steps())}
	for _, a := range in.Alerts {
		out.Members = append(out.Members, newAlertJSON(a, find(k.alerts, a.ID)))
	}
	return jsonAnswer(out), nil
}

func newVaultJSON(b brief) vaultJSON {
	return vaultJSON{ID: b.ID, Name: b.Name, state: b.State, Heard: b.Heard, Callers: b.Callers, OpenAlerts: b.Open, Today: b.Today, Usual: b.Usual, Hours: b.Hours}
}

func (c *console) apiVaults(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	f, err := readFilter(v.URL.Query())
	if err != nil {
		return answer{}, err
	}
	var list []brief
	if err := c.Viewer.Look(v.ctx(), func(m pipeline.Memory) { list = briefs(m.Estate, k, c.ObserveOnly) }); err != nil {
		return answer{}, err
	}
	list = chooseVaults(list, f.Text, v.arg("state"))
	page, next := pageOf(list, f.Before, func(b brief) string { return b.ID }, f.Limit)
	out := listJSON[vaultJSON]{Items: []vaultJSON{}, Total: len(list), Next: next}
	for _, b := range page {
		out.Items = append(out.Items, newVaultJSON(b))
	}
	return jsonAnswer(out), nil
}

func (c *console) apiDocument(*visit) (answer, error) {
	return answer{kind: "application/json", body: api.Document()}, nil
}
