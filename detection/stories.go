package detection

import (
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Stories are the alerts of about the last day, by whom they are about.
type Stories struct {
	by     map[pair][]*story
	inLine []*story // in order of opening
}

type pair struct{ vault, caller string }

func (t *Stories) init() { t.by = map[pair][]*story{} }

// tell makes a finding into a new story, or into a further chapter of an open one. It returns the story that changed.
func (t *Stories) tell(d *Detection, c *Case, f *Finding) *story {
	if s := t.same(d, c, f); s != nil {
		s.update(c, f)
		return s
	}
	if s := t.foldsInto(d, c); s != nil {
		s.reason(d.ID, f.Reasons)
		s.extend(c.At)
		return s
	}
	s := newStory(d, c, f)
	s.alert.Incident = t.incident(s)
	t.add(s)
	return s
}

func (t *Stories) add(s *story) {
	p := pair{s.alert.Vault, s.alert.Caller}
	t.by[p] = append(t.by[p], s)
	t.inLine = append(t.inLine, s)
}

// same finds the open story of the same kind, on the same vault, principal and key.
func (t *Stories) same(d *Detection, c *Case, f *Finding) *story {
	p := pair{c.Record.Vault, c.Record.Caller.ID}
	if f.Vaults != nil {
		p.vault = ""
	}
	if f.Nobody {
		p.caller = ""
	}
	for _, s := range t.by[p] {
		if s.detection.ID == d.ID && s.key == f.Key && s.open(c.At) {
			return s
		}
	}
	return nil
}

func (s *story) open(at Instant) bool { return at < s.opened+coolDown }

// foldsInto finds the open story that says more about the same thing.
func (t *Stories) foldsInto(d *Detection, c *Case) *story {
	here, anywhere := pair{c.Record.Vault, c.Record.Caller.ID}, pair{"", c.Record.Caller.ID}
	for _, p := range []pair{here, anywhere} {
		for _, s := range t.by[p] {
			sameSide := p == here && (d.Family == Identity || d.Family == Behaviour) && s.detection.Family == d.Family && s.detection.Rank <= d.Rank
			if s.open(c.At) && (sameSide || slices.Contains(d.FoldsInto, s.detection.ID)) {
				return s
			}
		}
	}
	return nil
}

// continued lets the open stories follow a record of the same hand.
func (t *Stories) continued(c *Case, touch func(*story)) {
	if len(t.inLine) == 0 || c.Member == nil {
		return
	}
	for _, p := range []pair{{c.Record.Vault, c.Record.Caller.ID}, {"", c.Record.Caller.ID}} {
		for _, s := range t.by[p] {
			if s.continues(c) {
				s.follow(c)
				touch(s)
			}
		}
	}
}

// suspect tells whether an alert about the caller on the vault is open, other than for having been denied.
func (t *Stories) suspect(vault, caller string, at Instant) bool {
	if len(t.inLine) == 0 {
		return false
	}
	for _, p := range []pair{{vault, caller}, {"", caller}} {
		for _, s := range t.by[p] {
			if s.open(at) && s.detection.Family != Denied {
				return true
			}
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
		p := pair{s.alert.Vault, s.alert.Caller}
		t.by[p] = slices.DeleteFunc(t.by[p], func(o *story) bool { return o == s })
		if len(t.by[p]) == 0 {
			delete(t.by, p)
		}
	}
}
