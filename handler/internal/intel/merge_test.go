package intel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestMergeRemembersWhenAnExitWasListed(t *testing.T) {
	yesterday := List{Name: "tor", Kind: Tor, Taken: day(9, 12, 0, 0), Count: 3, ETag: "old", Entries: []Entry{
		entry("198.51.100.1/32", day(9, 12, 0, 0), day(9, 12, 0, 0), "stays"),
		entry("198.51.100.2/32", day(9, 12, 0, 0), day(9, 12, 0, 0), "goes"),
		entry("198.51.100.3/32", day(1, 12, 0, 0), day(1, 12, 0, 0), "comes back after a week"),
	}}
	today := List{Name: "tor", Kind: Tor, Taken: day(10, 12, 0, 0), Count: 2, ETag: "new", Entries: []Entry{
		entry("198.51.100.1/32", day(10, 12, 0, 0), day(10, 12, 0, 0), "stays, renamed"),
		entry("198.51.100.3/32", day(10, 12, 0, 0), day(10, 12, 0, 0), ""),
	}}
	want := []Entry{
		entry("198.51.100.1/32", day(9, 12, 0, 0), day(10, 12, 0, 0), "stays, renamed"),
		entry("198.51.100.2/32", day(9, 12, 0, 0), day(9, 12, 0, 0), "goes"),
		entry("198.51.100.3/32", day(1, 12, 0, 0), day(1, 12, 0, 0), "comes back after a week"),
		entry("198.51.100.3/32", day(10, 12, 0, 0), day(10, 12, 0, 0), ""),
	}
	got := Merge(yesterday, today)
	if diff := cmp.Diff(want, got.Entries, equalPrefixes); diff != "" {
		t.Error(diff)
	}
	if got.Count != 2 || got.ETag != "new" || !got.Taken.Equal(today.Taken) {
		t.Errorf("head %+v", got)
	}
	if yesterday.Entries[0].Label != "stays" || len(today.Entries) != 2 {
		t.Error("the inputs were changed")
	}
}

func TestMergeForgetsWhatIsLongGone(t *testing.T) {
	old := List{Taken: day(1, 0, 0, 0), Entries: []Entry{
		entry("198.51.100.1/32", day(1, 0, 0, 0), day(1, 0, 0, 0), ""), entry("198.51.100.2/32", time.Time{}, time.Time{}, "always"),
	}}
	fresh := List{Taken: day(1, 0, 0, 0).Add(Keep), Entries: []Entry{entry("203.0.113.1/32", day(30, 0, 0, 0), day(30, 0, 0, 0), "")}}
	if got := Merge(old, fresh); len(got.Entries) != 3 {
		t.Errorf("just within Keep: %v", got.Entries)
	}
	fresh.Taken = fresh.Taken.Add(time.Second)
	if got := Merge(old, fresh); len(got.Entries) != 2 || !got.Entries[0].always() {
		t.Errorf("beyond Keep: %v", got.Entries)
	}
}

func TestMergeLaws(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		a, b, c := randomList(r), randomList(r), randomList(r)
		if diff := cmp.Diff(Merge(a, b), Merge(b, a), equalPrefixes, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d: not commutative: %s", seed, diff)
		}
		ab := Merge(a, b)
		if diff := cmp.Diff(ab, Merge(ab, b), equalPrefixes, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d: not idempotent: %s", seed, diff)
		}
		if diff := cmp.Diff(Merge(ab, c), Merge(a, Merge(b, c)), equalPrefixes, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d: not associative: %s", seed, diff)
		}
	}
}

// randomList has few prefixes and times, so that they meet, all within Keep of each other.
func randomList(r *rand.Rand) List {
	l := List{Taken: day(20+r.IntN(5), 0, 0, 0), Count: r.IntN(3)}
	for range r.IntN(8) {
		first := day(1+r.IntN(20), 0, 0, 0)
		e := entry(fmt.Sprintf("198.51.100.%d/32", r.IntN(3)), first, first.Add(time.Duration(r.IntN(4))*24*time.Hour), string(rune('a'+r.IntN(3))))
		if r.IntN(10) == 0 {
			e.First, e.Last = time.Time{}, time.Time{}
		}
		l.Entries = append(l.Entries, e)
	}
	return l
}

func TestConfirmProlongsWhatIsListedStill(t *testing.T) {
	l := List{Taken: day(9, 0, 0, 0), Count: 1, Entries: []Entry{
		entry("198.51.100.1/32", day(8, 0, 0, 0), day(9, 0, 0, 0), "listed"),
		entry("198.51.100.2/32", day(7, 0, 0, 0), day(8, 0, 0, 0), "gone"),
		entry("198.51.100.3/32", time.Time{}, time.Time{}, "always"),
	}}
	before := slices.Clone(l.Entries)
	got := Confirm(l, day(10, 0, 0, 0).Add(time.Millisecond))
	want := slices.Clone(l.Entries)
	want[0].Last = day(10, 0, 0, 0)
	if diff := cmp.Diff(want, got.Entries, equalPrefixes); diff != "" || !got.Taken.Equal(day(10, 0, 0, 0)) {
		t.Errorf("taken %v, %s", got.Taken, diff)
	}
	if diff := cmp.Diff(before, l.Entries, equalPrefixes); diff != "" {
		t.Error("the input was changed: " + diff)
	}
	if got := Confirm(l, day(1, 0, 0, 0)); !got.Taken.Equal(l.Taken) {
		t.Error("a clock that goes back made the list older")
	}
}
