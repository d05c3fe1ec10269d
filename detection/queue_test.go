package detection

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Filled and emptied all day, with repetitions and late comers, the queue hands out what a list that is sorted anew each
// time would, and its array keeps hold of nothing that was taken.
func TestQueueIsASortedList(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 2))
		var q Queue
		var want []uint64
		known := map[uint64]bool{}
		for clock := range 400 {
			batch := someRecords(rng, clock)
			for i := range batch {
				if r := &batch[i]; !known[r.Digest] {
					known[r.Digest] = true
					want = append(want, r.Digest)
				}
			}
			q.Add(batch)
			slices.Sort(want) // a digest begins with its record's time
			until := Instant(1000 + clock*10 - rng.IntN(60))
			due := q.due(until)
			for i, w := range due {
				if w.digest != want[i] || w.at > until || w.record.Digest != w.digest {
					t.Fatalf("seed %d, step %d: %d comes as number %d, want %d", seed, clock, w.digest, i, want[i])
				}
			}
			want = want[len(due):]
			q.drop(len(due))
			holdsOnlyWhatWaits(t, &q, len(want))
		}
	}
}

// someRecords are some about a time, most of them new.
func someRecords(rng *rand.Rand, clock int) []audit.Record {
	out := make([]audit.Record, rng.IntN(40))
	for i := range out {
		at := 1000 + clock*10 - rng.IntN(80)
		out[i] = audit.Record{Time: time.UnixMilli(int64(at)), Digest: uint64(at)<<20 | uint64(rng.IntN(5))}
	}
	return out
}

func holdsOnlyWhatWaits(t *testing.T, q *Queue, n int) {
	t.Helper()
	held := func(list []waiting) (n int) {
		for _, w := range list {
			if w.record != nil {
				n++
			}
		}
		return n
	}
	if q.Len() != n || held(q.whole) != n || held(q.aside) != 0 {
		t.Fatalf("%d wait, want %d; the arrays hold %d and %d", q.Len(), n, held(q.whole), held(q.aside))
	}
}

// A record is known for the day of its digest and the day after.
func TestQueueForgetsByGenerations(t *testing.T) {
	at := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		days int
		new  bool
	}{{0, false}, {1, false}, {2, true}} {
		q := Queue{}
		first := audit.Record{Time: at, Digest: 7}
		q.Know(&first)
		for d := range c.days {
			q.Know(&audit.Record{Time: at.Add(time.Duration(d+1) * (24*time.Hour + time.Minute)), Digest: uint64(100 + d)})
		}
		if again := q.isNew(&first); again != c.new {
			t.Errorf("%d days later the record is new: %t, want %t", c.days, again, c.new)
		}
	}
	if q := (Queue{}); q.Oldest() != 0 || len(q.due(baseline.At(at))) != 0 {
		t.Error("an empty queue holds something")
	}
}

// Records are the queue's own from Add on, and those that were judged leave their memory to the next.
func TestQueueKeepsCopies(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	batch := make([]audit.Record, 100)
	var q Queue
	for round := range 50 {
		for i := range batch {
			at = at.Add(time.Second)
			batch[i] = audit.Record{Time: at, Digest: uint64(round*len(batch) + i + 1), Operation: "SecretGet"}
		}
		q.Add(batch)
		clear(batch)
		due := q.due(baseline.At(at))
		for _, w := range due {
			if w.record.Operation != "SecretGet" || w.record.Digest != w.digest {
				t.Fatalf("round %d: %+v", round, w.record)
			}
		}
		q.drop(len(due))
	}
	if free := len(q.slots.free); free != slotsAtOnce {
		t.Errorf("%d places of records were made, want %d", free, slotsAtOnce)
	}
}

// Records are put in order by numbers as by a comparison, however far apart or close together their times lie.
func TestOrderByNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 13))
	for _, span := range []Instant{1, 3, 1000, 1 << 40, math.MaxInt64} {
		var list []waiting
		for range 500 {
			list = append(list, waiting{Instant(rng.Int64N(int64(span))), uint64(rng.IntN(100)), new(audit.Record)})
		}
		want := slices.Clone(list)
		slices.SortFunc(want, waiting.compare)
		var q Queue
		q.order(list)
		for i := range list {
			if list[i].compare(want[i]) != 0 {
				t.Fatalf("span %d: place %d holds %+v, not %+v", span, i, list[i], want[i])
			}
		}
	}
}
