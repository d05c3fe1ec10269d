package notify

import (
	"cmp"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Object is one thing that was touched in an incident, over all its alerts.
type Object struct {
	Vault, Name string
	// Operations are the names of what was done to it, in order of mention.
	Operations []string
	// Count is the number of touches; First and Last are event times.
	Count       int
	First, Last time.Time
}

// Objects is the list to rotate: what the alerts touched, in order of first touch. The alerts of one story often tell
// of the same reads, so of touches that overlap in time the larger count holds; others add up. More counts the touched
// objects that the alerts themselves had no room for; it may count one object several times, never too few.
func (in Incident) Objects() (list []Object, more int) {
	type key struct{ vault, name string }
	at := map[key]int{}
	counts := map[key]map[string]detection.Touched{}
	for _, a := range in.Alerts {
		more += a.MoreObjects
		for _, t := range a.Objects {
			k := key{t.Vault, t.Name}
			if _, ok := at[k]; !ok {
				at[k], counts[k] = len(list), map[string]detection.Touched{}
				list = append(list, Object{Vault: t.Vault, Name: t.Name, First: t.First, Last: t.Last})
			}
			list[at[k]].absorb(t)
			counts[k][t.Operation] = together(counts[k][t.Operation], t)
		}
	}
	for k, i := range at {
		for _, t := range counts[k] {
			list[i].Count += t.Count
		}
	}
	slices.SortStableFunc(list, func(a, b Object) int { return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Name, b.Name)) })
	return list, more
}

// together is what two alerts say of one operation on one object; the first may be zero.
func together(a, b detection.Touched) detection.Touched {
	if a.Count == 0 {
		return b
	}
	if b.First.After(a.Last) || b.Last.Before(a.First) {
		a.Count += b.Count
	} else {
		a.Count = max(a.Count, b.Count)
	}
	if b.First.Before(a.First) {
		a.First = b.First
	}
	if b.Last.After(a.Last) {
		a.Last = b.Last
	}
	return a
}

func (o *Object) absorb(t detection.Touched) {
	o.Operations = appendNew(o.Operations, t.Operation)
	if t.First.Before(o.First) {
		o.First = t.First
	}
	if t.Last.After(o.Last) {
		o.Last = t.Last
	}
}

// Steps is what to do now: the remediation of all alerts, the loudest alert's first, each step once.
func (in Incident) Steps() []string {
	loudest := slices.SortedStableFunc(slices.Values(in.Alerts), func(a, b detection.Alert) int { return bySeverity(b, a) })
	var steps []string
	for _, a := range loudest {
		for _, s := range a.Remediation {
			steps = appendNew(steps, s)
		}
	}
	return steps
}

// Operations is what the callers did in the 24 h before the end, per operation the largest count any alert saw.
func (in Incident) Operations() map[string]int {
	counts := map[string]int{}
	for _, a := range in.Alerts {
		for op, n := range a.Operations {
			counts[op] = max(counts[op], n)
		}
	}
	return counts
}

// FewerObjects is the alert with the latter half of its objects counted in MoreObjects instead of listed, for places
// that bound a text. Without objects it is the alert itself.
func FewerObjects(a detection.Alert) detection.Alert {
	half := len(a.Objects) / 2
	a.MoreObjects += len(a.Objects) - half
	a.Objects = a.Objects[:half:half]
	return a
}
