package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const grantRevokeWindow = baseline.Hour

// grantRevoke watches rights that are given, used and taken away again: a thief who wipes his feet.
func grantRevoke() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_GrantRevoke",
			Title:      "Access granted, used and taken away again",
			Severity:   detection.High,
			Tactics:    []string{"CredentialAccess", "DefenseEvasion"},
			Techniques: []string{"T1098.003", "T1070", "T1555.006"},
			Family:     detection.RuleLike,
			FoldsInto:  []string{"KV_PutGetAnomaly"},
			Meaning:    "Within an hour somebody granted a right on the vault, the right was used to read, and the vault's rights were changed again without granting anything. Tools that dump vaults do this to leave no trace in the access policies.",
			Harmless:   []string{"Just-in-time access done by hand.", "A deployment that needs the right for a moment."},
			Blind:      []string{"The log does not say which right was removed: a change without a grant counts as removal.", "Role assignments, unless the activity log is fed."},
			Do:         []string{"Restore the list of who had access at the time from this alert; the policy itself no longer shows it.", askOwner, contain, rotate},
		},
		Interest: detection.Success(audit.Policy),
		Judge:    judgeGrantRevoke,
		Fires:    []string{grantRevokeFires},
		Silent:   []string{grantRevokeSilent},
	}
}

func judgeGrantRevoke(c *detection.Case) *detection.Finding {
	now := c.Vault.ChangeOf(c.Record, c.At)
	if len(now.Grants) > 0 || c.Member.PolicyThenRead.Within(c.At.Day(), 60) >= putGetHabitDays {
		return nil
	}
	for i := len(c.Vault.Changes) - 1; i >= 0; i-- {
		ch := &c.Vault.Changes[i]
		if ch.At < c.At-grantRevokeWindow || ch.Actor != c.Record.Caller.ID || c.Vault.Born == ch.At {
			return nil
		}
		for _, g := range ch.Grants {
			if n := usedSince(c, g.Principal, ch.At); g.Data && n > 0 {
				return &detection.Finding{Since: ch.At, Confidence: "high", Reasons: []string{
					fmt.Sprintf("%s granted %s, %s followed, and %s after the grant the rights were changed again without granting anything.",
						who(ch), g.Role, plural(n, "read"), lasting(c.At.Span(ch.At))),
				}}
			}
		}
	}
	return nil
}

// usedSince counts what a principal read here since an instant.
func usedSince(c *detection.Case, principal string, since detection.Instant) int {
	m := c.Vault.Member(principal)
	if m == nil {
		return 0
	}
	n := 0
	for t := range m.Recent.Since(since) {
		if taken(t) && t.First >= since {
			n += int(t.Count)
		}
	}
	return n
}

const (
	grantRevokeFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:00 owner portal office kv-pay grant bob
day 21 09:05 bob portal office kv-pay get db-password
day 21 09:10 owner portal office kv-pay patch
expect KVX_GrantRevoke owner kv-pay`
	grantRevokeSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:00 owner portal office kv-pay grant bob
day 21 09:10 owner portal office kv-pay patch
day 21 09:30 bob portal office kv-pay get db-password`
)
