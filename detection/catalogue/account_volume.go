package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	spreadFloor     = 5                    // vaults in 24 h
	spreadNew       = 3                    // of them not used before
	spreadFast      = 4                    // new vaults …
	spreadFastSpan  = 15 * baseline.Minute // … within
	spreadPrior     = 1.5                  // vaults a day of a caller we know nothing of
	spreadPriorDays = 3
	spreadVaultAge  = 7 * baseline.DayLen // a vault created within that time is new to everybody, as all are in a new estate
	spreadRareDays  = 10
)

// accountVolume watches how many vaults one caller goes to.
func accountVolume() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_AccountVolumeAnomaly",
			Title:      "User accessed high volume of key vaults",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1555.006", "T1526"},
			Family:     detection.Spread,
			Meaning:    "A user or application went to more vaults within 24 hours than it ever does, several of them for the first time. Who hunts for secrets opens every door in reach.",
			Harmless:   []string{"A new inventory or posture scanner.", "Infrastructure code rolled out over a landing zone.", "A new platform administrator; a migration weekend."},
			Blind:      []string{"A caller that goes to every vault every day anyway.", "Fewer than five vaults in a day, unless four new ones within 15 minutes."},
			Do:         []string{askOwner, "Check whether one identity should span these vaults at all; split its roles.", contain, rotate},
		},
		Interest: detection.Access(),
		Judge:    judgeSpread,
		Fires:    []string{spreadFires, spreadWorkloadFires},
		Silent:   []string{spreadSilent, spreadDeploySilent},
	}
}

func judgeSpread(c *detection.Case) *detection.Finding {
	if c.Principal.Ties.Len()+1 < min(spreadFloor, spreadFast) || !freshVault(c, c.Vault, c.Tie) || lately(c) < min(spreadFloor, spreadFast) {
		return nil // only a vault that is new to the caller can be the one too many
	}
	s := spreadOf(c)
	mean, variance := c.Principal.Spread.Daily.Estimate(spreadPrior, spreadPriorDays, 0.1)
	p := baseline.Tail(len(s.vaults), mean, variance)
	slow := len(s.vaults) >= spreadFloor && s.fresh >= spreadNew && (p <= c.Budget().Hourly || s.strays(c))
	if !slow && s.fast < spreadFast {
		return nil
	}
	f := &detection.Finding{Since: s.since, Vaults: s.vaults, Confidence: "medium", Weight: len(s.vaults)}
	f.Number = detection.Number{What: "vaults within 24 h", Observed: float64(f.Weight), Usual: mean, Most: float64(c.Principal.Spread.Top.Top(c.At.Day()))}
	if s.listOnly {
		f.Confidence = "low"
		f.Severity = detection.Low
	}
	f.Explain = func() []string { return s.reasons(c, mean) }
	return f
}

// strays tells whether a workload goes to many more new vaults than it ever does. Most keep to the vaults they were built
// for, and their days are far more alike than what a count of vaults a day, made for people, takes them for.
func (s spread) strays(c *detection.Case) bool {
	days := c.Principal.Active.Within(c.At.Day(), 90)
	if !c.Record.Caller.Kind.Workload() || days < settledDays {
		return false
	}
	further := max(c.Principal.Ties.Len()-s.fresh-1, 0) // it found so many after its first
	mean := (float64(further) + 0.5) / float64(days+1)
	return baseline.Tail(s.fresh, mean, mean) <= c.Budget().Hourly
}

func (s spread) reasons(c *detection.Case, mean float64) []string {
	out := []string{fmt.Sprintf("%s with success within 24 h, %d of them never used by this caller before.", plural(len(s.vaults), "vault"), s.fresh)}
	if s.fast >= spreadFast {
		out = append(out, fmt.Sprintf("%d new vaults within %s.", s.fast, lasting(spreadFastSpan.Span(0))))
	}
	out = append(out, fmt.Sprintf("Usual for it are %.1f vaults on an active day, at most %d in 30 days.", mean, c.Principal.Spread.Top.Top(c.At.Day())))
	if s.listOnly {
		out = append(out, "It only listed; no value was read.")
	}
	return out
}

type spread struct {
	vaults   []string
	fresh    int
	fast     int
	since    detection.Instant
	listOnly bool
}

// spreadOf counts the caller's vaults of the last 24 hours, the record's own among them.
func spreadOf(c *detection.Case) spread {
	s := spread{vaults: []string{c.Record.Vault}, fresh: 1, fast: 1, since: c.At, listOnly: c.Record.Class == audit.List}
	for id, t := range c.Principal.Ties.All() {
		if t.Access.Last <= c.At-baseline.DayLen || id == c.Record.Vault {
			continue
		}
		v := c.Estate.Vault(id)
		if v == nil {
			continue
		}
		s.vaults = append(s.vaults, id)
		if !freshVault(c, v, t) {
			continue
		}
		s.fresh++
		if t.Access.First > c.At-spreadFastSpan {
			s.fast++
		}
		s.since = min(s.since, max(t.Access.First, c.At-baseline.DayLen))
		s.listOnly = s.listOnly && !revealed(v.Member(c.Record.Caller.ID), c.At)
	}
	return s
}

// lately is at how many vaults the caller had success within 24 hours, the record's own among them.
func lately(c *detection.Case) int {
	n := 1
	for id, t := range c.Principal.Ties.All() {
		if t.Access.Last > c.At-baseline.DayLen && id != c.Record.Vault {
			n++
		}
	}
	return n
}

// freshVault tells whether a vault is new to the caller, or as good as new: visited on one earlier day by a caller that
// was active on many. A vault that is young itself is new to everybody and proves nothing.
func freshVault(c *detection.Case, v *baseline.Vault, t *baseline.Tie) bool {
	young := v.Born != 0 && v.Born > c.At-spreadVaultAge || c.Estate.Seen.First > c.At-spreadVaultAge
	if young {
		return false
	}
	if t == nil || t.Access.NewAt(c.At, baseline.DayLen) {
		return true
	}
	return t.Access.Days <= 2 && t.Access.Last > c.At-baseline.DayLen && c.Principal.Active.Within(c.At.Day(), 90) >= spreadRareDays
}

// revealed tells whether the member took more than a list within the last 24 h.
func revealed(m *baseline.Member, at detection.Instant) bool {
	if m == nil {
		return false
	}
	for class, mark := range m.Classes {
		if audit.Class(class).Sensitive() && mark.Last > at-baseline.DayLen {
			return true
		}
	}
	return false
}

const (
	spreadFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 03:10 alice cli outside kv-a get a
day 21 03:12 alice cli outside kv-b get a
day 21 03:14 alice cli outside kv-c get a
day 21 03:16 alice cli outside kv-d get a
day 21 03:18 alice cli outside kv-e get a
expect KV_AccountVolumeAnomaly alice`
	spreadSilent = `
every day 02:00 for 20 days: app-scan sdk azure kv-a list secrets
every day 02:01 for 20 days: app-scan sdk azure kv-b list secrets
every day 02:02 for 20 days: app-scan sdk azure kv-c list secrets
every day 02:03 for 20 days: app-scan sdk azure kv-d list secrets
every day 02:04 for 20 days: app-scan sdk azure kv-e list secrets
ignore before day 3
day 21 02:00 app-scan sdk azure kv-a list secrets
day 21 02:01 app-scan sdk azure kv-f list secrets`
	spreadWorkloadFires = `
every day 02:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 21 02:10 mi-web sdk azure kv-a get a
day 21 04:12 mi-web sdk azure kv-b get a
day 21 06:14 mi-web sdk azure kv-c get a
day 21 08:16 mi-web sdk azure kv-d get a
day 21 10:18 mi-web sdk azure kv-e get a
expect KV_AccountVolumeAnomaly mi-web`
	spreadDeploySilent = `
every day 02:00 for 20 days: app-deploy sdk azure kv-pay get db-password
day 3 02:10 app-deploy sdk azure kv-a get a
day 6 04:12 app-deploy sdk azure kv-b get a
day 9 06:14 app-deploy sdk azure kv-c get a
day 12 08:16 app-deploy sdk azure kv-d get a
ignore before day 20
day 21 02:10 app-deploy sdk azure kv-e get a
day 21 04:10 app-deploy sdk azure kv-f get a
day 21 06:10 app-deploy sdk azure kv-d get a
day 21 08:10 app-deploy sdk azure kv-g get a`
)
