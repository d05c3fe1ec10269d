package catalogue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

// The half hour that is looked at first tells what the whole day would: the same numbers but for loops and slow, of which
// it tells the most that they can be. So nothing is refused that the day would show.
func TestTheHalfHourRulesNothingOut(t *testing.T) {
	seen, slow, loops := 0, 0, 0
	watch := &detection.Detection{Interest: detection.Success(audit.Value, audit.Read), Judge: func(c *detection.Case) *detection.Finding {
		s, want := sinceList(c), wholeDay(c)
		if s.since != want.since || s.distinct != want.distinct || s.fresh != want.fresh || s.fast != want.fast || s.loops < want.loops || s.slow < want.slow {
			t.Errorf("%s: the half hour tells %+v, the day %+v", c.Record.Time, s, want)
		}
		s.lookBack(c)
		if s.loops != want.loops || s.slow != want.slow {
			t.Errorf("%s: looking back tells %+v, want %+v", c.Record.Time, s, want)
		}
		seen, slow, loops = max(seen, s.distinct), max(slow, s.slow), max(loops, s.loops)
		return nil
	}}
	for seed := range uint64(8) {
		e := detection.NewEngine(detection.Config{Catalogue: []*detection.Detection{watch}})
		for records := range slices.Chunk(browsers(rand.New(rand.NewPCG(seed, 6))), 50) {
			e.Queue.Add(records)
			e.Settle(records[len(records)-1].Time)
		}
	}
	if seen <= 16 || slow <= 16 || loops < listGetLoops {
		t.Errorf("at most %d objects, %d over the day and %d loops: the records are too tame", seen, slow, loops)
	}
}

// wholeDay counts all of it in one walk over the day, by the definitions.
func wholeDay(c *detection.Case) sequence {
	s := sequence{since: c.At}
	first, gets := detection.Instant(0), 0
	last := map[string]detection.Instant{}
	for t := range c.Member.Recent.Since(c.At - listGetSlowWindow) {
		if listing(t) && first == 0 {
			first = t.First
		}
		if listing(t) && t.Last > c.At-listGetWindow {
			s.since = min(s.since, max(t.First, c.At-listGetWindow))
		}
		if listing(t) && t.Last > c.At-listGetFast {
			s.lists += int(t.Count)
		}
	}
	for t := range c.Member.Recent.Since(first) {
		if got(t) && t.Last > c.At-listGetFast {
			gets += int(t.Count)
		}
		if got(t) {
			last[objectName(c, t)] = max(last[objectName(c, t)], t.Last)
		}
	}
	for name, at := range last {
		fresh := rarelyRead(c, name)
		s.slow += count(fresh)
		s.distinct += count(at >= s.since)
		s.fresh += count(fresh && at >= s.since)
		s.fast += count(fresh && at >= s.since && at > c.At-listGetFast)
	}
	s.loop(gets)
	return s
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// browsers are records of two callers that list, read and look at versions, now of few objects and now of many, fast and
// slowly. Some come late.
func browsers(rng *rand.Rand) []audit.Record {
	out := make([]audit.Record, 3000)
	at, objects, pace := scenario.Day1, 1, time.Second
	for i := range out {
		if rng.IntN(60) == 0 {
			objects = []int{1, 2, 5, 80}[rng.IntN(4)]
			pace = []time.Duration{time.Second, 20 * time.Second, 5 * time.Minute, 2 * time.Hour}[rng.IntN(4)]
		}
		at = at.Add(time.Duration(rng.Int64N(int64(pace))))
		out[i] = audit.Record{Time: at, Digest: uint64(i + 1), Vault: "/kv", Outcome: audit.Success, Operation: "SecretGet", Class: audit.Value,
			Object: audit.Object{Type: audit.Secret, Name: fmt.Sprint("s", rng.IntN(objects))},
			Caller: audit.Caller{ID: fmt.Sprint("caller", rng.IntN(2)), Kind: audit.User}}
		switch r := &out[i]; rng.IntN(8) {
		case 0:
			r.Operation, r.Class, r.Object = "SecretList", audit.List, audit.Object{}
		case 1:
			r.Operation, r.Class = "SecretListVersions", []audit.Class{audit.List, audit.Read}[rng.IntN(2)]
		case 2:
			r.Time = at.Add(-time.Duration(rng.Int64N(int64(time.Hour))))
		}
	}
	return out
}
