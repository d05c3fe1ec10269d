package intel

import (
	"cmp"
	"slices"
	"time"
)

// Merge joins what is remembered of a list with a fresh copy of it. Sightings of one prefix that lie so close that
// their graces touch become one; older ones stay separate, so that a gap stays a gap; what was last seen more than
// Keep before the newer copy is forgotten. Which of the two is newer is decided by Taken, not by their order.
func Merge(a, b List) List {
	newer, older := b, a
	if newerFirst(a, b) {
		newer, older = a, b
	}
	out := newer
	all := slices.Concat(newer.Entries, older.Entries)
	out.Entries = slices.DeleteFunc(normalise(all), func(e Entry) bool {
		return !e.always() && newer.Taken.Sub(e.Last) > Keep
	})
	return out
}

// newerFirst reports whether a is the newer; for copies of one time the choice is arbitrary but always the same.
func newerFirst(a, b List) bool {
	return cmp.Or(a.Taken.Compare(b.Taken), cmp.Compare(a.Count, b.Count), cmp.Compare(a.ETag, b.ETag),
		cmp.Compare(a.Modified, b.Modified)) > 0
}

// normalise sorts entries and joins those that say the same.
func normalise(entries []Entry) []Entry {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, compareEntries)
	out := entries[:0]
	for _, e := range entries {
		if n := len(out); n > 0 && out[n-1].Prefix == e.Prefix && touch(out[n-1], e) {
			out[n-1] = join(out[n-1], e)
			continue
		}
		out = append(out, e)
	}
	return slices.Clip(out)
}

// compareEntries puts an entry that counts always before the others of its prefix, which it swallows.
func compareEntries(a, b Entry) int {
	return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()),
		a.First.Compare(b.First), a.Last.Compare(b.Last), cmp.Compare(a.Label, b.Label))
}

func touch(a, b Entry) bool { return a.always() || b.always() || b.First.Sub(a.Last) <= 2*Grace }

// join makes one entry of two. The label is the later sighting's, or of equals the greater one, so that the order of
// joining does not matter; an entry that counts always has no sighting and keeps its own label.
func join(a, b Entry) Entry {
	switch {
	case a.always() && b.always():
		a.Label = max(a.Label, b.Label)
		return a
	case a.always():
		return a
	case b.always():
		return b
	}
	out := Entry{Prefix: a.Prefix, First: earlier(a.First, b.First), Last: a.Last, Label: a.Label}
	if later := b.Last.Compare(a.Last); later > 0 || later == 0 && b.Label > a.Label {
		out.Last, out.Label = b.Last, b.Label
	}
	return out
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Confirm returns the list as it is after the publisher said at the given time that it has not changed: what was
// listed then is listed still.
func Confirm(l List, at time.Time) List {
	at = at.UTC().Truncate(time.Second)
	if !at.After(l.Taken) {
		return l
	}
	entries := slices.Clone(l.Entries)
	for i, e := range entries {
		if !e.always() && e.Last.Equal(l.Taken) {
			entries[i].Last = at
		}
	}
	l.Entries, l.Taken = entries, at
	return l
}
