package baseline

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// plainRecent is what [Recent] must behave like, said without any haste.
type plainRecent struct {
	touches []Touch
	dropped uint32
}

func (p *plainRecent) add(rec *audit.Record, at, span Instant) {
	for i := len(p.touches) - 1; i >= 0; i-- {
		t := &p.touches[i]
		if t.Operation != rec.Operation || t.Object != rec.Object.Name || t.Outcome != rec.Outcome || t.Address != rec.Address {
			continue
		}
		if t.First <= at && at-t.First < span {
			t.Last, t.Count = max(t.Last, at), t.Count+1
			return
		}
		break
	}
	p.trim(at)
	p.touches = append(p.touches, Touch{First: at, Last: at, Count: 1, Operation: rec.Operation, Class: rec.Class, Type: rec.Object.Type,
		Object: rec.Object.Name, Outcome: rec.Outcome, Address: rec.Address, Application: rec.Caller.Application})
}

func (p *plainRecent) trim(at Instant) {
	full := len(p.touches) >= recentMax
	if len(p.touches) == 0 || !full && p.touches[0].Last > at-26*Hour {
		return
	}
	for left := len(p.touches) - recentMax*7/8; len(p.touches) > 0; left-- {
		old := p.touches[0].Last <= at-24*Hour
		if !old && (!full || left <= 0) {
			return
		}
		if !old {
			p.dropped += p.touches[0].Count
		}
		p.touches = p.touches[1:]
	}
}

// Whatever comes, in order or late, sparse or dense, of few sorts or many, and from any point on with what was written
// down there, the touches are what a plain list would hold.
func TestRecentIsAList(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 11))
		sorts, pace := 1+rng.IntN([]int{3, 30, 4000}[seed%3]), Instant(1+rng.IntN([]int{2, 60, 1800}[seed/3%3]))*1000
		var recent Recent
		var plain plainRecent
		at := At(start)
		for step := range 6000 {
			at += Instant(rng.Int64N(int64(2 * pace)))
			when := at
			if rng.IntN(50) == 0 {
				when -= Instant(rng.Int64N(int64(3 * Hour))) // late
			}
			k := rng.IntN(sorts)
			rec := &audit.Record{Operation: []string{"SecretGet", "KeySign"}[k%2], Class: []audit.Class{audit.Value, audit.Crypto}[k%2], Outcome: audit.Outcome(k % 3),
				Object: audit.Object{Type: audit.Secret, Name: fmt.Sprint("s", k/6)}, Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(k % 5)})}
			recent.Add(rec, when)
			plain.add(rec, when, []Instant{5 * Minute, 60 * Minute}[k%2])
			if step%50 == 0 && (!slices.Equal(recent.Touches, plain.touches) || recent.Dropped != plain.dropped) {
				t.Fatalf("seed %d, step %d: %d touches and %d dropped, want %d and %d", seed, step, len(recent.Touches), recent.Dropped, len(plain.touches), plain.dropped)
			}
			if rng.IntN(500) == 0 {
				recent = copied(recent)
			}
		}
	}
}

// Two sorts of requests that share a number are still two.
func TestRecentLikenessShared(t *testing.T) {
	var recent Recent
	at := At(start)
	for i := range 20 {
		rec := hostile(i)
		recent.Add(rec, at)
	}
	first, other := hostile(0), hostile(1)
	p := recent.enterPlaces()
	p.of[likeness(first.Operation, first.Object.Name, first.Outcome, first.Address)] = 1 // the other's place
	recent.Add(first, at+1)
	recent.Add(other, at+1)
	if len(recent.Touches) != 20 || recent.Touches[0].Count != 2 || recent.Touches[1].Count != 2 {
		t.Errorf("%d touches, the first two of %d and %d records", len(recent.Touches), recent.Touches[0].Count, recent.Touches[1].Count)
	}
}

// A record that came hours late hides nothing of what came before it.
func TestSinceSeesPastLateComers(t *testing.T) {
	var r Recent
	now := 100 * DayLen
	for i, back := range []Instant{20 * Minute, 10 * Minute, 5 * Hour, 0} {
		r.Add(&audit.Record{Operation: fmt.Sprint(i)}, now-back)
	}
	var seen []string
	for touch := range r.Since(now - 30*Minute) {
		seen = append(seen, touch.Operation)
	}
	if !slices.Equal(seen, []string{"0", "1", "3"}) {
		t.Errorf("within half an hour: %q", seen)
	}
}

// Going over recent touches takes no memory: it is done for most records.
func TestSinceAllocatesNothing(t *testing.T) {
	var r Recent
	for i := range Instant(20) {
		r.Add(&audit.Record{Operation: fmt.Sprint(i)}, DayLen+i*Minute)
	}
	n := 0
	allocations := testing.AllocsPerRun(10, func() {
		for touch := range r.Since(DayLen + 5*Minute) {
			n += int(touch.Count)
		}
	})
	if allocations != 0 || n != 11*15 {
		t.Errorf("%.0f allocations, %d requests seen", allocations, n)
	}
}
