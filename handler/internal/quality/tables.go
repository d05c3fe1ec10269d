package quality

import (
	"cmp"
	"maps"
	"slices"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// scenarios adds up by story: attacks first, then by name.
func (t *trial) scenarios() []Scenario {
	rows := map[string]*Scenario{}
	for _, e := range t.episodes {
		if e.Episode.Stretch {
			continue
		}
		s := rows[e.Scenario]
		if s == nil {
			s = &Scenario{Name: e.Scenario, Class: e.Class}
			rows[e.Scenario] = s
		}
		s.Episodes++
		s.Seen += one(len(e.got) > 0)
		s.Alerts += e.alerts
		for _, w := range e.wishes {
			s.Required++
			s.Met += one(w.met != nil)
		}
	}
	for _, list := range [][]ruling{t.falses, t.learning} {
		for _, f := range list {
			if s := rows[f.scenario()]; s != nil {
				s.False++
			}
		}
	}
	for _, n := range t.novelties {
		if s := rows[n.scenario()]; s != nil {
			s.Alerts++
		}
	}
	out := make([]Scenario, 0, len(rows))
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		out = append(out, *rows[name])
	}
	slices.SortStableFunc(out, func(a, b Scenario) int { return one(a.Class != month.Attack) - one(b.Class != month.Attack) })
	return out
}

func (r ruling) scenario() string {
	if r.home == nil {
		return "-"
	}
	return r.home.Scenario
}

// types adds up by alert type.
func (t *trial) types() []Type {
	rows := map[string]*Type{}
	row := func(name string) *Type {
		if rows[name] == nil {
			rows[name] = &Type{Name: name}
		}
		return rows[name]
	}
	for _, e := range t.judgedAttacks() {
		for _, w := range e.wishes {
			for _, name := range w.Any {
				y := row(name)
				y.Required++
				y.Met += one(w.met != nil)
				y.Own += one(w.own[name])
			}
		}
	}
	for _, list := range [][]ruling{t.hits, t.surprises, t.novelties, t.falses, t.learning} {
		for _, a := range list {
			row(a.kind).Raised++
		}
	}
	for _, a := range t.falses {
		row(a.kind).False++
	}
	out := make([]Type, 0, len(rows))
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		out = append(out, *rows[name])
	}
	return out
}

// causes counts what was raised beyond the hits, the most frequent first.
func (t *trial) causes() []Cause {
	counts := map[Cause]int{}
	for _, group := range []struct {
		reason string
		list   []ruling
	}{{"false", t.falses}, {"false while learning", t.learning}, {"forbidden", t.banned}, {"novel", t.novelties}, {"unexpected", t.surprises}} {
		for _, a := range group.list {
			counts[Cause{Reason: group.reason, Type: a.kind, Scenario: a.scenario()}]++
		}
	}
	out := make([]Cause, 0, len(counts))
	for c, n := range counts {
		c.Count = n
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Scenario, b.Scenario))
	})
	return out
}
