package console

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

type callerJSON struct {
	ID      string    `json:"id"`
	Name    string    `json:"name,omitempty"`
	Kind    string    `json:"kind"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Refused time.Time `json:"refused,omitzero"`
	Days    int       `json:"days"`
	New     bool      `json:"new"`
	Objects int       `json:"objects"`
}

type weekJSON struct {
	People    [baseline.WeekHours]float64 `json:"people"`
	Workloads [baseline.WeekHours]float64 `json:"workloads"`
}

func (c *console) apiVault(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	out := struct {
		vaultJSON
		Members      []callerJSON `json:"members"`
		Networks     []mark       `json:"networks"`
		Agents       []mark       `json:"agents"`
		Applications []mark       `json:"applications"`
		Week         weekJSON     `json:"week"`
	}{Members: []callerJSON{}}
	found := false
	err = c.Viewer.Look(v.ctx(), func(m pipeline.Memory) {
		of := m.Estate.Vaults[v.arg("id")]
		if of == nil {
			return
		}
		found = true
		now := baseline.At(k.present)
		out.vaultJSON = newVaultJSON(newBrief(of, k.present, c.ObserveOnly != nil && c.ObserveOnly(of.ID)))
		list, _ := members(of, m.Estate, now)
		for _, x := range list {
			out.Members = append(out.Members, callerJSON{x.ID, x.Name, x.Kind, x.First, x.Last, x.Refused, x.Days, x.New, x.Objects})
		}
		out.Networks, _ = marks(of.Networks, now, prefixName)
		out.Agents, _ = marks(of.Agents, now, textName)
		out.Applications, _ = marks(of.Applications, now, applicationName)
		out.Week = weekJSON{of.Week[baseline.NewUser].As(now), of.Week[baseline.NewWorkload].As(now)}
	})
	if err == nil && !found {
		err = refuse(http.StatusNotFound, "Nothing is remembered of this vault.")
	}
	for _, j := range k.alerts {
		if f := (filter{Vault: out.ID}); j.open() && f.matches(j) {
			out.OpenAlerts++
		}
	}
	out.Networks, out.Agents, out.Applications = orEmpty(out.Networks), orEmpty(out.Agents), orEmpty(out.Applications)
	return jsonAnswer(out), err
}

type tieJSON struct {
	Vault   string    `json:"vault"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Refused time.Time `json:"refused,omitzero"`
	Days    int       `json:"days"`
}

func (c *console) apiPrincipal(v *visit) (answer, error) {
	var out struct {
		ID       string    `json:"id"`
		Name     string    `json:"name,omitempty"`
		Kind     string    `json:"kind"`
		Vaults   []tieJSON `json:"vaults"`
		Networks []mark    `json:"networks"`
		Agents   []mark    `json:"agents"`
	}
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	out.Vaults = []tieJSON{}
	err = c.Viewer.Look(v.ctx(), func(m pipeline.Memory) {
		p := m.Estate.Principals[v.arg("id")]
		if p == nil {
			return
		}
		now := baseline.At(k.present)
		out.ID, out.Name, out.Kind = p.ID, p.Name, p.Kind.String()
		for id, t := range p.Ties.All() {
			out.Vaults = append(out.Vaults, tieJSON{id, instant(t.Access.First), instant(t.Access.Last), instant(t.Refused.Last), int(t.Access.Days)})
		}
		out.Networks, _ = marks(p.Networks, now, prefixName)
		out.Agents, _ = marks(p.Agents, now, textName)
	})
	if err == nil && out.ID == "" {
		err = refuse(http.StatusNotFound, "Nothing is remembered of this principal.")
	}
	out.Networks, out.Agents = orEmpty(out.Networks), orEmpty(out.Agents)
	return jsonAnswer(out), err
}

func instant(i baseline.Instant) time.Time {
	if i == 0 {
		return time.Time{}
	}
	return i.Time()
}

type streamJSON struct {
	Name     string    `json:"name"`
	Position int64     `json:"position"`
	High     time.Time `json:"high,omitzero"`
	Behind   int64     `json:"behind"`
	// Events and records that came in all; Malformed could not be read.
	Events    int64 `json:"events"`
	Records   int64 `json:"records"`
	Malformed int64 `json:"malformed"`
	Late      bool  `json:"late"`
}

func (c *console) apiHealth(v *visit) (answer, error) {
	h, err := c.newHealth(v)
	if err != nil {
		return answer{}, err
	}
	out := struct {
		Healthy    bool         `json:"healthy"`
		Facts      []health     `json:"facts"`
		Settled    time.Time    `json:"settled,omitzero"`
		Waiting    int          `json:"waiting"`
		Vaults     int          `json:"vaults"`
		Principals int          `json:"principals"`
		Letters    int          `json:"deadLetters"`
		Streams    []streamJSON `json:"streams"`
		Lists      []List       `json:"lists"`
		Sweep      *sweepJSON   `json:"sweep,omitempty"`
	}{Healthy: len(h.Letters) == 0, Facts: h.Facts, Settled: h.Memory.Settled, Waiting: h.Memory.Waiting, Vaults: h.Vaults, Principals: h.Principals, Letters: len(h.Letters), Streams: []streamJSON{}, Lists: []List{}}
	for _, f := range h.Facts {
		out.Healthy = out.Healthy && !f.Bad
	}
	for _, s := range h.Streams {
		out.Streams = append(out.Streams, streamJSON{s.Name, s.Position, s.High, s.Behind, s.Totals.Events, s.Totals.Records, s.Totals.Malformed, s.Late})
	}
	out.Lists = append(out.Lists, h.Lists...)
	if h.Sweep != nil {
		out.Sweep = h.Sweep.json()
	}
	return jsonAnswer(out), nil
}

func (c *console) apiRules(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(listJSON[triage.Rule]{Items: append([]triage.Rule{}, k.book.Rules...), Total: len(k.book.Rules)}), nil
}

// apiSession tells a program who it is to us, and gives it the token that its changes need.
func (c *console) apiSession(v *visit) (answer, error) {
	token, err := v.token()
	return jsonAnswer(map[string]string{"who": v.who, "token": token}), err
}

// decode reads a posted document strictly: a member that is misspelt must not become a rule without that condition.
func decode(v *visit, into any) error {
	if v.Header.Get("Content-Type") != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "post a document of type application/json")
	}
	body, err := io.ReadAll(v.Body)
	if err != nil {
		return refuse(http.StatusRequestEntityTooLarge, "the document is too large")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refuse(http.StatusBadRequest, "the document cannot be read: "+err.Error())
	}
	if d.More() {
		return refuse(http.StatusBadRequest, "post one document, not several")
	}
	return nil
}

func (c *console) apiSetStatus(v *visit) (answer, error) {
	var s statusChange
	if err := decode(v, &s); err != nil {
		return answer{}, err
	}
	d, err := c.decide(v, s)
	out := struct {
		triage.Mark
		Lessons  []triage.Teaching `json:"lessons"`
		Untaught map[string]string `json:"untaught"`
	}{d.Mark, orEmpty(d.Teach), d.Untaught}
	return jsonAnswer(out), err
}

func (c *console) apiLessons(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(listJSON[triage.Teaching]{Items: orEmpty(k.book.Lessons), Total: len(k.book.Lessons)}), nil
}

func (c *console) apiEndLesson(v *visit) (answer, error) {
	var n struct {
		ID string `json:"id"`
	}
	if err := decode(v, &n); err != nil {
		return answer{}, err
	}
	return jsonAnswer(map[string]string{"ended": n.ID}), c.stopLesson(v, n.ID)
}

type newRuleJSON struct {
	Name        string    `json:"name"`
	Reason      string    `json:"reason"`
	Type        string    `json:"type"`
	Vault       string    `json:"vault"`
	Caller      string    `json:"caller"`
	Application string    `json:"application"`
	IP          string    `json:"ip"`
	Expires     time.Time `json:"expires"`
}

func (c *console) apiAddRule(v *visit) (answer, error) {
	var n newRuleJSON
	if err := decode(v, &n); err != nil {
		return answer{}, err
	}
	r, err := c.putRule(v, triage.Rule{Name: n.Name, Reason: n.Reason, Type: n.Type, Vault: n.Vault, Caller: n.Caller, Application: n.Application, IP: n.IP, Expires: n.Expires})
	return jsonAnswer(r), err
}

func (c *console) apiEndRule(v *visit) (answer, error) {
	var n struct {
		ID string `json:"id"`
	}
	if err := decode(v, &n); err != nil {
		return answer{}, err
	}
	return jsonAnswer(map[string]string{"ended": n.ID}), c.stopRule(v, n.ID)
}
