package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	deniedFloor     = 2 // denied requests in an hour
	deniedElsewhere = 0.25
	chronicDays     = 2  // earlier days of denial …
	chronicSpan     = 30 // … within so many days make a chronic case
	stuckFor        = 12 * baseline.Hour
	propagation     = 15 * baseline.Minute
)

// userAccessDenied watches strangers being refused. The verdict waits: a grant that is still propagating explains a
// denial that success follows.
func userAccessDenied() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_UserAccessDeniedAnomaly",
			Title:      "Unusual access denied - unusual user accessing key vault denied",
			Severity:   detection.Low,
			Tactics:    []string{"InitialAccess", "Discovery"},
			Techniques: []string{"T1078.004", "T1580"},
			Family:     detection.Denied,
			FoldsInto:  []string{"KV_AccountVolumeAccessDeniedAnomaly", "KV_TORAccess", "KV_SuspiciousIPAccessDenied", "KV_SuspiciousIPAccess"},
			Meaning:    "Somebody who does not use this vault tried to, more than once, and was refused.",
			Harmless:   []string{"A wrong vault name in a configuration.", "A new colleague whose role is still missing.", "The portal's vault page opened without a data role: three refused lists a click."},
			Blind:      []string{"A single attempt.", "Attempts on a vault where strangers are refused every few days.", "A caller refused here before on two days of the last 30: it is a broken client, shown in the digest only."},
			Do:         []string{askOwner, "Check whether the caller ought to have access; if not, find out why it tried.", searchOthers},
		},
		Interest: detection.Denials(),
		Judge:    judgeDenied,
		Wait:     propagation,
		Confirm:  confirmDenied,
		Fires:    []string{deniedFires},
		Silent:   []string{deniedOnceSilent, deniedGrantSilent, deniedChronicSilent, deniedStuckSilent},
	}
}

func judgeDenied(c *detection.Case) *detection.Finding {
	known := c.Member.Access.First != 0
	if known || c.Phase() == detection.Learning || chronic(c) {
		return nil
	}
	n, since := deniedWithin(c, baseline.Hour)
	if n < deniedFloor {
		return nil
	}
	if stuck(c) {
		return nil
	}
	p := c.Chance(baseline.NewDenied, c.Member.Refused.First != 0)
	if p*deniedElsewhere <= c.Budget().Newcomer && refusedElsewhere(c) {
		p *= deniedElsewhere // two doors within the hour are not two independent mistakes
	}
	if p > c.Budget().Newcomer {
		return nil
	}
	return refused(c, p, n, since)
}

func refused(c *detection.Case, p float64, n int, since detection.Instant) *detection.Finding {
	return &detection.Finding{Since: since, Confidence: c.Confidence(), Weight: n, Explain: func() []string {
		return []string{
			fmt.Sprintf("%s within %s (%s), and never a success of this caller here.", plural(n, "denied request"), lasting(c.At.Span(since)+1e9), c.Record.Denial),
			fmt.Sprintf("A stranger is refused by this vault %s.", chance(p)),
		}
	}}
}

// refusedElsewhere tells whether another vault refused the caller within the hour.
func refusedElsewhere(c *detection.Case) bool {
	for vault, t := range c.Principal.Ties.All() {
		if t.Refused.Last > c.At-baseline.Hour && vault != c.Record.Vault {
			return true
		}
	}
	return false
}

// chronic tells whether the caller was refused here on earlier days already.
func chronic(c *detection.Case) bool {
	return c.Member.RefusedOn.Within(c.At.Day(), chronicSpan) >= chronicDays
}

// stuck tells whether a workload has been asking for the same in vain for half a day: what was to be said of it was said
// when it began.
func stuck(c *detection.Case) bool {
	if !c.Record.Caller.Kind.Workload() {
		return false
	}
	n := 0
	for t := range c.Member.Recent.Since(c.At - baseline.DayLen) {
		if t.First > c.At-stuckFor {
			break
		}
		if t.Outcome == audit.Denied && t.Operation == c.Record.Operation && t.Object == c.Record.Object.Name {
			n += int(t.Count)
		}
	}
	return n >= deniedFloor
}

// deniedWithin counts the caller's denied requests on this vault in a span up to now.
func deniedWithin(c *detection.Case, span detection.Instant) (n int, since detection.Instant) {
	since = c.At
	for t := range c.Member.Recent.Since(c.At - span) {
		if t.Outcome == audit.Denied {
			n += int(t.Count)
			since = min(since, t.First)
		}
	}
	return n, since
}

// confirmDenied drops the verdict when success followed.
func confirmDenied(c *detection.Case, f *detection.Finding) *detection.Finding {
	if c.Member.Access.Last > 0 {
		return nil
	}
	if n := c.Principal.Vaults(c.At - baseline.DayLen); n > 0 {
		f.Reasons = append(f.Reasons, fmt.Sprintf("It had success at %s within 24 h.", plural(n, "other vault")))
	}
	return f
}

const (
	deniedFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 mallory portal office kv-pay get db-password = denied
day 21 10:01 mallory portal office kv-pay get api-key = denied
expect KV_UserAccessDeniedAnomaly mallory kv-pay`
	deniedOnceSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 bob portal office kv-pay get db-password = denied`
	deniedGrantSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 bob portal office kv-pay get db-password = denied
day 21 10:01 bob portal office kv-pay get db-password = denied
day 21 10:09 bob portal office kv-pay get db-password`
	deniedChronicSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every day 04:00 for 21 days: mi-broken sdk azure kv-pay get old-key, old-key2 = denied`
	deniedStuckSilent = `
every workday 10:00 for 24 days: alice portal office kv-pay get db-password
day 21 09:00 mi-broken sdk azure kv-pay get old-key x2000 by 60s = denied
ignore before day 22`
)
