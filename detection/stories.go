package detection

import (
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Stories are the alerts of about the last day, by whom they are about.
type Stories struct {
	by     map[string][]*story // see keyOf
	inLine []*story            // in order of opening
	lessons
}

func (t *Stories) init() { t.by = map[string][]*story{} }

// tell makes a finding into a new story, or into a further chapter of an open one. It returns the story that changed.
func (t *Stories) tell(d *Detection, c *Case, f *Finding) *story {
	for _, s := range t.of(c, f) {
		switch {
		case !s.open(c.At), t.ended(s, c.At):
		case s.detection.ID == d.ID && s.key == f.Key && (s.home == c.Record.Vault || f.Vaults != nil):
			s.update(c, f)
			return s
		case s.takes(d, c):
			s.join(d, c, f)
			return s
		}
	}
	s := newStory(d, c, f)
	s.alert.Incident = t.incident(s)
	t.add(s, keyOf(c, f))
	return s
}

// takes tells whether a finding is a further chapter of the story: of a detection that folds into the story's, or of the
// same hand without a long pause and either of the same detection (on another vault) or about who the caller is and how
// it behaves. Those two say together what one alert should say; rules and spread over vaults are told on their own, and
// having been denied never swallows a success.
func (s *story) takes(d *Detection, c *Case) bool {
	if slices.Contains(d.FoldsInto, s.detection.ID) {
		return true
	}
	if c.At > s.last+pause {
		return false
	}
	conduct := s.detection.Family != Denied && (d.Family == Identity || d.Family == Behaviour)
	return (conduct || s.detection.ID == d.ID) && s.networks.has(c.Network)
}

// keyOf is under what a story stands: its caller, or, for stories about nobody, its vault and key.
func keyOf(c *Case, f *Finding) string {
	if f.Nobody && f.Vaults != nil {
		return "\x00" + f.Key
	}
	if f.Nobody {
		return c.Record.Vault + "\x00" + f.Key
	}
	return c.Record.Caller.ID
}

// of are the stories that a finding may belong to.
func (t *Stories) of(c *Case, f *Finding) []*story { return t.by[keyOf(c, f)] }

func (t *Stories) add(s *story, key string) {
	s.by = key
	t.by[key] = append(t.by[key], s)
	t.inLine = append(t.inLine, s)
}

func (s *story) open(at Instant) bool { return at < s.opened+coolDown }

// own are the stories about the case's caller.
func (t *Stories) own(c *Case) []*story {
	if len(t.inLine) == 0 || c.Member == nil {
		return nil
	}
	return t.by[c.Record.Caller.ID]
}

// suspect tells whether a record belongs to one of its caller's open stories, other than one of having been denied.
func (t *Stories) suspect(c *Case, own []*story) bool {
	for _, s := range own {
		if s.open(c.At) && !t.ended(s, c.At) && s.detection.Family != Denied && s.networks.has(c.Network) && (s.alert.Vault == "" || s.alert.Vault == c.Record.Vault) {
			return true
		}
	}
	return false
}

// incident joins an alert to the incident of an open one that shares its principal or outside address within the
// cool-down, or its vault within the hour; otherwise the alert is an incident of its own.
func (t *Stories) incident(s *story) string {
	a := &s.alert
	for _, o := range slices.Backward(t.inLine) {
		b := &o.alert
		near := a.Time.Sub(b.End) <= coolDownTime
		switch {
		case near && a.Caller != "" && a.Caller == b.Caller,
			near && a.IP != "" && a.IP == b.IP && o.outside,
			a.Time.Sub(b.End) <= time.Hour && share(a.Vaults, b.Vaults):
			return b.Incident
		}
	}
	return a.ID
}

const coolDownTime = 24 * time.Hour

func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(v string) bool { return slices.Contains(b, v) })
}

// close forgets the stories that nothing can be added to any more.
func (t *Stories) close(at Instant) {
	for len(t.inLine) > 0 && t.inLine[0].opened+coolDown+2*baseline.Hour < at {
		s := t.inLine[0]
		t.inLine = t.inLine[1:]
		t.by[s.by] = slices.DeleteFunc(t.by[s.by], func(o *story) bool { return o == s })
		if len(t.by[s.by]) == 0 {
			delete(t.by, s.by)
		}
	}
}
