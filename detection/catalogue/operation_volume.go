package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	volumeFloor      = 30 // requests in an hour
	volumeDayFloor   = 50 // requests in 24 hours
	volumeOverTop    = 2  // and this many times the highest count of the last 30 days
	breadthFloor     = 10 // distinct objects …
	breadthUnread    = 5  // of them never read by the caller, …
	breadthRoaming   = 3  // … or on one day only, by a person, and so many times as many as on any day
	volumeDispersion = 0.25
)

// operationVolume watches how much a caller asks of a vault.
func operationVolume() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_OperationVolumeAnomaly",
			Title:      "High volume of operations in a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1555.006"},
			Family:     detection.Behaviour,
			Rank:       3,
			Meaning:    "A caller made far more requests to the vault within an hour than it ever does, or read far more different objects.",
			Harmless:   []string{"A restart storm or autoscaling.", "A cache that was lost with a release; a retry loop.", "Month end, a load test, re-encryption after a key rotation."},
			Blind:      []string{"A thief that stays below the caller's own usual rate.", "Callers without three active days on the vault are held against the vault's busiest hour."},
			Do:         []string{askOwner, "Look whether a release, restart or job explains the time of the rise.", contain, rotate},
		},
		Interest: detection.Access(),
		Judge:    judgeVolume,
		Fires:    []string{volumeFires, breadthFires, roamingFires, strangeHandsFires},
		Silent:   []string{volumeSilent, roamingSilent, strangeHandsSilent},
	}
}

func judgeVolume(c *detection.Case) *detection.Finding {
	if c.Phase() == detection.Learning || settling(c) {
		return nil
	}
	if f := tooMany(c); f != nil {
		return f
	}
	return tooBroad(c)
}

// tooMany holds the rolling hour against the caller's own past, or, where it has none, the vault's.
func tooMany(c *detection.Case) *detection.Finding {
	s := c.Member.Series(c.Record.Class)
	// What is dear comes last: the limit, and the others on the vault, whose top can only be higher than the caller's.
	if s.Hour < volumeFloor || s.Hour < volumeOverTop*s.TopHour.Top(c.At.Day()) || s.Hour < s.Limit(c.Budget().Hourly, volumeDispersion) {
		return nil
	}
	top := usualTop(c, s)
	if s.Hour < volumeOverTop*top {
		return nil
	}
	mean, variance := s.Hourly.Estimate(1, 24, volumeDispersion)
	what := "requests within an hour"
	if c.Record.Class == audit.Crypto {
		what = "uses of keys within an hour"
	}
	count := int(s.Hour)
	n := detection.Number{What: what, Observed: float64(count), Usual: mean, Most: float64(top)}
	return &detection.Finding{Since: c.At - baseline.Hour, Confidence: c.Confidence(), Weight: count, Number: n, Tell: func() []string {
		p := baseline.Tail(count, mean, variance)
		return []string{
			fmt.Sprintf("%d %s; usual for the caller are %.1f an hour, at most %d in the last 30 days.", count, what, mean, top),
			fmt.Sprintf("By its past, so many are to be expected in less than one hour of %.0f.", 1/max(p, 1e-12)),
		}
	}}
}

// usualTop is the highest count an hour that is usual: the caller's own once it has three active days, else the
// highest of anybody on the vault.
func usualTop(c *detection.Case, s *baseline.Series) uint32 {
	top := s.TopHour.Top(c.At.Day())
	if c.Member.Active.Within(c.At.Day(), 60) >= 3 {
		return top
	}
	for id, m := range c.Vault.All() {
		if id != c.Record.Caller.ID {
			top = max(top, m.Series(c.Record.Class).TopHour.Top(c.At.Day()))
		}
	}
	return top
}

// tooBroad holds the distinct objects of the last hour against the caller's usual breadth a day.
func tooBroad(c *detection.Case) *detection.Finding {
	if !baseline.Reads(c.Record) || c.MostObjects() < listGetImmediate {
		return nil
	}
	if f := strangeHands(c); f != nil || c.MostObjects() < breadthFloor {
		return f
	}
	if !c.Unread(c.Object, c.At-baseline.Hour) && !farBeyond(c, c.MostObjects()) {
		return nil // only an object that is new to the caller can be the one too many
	}
	distinct, fresh := breadth(c, c.At-baseline.Hour)
	if distinct < breadthFloor || fresh < breadthUnread && !(farBeyond(c, distinct) && hardlyRead(c) >= breadthUnread) {
		return nil
	}
	mean, variance := c.Member.Breadth.Daily.Estimate(2, 2, volumeDispersion)
	most := c.Member.Breadth.Top.Top(c.At.Day())
	if baseline.Tail(distinct, mean, variance) > c.Budget().Daily || distinct <= int(most) {
		return nil
	}
	n := detection.Number{What: "distinct objects within an hour", Observed: float64(distinct), Usual: mean, Most: float64(most), Span: "a day"}
	return &detection.Finding{Since: c.At - baseline.Hour, Confidence: c.Confidence(), Weight: distinct, Number: n, Tell: func() []string {
		return []string{fmt.Sprintf("%s read within an hour, %d of them for the first time; usual for the caller are %.1f a day, at most %d in the last 30 days.",
			plural(distinct, "distinct object"), fresh, mean, most)}
	}}
}

// farBeyond tells whether a person reads several times as many objects as on any day. People get around in a vault: after
// some weeks there is little left that they never read, and so little that a thief of their session could read anew.
func farBeyond(c *detection.Case, distinct int) bool {
	return userLike(c) && distinct >= breadthFloor && distinct > breadthRoaming*int(c.Member.Breadth.Top.Top(c.At.Day()))
}

// hardlyRead counts the objects of the last hour that the caller had read on one earlier day at most.
func hardlyRead(c *detection.Case) (n int) {
	seen := c.Distinct()
	for t := range c.Member.Recent.Since(c.At - baseline.Hour) {
		if !taken(t) || seen.Mark(t, 1) == 0 {
			continue
		}
		m := c.Member.Objects.Get(objectName(c, t), c.At)
		if m.Days <= 1 || m.Days == 2 && m.Last.Day() == c.At.Day() {
			n++
		}
	}
	return n
}

// breadth counts the distinct objects the caller took since an instant, and those among them it had never taken before.
func breadth(c *detection.Case, since detection.Instant) (distinct, fresh int) {
	seen := c.Distinct()
	for t := range c.Member.Recent.Since(since) {
		if taken(t) && seen.Mark(t, 1) != 0 && c.Unread(objectName(c, t), since) {
			fresh++
		}
	}
	return seen.Len(), fresh
}

const (
	volumeFires = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password x4
day 21 10:00 mi-web sdk azure kv-pay get db-password x120
expect KV_OperationVolumeAnomaly mi-web kv-pay`
	breadthFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice portal office kv-pay get s01..s14
expect KV_OperationVolumeAnomaly alice kv-pay`
	volumeSilent = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password x60
day 21 10:00 mi-web sdk azure kv-pay get db-password x80`
	// She knows what lies here, and a thief with her session takes it all.
	roamingFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 8 10:00 alice portal office kv-pay get s01..s04
day 9 10:00 alice portal office kv-pay get s05..s08
day 10 10:00 alice portal office kv-pay get s09..s12
day 11 10:00 alice portal office kv-pay get s13..s16
day 22 10:00 alice portal office kv-pay get s01..s16
expect KV_OperationVolumeAnomaly alice kv-pay`
	roamingSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 3 10:00 alice portal office kv-pay get s01..s08
day 9 10:00 alice portal office kv-pay get s09..s12
day 10 10:00 alice portal office kv-pay get s09..s12
day 11 10:00 alice portal office kv-pay get s01..s08
ignore before day 12
day 22 10:00 alice portal office kv-pay get s01..s12`
)
