package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// storyView is an incident or one alert, in the order of the mail: what happened, to which vault, who and from where,
// how unusual, what was touched, what to do, where to look.
type storyView struct {
	ID       string
	Alert    bool // one alert, not its whole incident
	Incident ref  // of one alert
	Severity string
	Title    string
	Story    string
	Sample   bool
	Start    time.Time

	Findings []finding
	Vaults   []vaultLine
	Who      []whoLine
	From     []string
	// What the lists above have no room for; the links lead to all of it.
	MoreVaults, MoreWho, MoreFrom int
	Counts                        []operation

	Objects     []objectRow
	MoreObjects int
	Several     bool // vaults
	Rotate      int
	Rotation    rotationLinks

	Steps    []string
	Timeline timeline
	Logs     string
	KQL      string

	Status statusView
}

// Bounds of a story's lists. Reasons beyond the bound can be unfolded.
const (
	maxReasons = 7
	maxNamed   = 10
)

type finding struct {
	Severity   string
	Title      ref
	Type       string
	Also       []string
	Time       time.Time
	Confidence string
	Early      bool // told at once; to be confirmed or taken back within minutes
	State      string
	Silenced   string
	Reasons    []string
	More       []string // further reasons
	Evidence   []evidence
	Papers     *detection.Papers
	Silence    string // address of the form that silences alerts like this one
	Techniques []string
}

type vaultLine struct {
	Vault      ref
	ID, Portal string
}

type whoLine struct {
	Who                   ref
	Kind, ID, Application string
}

type operation struct {
	Name string
	N    int
}

type objectRow struct {
	Name, Did, When string
	Count           int
	Vault           ref
	Rotate          bool
}

type rotationLinks struct{ Page, Text, Shell, CSV string }

func (c *console) incident(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	alerts, err := wholeIncident(v.ctx(), c.Viewer.Alerts, digestsOf(k.alerts), v.arg("id"))
	if err != nil {
		return answer{}, err
	}
	if len(alerts) == 0 {
		return answer{}, refuse(http.StatusNotFound, "There is no such incident. Its alerts may have been forgotten since the mail was sent.")
	}
	view, err := c.newStory(v, k, alerts)
	return answer{page: "story", title: view.Title, view: view}, err
}

func (c *console) alert(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	a, ok, err := wholeAlert(v.ctx(), c.Viewer.Alerts, digestsOf(k.alerts), v.arg("id"))
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, refuse(http.StatusNotFound, "There is no such alert. It may have been forgotten since the mail was sent.")
	}
	view, err := c.newStory(v, k, []detection.Alert{a})
	view.Alert, view.ID = true, a.ID
	view.Incident = ref{"the whole incident", v.links.to("incident", "id", notify.IncidentOf(a))}
	view.Rotation = newRotationLinks(v.links, "alert", a.ID)
	view.Status.Alert, view.Status.Incident = a.ID, ""
	return answer{page: "story", title: view.Title, view: view}, err
}

func digestsOf(list []judged) []digest {
	out := make([]digest, len(list))
	for i, j := range list {
		out[i] = j.digest
	}
	return out
}

// storyInput is what a story is told from.
type storyInput struct {
	incident  notify.Incident
	known     *known
	links     links
	portal    notify.Links
	catalogue []*detection.Detection
}

func (c *console) newStory(v *visit, k *known, alerts []detection.Alert) (storyView, error) {
	in := storyInput{notify.Group(alerts)[0], k, v.links, c.Links, c.Catalogue}
	view := tellStory(in)
	err := c.Viewer.Look(v.ctx(), func(m pipeline.Memory) { view.remember(m, in) })
	if err != nil {
		return view, err
	}
	view.Status, err = v.status(k, in.incident)
	return view, err
}

// remember adds what the memory knows: pictures of why, and what else the callers did.
func (view *storyView) remember(m pipeline.Memory, in storyInput) {
	for i, a := range in.incident.Alerts {
		view.Findings[i].Evidence = evidenceOf(m.Estate, a, in.known.present)
	}
	view.Timeline = newTimeline(m.Estate, in.incident, in.links)
}

func tellStory(s storyInput) storyView {
	in := s.incident
	view := storyView{ID: in.ID, Severity: in.Severity.String(), Title: in.Title, Sample: in.Sample, Start: in.Start, Several: len(in.Vaults) > 1, Steps: in.Steps(), KQL: in.KQL()}
	view.Story = counted(len(in.Alerts), "alert") + ", " + notify.Span(in.Start, in.End)
	for _, a := range in.Alerts {
		view.Findings = append(view.Findings, newFinding(a, s))
	}
	for _, id := range in.Vaults[:min(len(in.Vaults), maxNamed)] {
		view.Vaults = append(view.Vaults, vaultLine{s.links.vault(id), id, s.portal.Vault(id)})
	}
	view.MoreVaults = max(0, len(in.Vaults)-maxNamed)
	for _, p := range in.Principals[:min(len(in.Principals), maxNamed)] {
		view.Who = append(view.Who, whoLine{s.links.caller(p.ID, p.Name, p.Kind), p.Kind, p.ID, applicationName(p.Application)})
	}
	view.MoreWho, view.MoreFrom = max(0, len(in.Principals)-maxNamed), max(0, len(in.Origins)-maxNamed)
	for _, o := range in.Origins[:min(len(in.Origins), maxNamed)] {
		from := cmp.Or(o.IP, "an address that was not logged")
		if o.Client != "" {
			from += " with " + o.Client
		}
		view.From = append(view.From, from)
	}
	view.Counts = sortedCounts(in.Operations())
	view.listObjects(in, s.links)
	view.Rotation = newRotationLinks(s.links, "incident", in.ID)
	if len(in.Vaults) > 0 {
		view.Logs = s.portal.Logs(in.Vaults[0], view.KQL)
	}
	return view
}

func sortedCounts(counts map[string]int) []operation {
	list := make([]operation, 0, len(counts))
	for name, n := range counts {
		list = append(list, operation{name, n})
	}
	slices.SortFunc(list, func(a, b operation) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	return list
}

func (view *storyView) listObjects(in notify.Incident, l links) {
	list, more := in.Objects()
	view.MoreObjects = more
	for _, o := range list {
		row := objectRow{Name: o.Name, Did: strings.Join(o.Operations, ", "), When: notify.Span(o.First, o.Last), Count: o.Count, Vault: l.vault(o.Vault), Rotate: taken(o)}
		if row.Rotate {
			view.Rotate++
		}
		view.Objects = append(view.Objects, row)
	}
}

func newFinding(a detection.Alert, s storyInput) finding {
	f := finding{Severity: a.Severity.String(), Title: ref{cmp.Or(a.Title, a.Type), s.links.to("alert", "id", a.ID)}, Type: a.Type, Also: a.Also, Time: a.Time,
		Confidence: a.Confidence, Early: a.Early, Reasons: a.Reasons, Techniques: a.Techniques, Silence: s.links.to("rule", "alert", a.ID), State: string(triage.Open)}
	for _, j := range s.known.alerts {
		if j.ID == a.ID {
			f.State = j.word()
			if j.silenced {
				f.Silenced = j.rule.Name
			}
		}
	}
	n := min(len(f.Reasons), maxReasons)
	f.Reasons, f.More = f.Reasons[:n], f.Reasons[n:]
	for _, d := range s.catalogue {
		if d.ID == a.Type {
			f.Papers = &d.Papers
		}
	}
	return f
}

// statusView is the form in which people say what they think.
type statusView struct {
	CanWrite        bool
	Incident, Alert string
	Mark            triage.Mark
	Token, Action   string
}

func (v *visit) status(k *known, in notify.Incident) (statusView, error) {
	s := statusView{CanWrite: v.console.Store != nil, Incident: in.ID, Action: v.links.to("set-status")}
	for _, a := range in.Alerts {
		if m := k.book.Status(a); s.Mark.State == "" || m.At.After(s.Mark.At) {
			s.Mark = m
		}
	}
	var err error
	s.Token, err = v.token()
	return s, err
}

// story reads the alerts that an address names by incident or alert.
func (c *console) story(ctx context.Context, k *known, incident, alert string) ([]detection.Alert, error) {
	switch {
	case (incident == "") == (alert == ""):
		return nil, refuse(http.StatusBadRequest, "Name an incident or an alert, one of them.")
	case incident != "":
		list, err := wholeIncident(ctx, c.Viewer.Alerts, digestsOf(k.alerts), incident)
		if err == nil && len(list) == 0 {
			err = refuse(http.StatusNotFound, "There is no such incident.")
		}
		return list, err
	}
	a, ok, err := wholeAlert(ctx, c.Viewer.Alerts, digestsOf(k.alerts), alert)
	if err == nil && !ok {
		err = refuse(http.StatusNotFound, "There is no such alert.")
	}
	return []detection.Alert{a}, err
}

// outcomeOf reads an alert's operation, which says so when it was denied.
func outcomeOf(name string) audit.Outcome {
	if strings.HasSuffix(name, "(denied)") {
		return audit.Denied
	}
	return audit.Success
}

// taken tells whether an object left the vault, or was used or changed: whether it is to be rotated.
func taken(o notify.Object) bool {
	return slices.ContainsFunc(o.Operations, func(name string) bool { return outcomeOf(name) == audit.Success })
}
