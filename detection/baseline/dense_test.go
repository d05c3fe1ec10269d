package baseline

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
)

// plainMarks is what [Marks] must behave like, said with a map.
type plainMarks struct {
	of   map[int]Mark
	lost uint32
}

func (p *plainMarks) meet(k int, at Instant, limit int) (before Mark) {
	if _, known := p.of[k]; !known && len(p.of) >= limit {
		p.makeRoom(at)
	}
	m := p.of[k]
	if m.Last <= at-Expiry {
		m = Mark{}
	}
	before = m
	m.Meet(at)
	p.of[k] = m
	return before
}

func (p *plainMarks) makeRoom(at Instant) {
	var worths []Instant
	full := len(p.of)
	for k, m := range p.of {
		worths = append(worths, m.worth())
		if m.Last <= at-Expiry {
			delete(p.of, k)
		}
	}
	if len(p.of) < full {
		return
	}
	slices.Sort(worths)
	for k, m := range p.of {
		if m.worth() <= worths[len(worths)/16] {
			delete(p.of, k)
			p.lost++
		}
	}
}

// contents are the marks as a map, which fails to hold a thing that stands there twice.
func contents(t *testing.T, m *Marks[int]) map[int]Mark {
	t.Helper()
	out := map[int]Mark{}
	for k, mark := range m.All() {
		out[k] = *mark
	}
	if len(out) != m.Len() {
		t.Fatalf("%d things in %d entries", len(out), m.Len())
	}
	return out
}

// Whatever is met in whatever order, a set of marks is what a plain map would be: small and large, with an index and
// without, at its limit, after an expiry, and from any point on with what was written down there.
func TestMarksAreAMap(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 7))
		limit := []int{1, 3, scanned, scanned + 1, 40, 300}[seed%6]
		var marks Marks[int]
		plain := plainMarks{of: map[int]Mark{}}
		at := At(start)
		for step := range 3000 {
			at += Instant(rng.Int64N(int64(9 * Hour)))
			if rng.IntN(1000) == 0 {
				at += Expiry - 20*DayLen // some expire, some do not
			}
			k, when := rng.IntN(limit+limit/4+2), at-Instant(rng.IntN(3))*Hour // now and then late
			if got, want := marks.Meet(k, when, limit), plain.meet(k, when, limit); got != want {
				t.Fatalf("seed %d, step %d: %d was %+v, want %+v", seed, step, k, got, want)
			}
			if got := marks.Get(k, when); got != plain.of[k] {
				t.Fatalf("seed %d, step %d: %d is %+v, want %+v", seed, step, k, got, plain.of[k])
			}
			if rng.IntN(100) == 0 {
				marks = copied(marks)
			}
		}
		if diff := cmp.Diff(plain.of, contents(t, &marks)); diff != "" || marks.Lost != plain.lost {
			t.Errorf("seed %d, %d lost, want %d: %s", seed, marks.Lost, plain.lost, diff)
		}
	}
}

// Equal histories are written down as equal bytes, whether they were interrupted or not: memories are compared so.
func TestDenseOrder(t *testing.T) {
	var through, interrupted Marks[int]
	rng := rand.New(rand.NewPCG(3, 3))
	for step := range 5000 {
		k, at := rng.IntN(90), At(start)+Instant(step)*Hour
		through.Meet(k, at, 64)
		interrupted.Meet(k, at, 64)
		if step%97 == 0 {
			interrupted = copied(interrupted)
		}
	}
	a, errA := cbor.Marshal(through)
	b, errB := cbor.Marshal(interrupted)
	if errA != nil || errB != nil || !slices.Equal(a, b) {
		t.Errorf("%d and %d bytes differ (%v, %v)", len(a), len(b), errA, errB)
	}
}
