package detection

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Lesson is what a person taught by calling an alert benign: that what this caller did then is its work. While it holds,
// a finding that shows nothing beyond the alert raises nothing, and its records are learned like any others, so that
// they become usual by themselves. It is an exception of the narrowest kind and no silence: see [Lesson.explains].
//
// A lesson is an event like a record: it has a place in event time, which whoever judges gives it once, and counts for
// the records after it. So it makes no difference when a process learned of it.
type Lesson struct {
	// Alert is the id of the alert that was benign.
	Alert string `json:"alert"`
	// Types are what found something in the story. Conduct: it is about who comes and how, so that other findings of
	// that sort are the same story seen from another side.
	Types    []string `json:"types"`
	Conduct  bool     `json:"conduct,omitempty"`
	Severity Severity `json:"severity"`

	Caller       string   `json:"caller"`
	Vaults       []string `json:"vaults"`
	Networks     []string `json:"networks"`
	Applications []string `json:"applications"`
	// Operations are the kinds seen. Numbers are those of the alert, Requests how many named an object.
	Operations []string `json:"operations"`
	Numbers    []Number `json:"numbers,omitempty"`
	Requests   int      `json:"requests"`
	// End is the alert's: objects that were met until then are known.
	End time.Time `json:"end"`

	// From is the event time after which the lesson holds, zero until the judge has taken it in; Until is its last.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

const (
	// LessonLife is for how much event time a lesson holds. What was done again meanwhile has become usual by then.
	LessonLife = 90 * 24 * time.Hour
	// lessonMore is by how much a number may exceed the one of the alert and still be the same.
	lessonMore = 1.25
	// regularDays: what the caller showed on so many days needs no lesson. Fewer could be those of a theft.
	regularDays = 3
)

// NewLesson is what an alert of a detection can teach; the detection may be nil if it is no longer known. It fails for
// alerts that teach nothing, saying why.
func NewLesson(a Alert, d *Detection) (Lesson, error) {
	switch {
	case a.Caller == "":
		return Lesson{}, errors.New("it is about no single caller")
	case a.Sample:
		return Lesson{}, errors.New("it is a sample")
	}
	l := Lesson{Alert: a.ID, Types: append([]string{a.Type}, a.Also...), Conduct: d != nil && d.Family != Denied,
		Severity: a.Severity, Caller: a.Caller, Vaults: slices.Clone(a.Vaults),
		Networks: slices.Clone(a.Networks), Applications: slices.Clone(a.Applications), Numbers: slices.Clone(a.Numbers), End: a.End}
	if ip, err := netip.ParseAddr(a.IP); err == nil && len(l.Networks) == 0 { // raised before alerts told of all
		l.Networks, l.Applications = []string{networkName(baseline.Network(ip))}, []string{a.Application}
	}
	for name := range a.Operations {
		l.Operations = append(l.Operations, name)
	}
	slices.Sort(l.Operations)
	for _, o := range a.Objects {
		l.Requests += o.Count
	}
	return l, nil
}

// Holds tells whether the lesson counts for a record at an instant.
func (l *Lesson) Holds(at Instant) bool {
	return !l.From.IsZero() && at > baseline.At(l.From) && (l.Until.IsZero() || at <= baseline.At(l.Until))
}

// Teach puts the lessons in force in place of those before. Their order does not matter. It changes nothing that was
// judged.
func (e *Engine) Teach(list []Lesson) {
	e.stories.lessons = lessons{}
	for i := range list {
		e.stories.lessons[list[i].Caller] = append(e.stories.lessons[list[i].Caller], &list[i])
	}
}

// lessons by caller.
type lessons map[string][]*Lesson

// ended tells whether a person has closed a story by teaching it: what follows is not part of it.
func (x lessons) ended(s *story, at Instant) bool {
	return slices.ContainsFunc(x[s.alert.Caller], func(l *Lesson) bool { return l.Alert == s.alert.ID && l.Holds(at) })
}

// explain tells whether a lesson explains a finding.
func (x lessons) explain(d *Detection, c *Case, f *Finding) bool {
	if !c.known() || f.Nobody {
		return false
	}
	return slices.ContainsFunc(x[c.Record.Caller.ID], func(l *Lesson) bool { return l.Holds(c.At) && l.explains(d, c, f) })
}

// explains tells whether a finding shows nothing beyond the alert: the same sort of finding, no louder, on its vaults,
// not many more, and with networks, applications, operations and objects that were seen then or are regular.
func (l *Lesson) explains(d *Detection, c *Case, f *Finding) bool {
	return l.covers(d) && d.severity(f) <= l.Severity &&
		slices.Contains(l.Vaults, c.Record.Vault) && l.knowsVaults(c, f.Vaults) && l.knowsOrigin(c) &&
		l.allows(d, f.Number) && l.knowsTouches(c, f)
}

// covers: the finding is of a detection that spoke in the story, or sees another side of conduct. Having been denied
// never explains a success.
func (l *Lesson) covers(d *Detection) bool {
	return slices.Contains(l.Types, d.ID) || l.Conduct && (d.Family == Identity || d.Family == Behaviour)
}

func (l *Lesson) knowsVaults(c *Case, vaults []string) bool {
	return !slices.ContainsFunc(vaults, func(v string) bool {
		t := c.Principal.Ties.Get(v)
		return !slices.Contains(l.Vaults, v) && (t == nil || t.Access.Days < regularDays)
	})
}

func (l *Lesson) knowsOrigin(c *Case) bool {
	network := slices.Contains(l.Networks, networkName(c.Network)) || c.Member.Networks.Get(c.Network, c.At).Days >= regularDays
	app := c.Record.Caller.Application
	return network && (slices.Contains(l.Applications, app) || c.Member.Applications.Get(app, c.At).Days >= regularDays)
}

// allows tells whether a number is about the one of the alert. Where the alert has no such number, what it listed is the
// bound.
func (l *Lesson) allows(d *Detection, n Number) bool {
	if n.What == "" {
		return true
	}
	bound := float64(l.Requests)
	for _, have := range l.Numbers {
		if have.Detection == d.ID && have.What == n.What {
			bound = have.Observed
		}
	}
	return n.Observed <= bound*lessonMore
}

// knowsTouches looks at everything that the finding is about.
func (l *Lesson) knowsTouches(c *Case, f *Finding) bool {
	vaults := f.Vaults
	if vaults == nil {
		vaults = []string{c.Record.Vault}
	}
	for _, id := range vaults {
		v := c.Estate.Vault(id)
		if v == nil || v.Member(c.Record.Caller.ID) == nil {
			continue
		}
		m := v.Member(c.Record.Caller.ID)
		for t := range m.Recent.Since(f.Since) {
			if !l.knows(m, t, c.At) {
				return false
			}
		}
	}
	return true
}

// knows tells whether an operation and what it took were met in the story, or regularly.
func (l *Lesson) knows(m *baseline.Member, t *baseline.Touch, at Instant) bool {
	if !slices.Contains(l.Operations, t.Operation) && m.Operations.Get(t.Operation, at).Days < regularDays {
		return false
	}
	if !takes(t) {
		return true
	}
	met := m.Objects.Get(audit.Object{Type: t.Type, Name: t.Object}.String(), at)
	return met.Days >= regularDays || met.First != 0 && met.First <= baseline.At(l.End)
}

// takes tells whether a touch read, used or exported an object; see [baseline.Reads].
func takes(t *baseline.Touch) bool {
	return baseline.Reads(&audit.Record{Outcome: t.Outcome, Class: t.Class, Object: audit.Object{Type: t.Type, Name: t.Object}})
}

// networkName is a network as alerts and lessons write it, empty for none.
func networkName(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}
