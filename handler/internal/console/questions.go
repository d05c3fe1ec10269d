package console

import (
	"cmp"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// callRow answers the log's usual question: calls by address and resource.
type callRow struct {
	Address string
	Callers int
	Objects int
	Count   int
	Last    time.Time
	New     bool
}

// failureRow answers the other one: failures by request, result and resource. The challenge that every SDK provokes is
// no failure.
type failureRow struct {
	Operation, Result, Object string
	Callers                   int
	Count                     int
	Last                      time.Time
}

// maxGroups bounds the answers to the two questions.
const maxGroups = 50

func calls(touches []touch, v *baseline.Vault, now baseline.Instant) []callRow {
	type group struct {
		callRow
		callers, objects map[string]bool
	}
	by := map[string]*group{}
	for _, t := range touches {
		g := by[t.Address]
		if g == nil {
			g = &group{callRow{Address: cmp.Or(t.Address, "not logged")}, map[string]bool{}, map[string]bool{}}
			by[t.Address] = g
		}
		g.Count += t.Count
		g.callers[t.Caller], g.objects[t.Object] = true, true
		if t.Last.After(g.Last) {
			g.Last = t.Last
		}
	}
	var rows []callRow
	for _, g := range by {
		g.Callers, g.Objects = len(g.callers), len(g.objects)
		for p, m := range v.Networks.All() {
			if p.String() == networkOf(g.Address) {
				g.New = m.First > now-newFor && v.Exposure(now) > 7
			}
		}
		rows = append(rows, g.callRow)
	}
	slices.SortFunc(rows, func(a, b callRow) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Address, b.Address))
	})
	return rows[:min(len(rows), maxGroups)]
}

func failures(touches []touch) []failureRow {
	type key struct{ operation, result, object string }
	by, callers := map[key]*failureRow{}, map[key]map[string]bool{}
	for _, t := range touches {
		if t.Outcome == audit.Success || t.Outcome == audit.Challenge || t.Outcome == audit.Unknown {
			continue
		}
		k := key{t.Operation, t.Outcome.String(), t.Object}
		if by[k] == nil {
			by[k], callers[k] = &failureRow{Operation: t.Operation, Result: t.Outcome.String(), Object: t.Object}, map[string]bool{}
		}
		by[k].Count += t.Count
		callers[k][t.Caller] = true
		if t.Last.After(by[k].Last) {
			by[k].Last = t.Last
		}
	}
	var rows []failureRow
	for k, r := range by {
		r.Callers = len(callers[k])
		rows = append(rows, *r)
	}
	slices.SortFunc(rows, func(a, b failureRow) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Object, b.Object))
	})
	return rows[:min(len(rows), maxGroups)]
}
