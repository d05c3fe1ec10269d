package console

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// brief is what lists say of a vault.
type brief struct {
	ID, Name string
	State    state
	// Hours are the requests of the last 24 hours, the oldest first; Today their sum.
	Hours [24]uint32
	Today uint32
	// Usual is what a day usually holds, Most the highest count of a day's worth in the last 30 days.
	Usual   float64
	Most    uint32
	Heard   time.Time
	Callers int
	// Open counts the open alerts, Loudest is the highest severity among them.
	Open    int
	Loudest detection.Severity
}

// state is what a vault's memory is good for just now.
type state struct {
	// Word is "armed", "provisional", "learning", "silent" or "observed".
	Word   string `json:"state"`
	Detail string `json:"detail"`
}

// silentTimes is how many times its longest usual silence a vault must be quiet to be called silent here. The alert
// KVX_LogGap has more to say; this is a word in a list.
const silentTimes = 4

func stateOf(v *baseline.Vault, at time.Time, observed bool) state {
	now := baseline.At(at)
	days := v.Exposure(now)
	quiet, longest := now.Span(v.Heard), time.Duration(v.Longest.Top(now.Day()))*time.Minute
	switch {
	case observed:
		return state{"observed", "alerts are kept, not delivered"}
	case v.Heard > 0 && days >= detection.LearningDays && quiet > 24*time.Hour && quiet > silentTimes*longest:
		return state{"silent", "not heard for " + lasting(quiet)}
	case detection.PhaseOf(v, now) == detection.Learning:
		return state{"learning", fmt.Sprintf("day %d of %d", days, detection.ProvisionalDays)}
	case detection.PhaseOf(v, now) == detection.Provisional:
		return state{"provisional", fmt.Sprintf("day %d of %d", days, detection.ProvisionalDays)}
	}
	return state{"armed", fmt.Sprintf("%d days known", days)}
}

// newBrief looks at one vault. It changes nothing: series are copied before their clock is run on.
func newBrief(v *baseline.Vault, at time.Time, observed bool) brief {
	now := baseline.At(at)
	b := brief{ID: v.ID, Name: vaultName(v.ID), State: stateOf(v, at, observed), Callers: v.Size()}
	if v.Seen.Last > 0 {
		b.Heard = v.Seen.Last.Time()
	}
	for _, s := range []baseline.Series{v.Requests, *v.Series(audit.Crypto)} {
		for i, n := range lastHours(s, now) {
			b.Hours[i] += n
			b.Today += n
		}
		b.Usual += mean(s.Daily)
		b.Most += s.TopDay.Top(now.Day())
	}
	return b
}

// lastHours are the counts of the 24 hours up to now, the oldest first.
func lastHours(s baseline.Series, now baseline.Instant) (out [24]uint32) {
	if s.At == 0 {
		return out
	}
	s.Advance(now)
	for i := range out {
		out[i] = s.Hours[int(s.At/baseline.Hour+baseline.Instant(i)+1)%24]
	}
	return out
}

// mean is what a period usually holds, 0 if none was learned.
func mean(m baseline.Moments) float64 {
	if m.Weight == 0 {
		return 0
	}
	return m.Sum / m.Weight
}

// briefs looks at all vaults: those with open alerts first, the loudest first, then by what they do.
func briefs(e *baseline.Estate, k *known, observed func(string) bool) []brief {
	open := map[string]brief{}
	for _, j := range k.alerts {
		if !j.open() {
			continue
		}
		for _, id := range j.Vaults {
			o := open[id]
			o.Open, o.Loudest = o.Open+1, max(o.Loudest, j.Severity)
			open[id] = o
		}
	}
	list := make([]brief, 0, len(e.Vaults))
	for id, v := range e.Vaults {
		b := newBrief(v, k.present, observed != nil && observed(id))
		b.Open, b.Loudest = open[id].Open, open[id].Loudest
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b brief) int {
		return cmp.Or(cmp.Compare(b.Loudest, a.Loudest), cmp.Compare(b.Open, a.Open), cmp.Compare(b.Today, a.Today), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// lasting is a length of time in words: "40 s", "3 min", "5 h", "12 days".
func lasting(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
