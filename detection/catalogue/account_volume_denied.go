package catalogue

import (
	"fmt"
	"math"
	"slices"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	deniedSpreadFloor = 3  // vaults denied in 24 h
	deniedSpreadDays  = 60 // days in which work without a refusal counts
	deniedSpreadNew   = 2  // of them never denied before
)

// accountVolumeDenied watches how many vaults refuse one caller.
func accountVolumeDenied() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_AccountVolumeAccessDeniedAnomaly",
			Title:      "Unusual access denied - user accessing high volume of key vaults denied",
			Severity:   detection.Low,
			Tactics:    []string{"Discovery"},
			Techniques: []string{"T1580", "T1526"},
			Family:     detection.Spread,
			Meaning:    "A user or application was refused by an unusual number of vaults within 24 hours: somebody rattles at every door.",
			Harmless:   []string{"A scanner without a data role: it fails everywhere every night and is learned.", "A deployment identity that lost its rights."},
			Blind:      []string{"Attempts spread over several identities.", "Attempts with less than three vaults a day."},
			Do:         []string{askOwner, "Look for successes of the same caller and address on other vaults around this time.", "Revoke the caller's sessions if nobody can explain it."},
		},
		Interest: detection.Denials(),
		Judge:    judgeDeniedSpread,
		Fires:    []string{deniedSpreadFires, deniedMidnightFires, deniedWrongDoorFires},
		Silent:   []string{deniedSpreadSilent},
	}
}

func judgeDeniedSpread(c *detection.Case) *detection.Finding {
	if c.Principal.Ties.Len()+1 < deniedSpreadFloor {
		return nil
	}
	if c.Estate.Seen.First > c.At-detection.LearningDays*baseline.DayLen {
		return nil // everybody's first days
	}
	n, fresh, since := refusals(c)
	if n < deniedSpreadFloor || fresh < deniedSpreadNew {
		return nil
	}
	mean, variance := usualRefusals(c)
	if p := baseline.Tail(n, mean, variance); refusedBefore(c) && p > c.Budget().Daily {
		return nil
	}
	f := &detection.Finding{Since: since, Vaults: refusers(c), Confidence: "medium", Weight: n}
	f.Number = detection.Number{What: "vaults that refused within 24 h", Observed: float64(n), Usual: mean, Most: float64(c.Principal.RefusedSpread.Top.Top(c.At.Day()))}
	f.Explain = func() []string {
		out := []string{fmt.Sprintf("Denied by %s within 24 h, by %d of them for the first time; at most %d a day in the 30 days before.",
			plural(n, "vault"), fresh, c.Principal.RefusedSpread.Top.Top(c.At.Day()))}
		if n := c.Principal.Vaults(c.At - baseline.DayLen); n > 0 {
			out = append(out, fmt.Sprintf("It had success at %s in the same 24 h.", plural(n, "vault")))
		}
		return out
	}
	return f
}

// usualRefusals is by how many vaults the caller is refused on a day. Memory has the days on which it was refused at all;
// whoever took a wrong door once in a month of work is not refused by one vault a day.
func usualRefusals(c *detection.Case) (mean, variance float64) {
	daily := c.Principal.RefusedSpread.Daily
	mean, variance = daily.Estimate(0.1, 1, 0.1)
	share := 1.0
	if active := c.Principal.Active.Within(c.At.Day(), deniedSpreadDays); active > 0 {
		everyDay := (1 - math.Pow(baseline.DailyDecay, float64(active))) / (1 - baseline.DailyDecay)
		share = min(1, daily.Weight/everyDay)
	}
	return mean * share, variance * share
}

// refusedBefore tells whether any vault refused the caller more than 24 hours ago. If none did, what memory calls usual
// is this very attempt, begun before midnight.
func refusedBefore(c *detection.Case) bool {
	for _, t := range c.Principal.Ties.All() {
		if t.Refused.First != 0 && t.Refused.First <= c.At-baseline.DayLen {
			return true
		}
	}
	return false
}

// refusals counts the vaults that denied the caller within 24 hours, this one among them, and those that did so for the
// first time.
func refusals(c *detection.Case) (n, fresh int, since detection.Instant) {
	n, since = 1, c.At
	if t := c.Tie; t == nil || t.Refused.NewAt(c.At, baseline.DayLen) {
		fresh++
	}
	for id, t := range c.Principal.Ties.All() {
		if t.Refused.Last <= c.At-baseline.DayLen || id == c.Record.Vault {
			continue
		}
		n++
		if t.Refused.NewAt(c.At, baseline.DayLen) {
			fresh++
			since = min(since, t.Refused.First)
		}
	}
	return n, fresh, since
}

// refusers are the vaults that refusals counts, sorted.
func refusers(c *detection.Case) []string {
	vaults := []string{c.Record.Vault}
	for id, t := range c.Principal.Ties.All() {
		if t.Refused.Last > c.At-baseline.DayLen && id != c.Record.Vault {
			vaults = append(vaults, id)
		}
	}
	slices.Sort(vaults)
	return vaults
}

const (
	deniedSpreadFires = `
every workday 10:00 for 5 days: alice portal office kv-a get db-password
day 6 10:00 guest cli outside kv-a get x = denied
day 6 10:01 guest cli outside kv-b get x = denied
day 6 10:02 guest cli outside kv-c get x = denied
expect KV_AccountVolumeAccessDeniedAnomaly guest`
	deniedSpreadSilent = `
every day 02:00 for 20 days: app-scan sdk azure kv-a list secrets = denied
every day 02:01 for 20 days: app-scan sdk azure kv-b list secrets = denied
every day 02:02 for 20 days: app-scan sdk azure kv-c list secrets = denied
ignore before day 3
day 21 02:00 app-scan sdk azure kv-a list secrets = denied
day 21 02:01 app-scan sdk azure kv-b list secrets = denied
day 21 02:02 app-scan sdk azure kv-d list secrets = denied`
	deniedMidnightFires = `
every workday 10:00 for 5 days: alice portal office kv-a get db-password
day 6 23:58 guest cli outside kv-a get x = denied
day 6 23:59 guest cli outside kv-b get x = denied
day 7 00:01 guest cli outside kv-b get y = denied
day 7 00:02 guest cli outside kv-c get x = denied
expect KV_AccountVolumeAccessDeniedAnomaly guest`
	// One wrong door weeks ago.
	deniedWrongDoorFires = `
every workday 10:00 for 20 days: alice portal office kv-a get db-password
day 8 11:00 alice portal office kv-e get x = denied
day 21 10:00 alice cli outside kv-b get x = denied
day 21 10:01 alice cli outside kv-c get x = denied
day 21 10:02 alice cli outside kv-d get x = denied
expect KV_AccountVolumeAccessDeniedAnomaly alice`
)
