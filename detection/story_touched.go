package detection

import (
	"cmp"
	"slices"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

type touchedKey struct{ vault, name, operation string }

// lookBack lists what the same hand did before the alert was decided.
func (s *story) lookBack(c *Case, f *Finding, vaults []string) {
	for _, vault := range vaults {
		v := c.Estate.Vault(vault)
		if v == nil || v.Member(c.Record.Caller.ID) == nil {
			continue
		}
		recent := &v.Member(c.Record.Caller.ID).Recent
		for t := range recent.Since(c.At - 24*baseline.Hour) {
			s.alert.Operations[t.Operation] += int(t.Count)
			if t.Last >= f.Since && s.networks.has(baseline.Network(t.Address)) {
				s.touch(vault, c.Estate.Name(audit.Object{Type: t.Type, Name: t.Object}), t)
			}
		}
	}
}

// touch takes requests in, by the name of the object they were for.
func (s *story) touch(vault, name string, t *baseline.Touch) {
	if first := t.First.Time(); first.Before(s.alert.Start) {
		s.alert.Start = first
	}
	if t.Object == "" || t.Outcome != audit.Success && t.Outcome != audit.Denied {
		return
	}
	operation := t.Operation
	if t.Outcome == audit.Denied {
		operation += " (denied)"
	}
	k := touchedKey{vault, name, operation}
	if o := s.touched[k]; o != nil {
		o.Count += int(t.Count)
		if last := t.Last.Time(); last.After(o.Last) {
			o.Last = last
		}
		return
	}
	if len(s.touched) < maxTouched {
		s.touched[k] = &Touched{vault, name, operation, int(t.Count), t.First.Time(), t.Last.Time()}
	} else {
		s.alert.MoreObjects++
	}
}

// objects are those touched, in order of first touch.
func (s *story) objects() []Touched {
	out := make([]Touched, 0, len(s.touched))
	for _, t := range s.touched {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(x, y Touched) int {
		return cmp.Or(x.First.Compare(y.First), cmp.Compare(x.Vault, y.Vault), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Operation, y.Operation))
	})
	return out
}
