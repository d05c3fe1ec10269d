package catalogue

import (
	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// userAnomaly watches for people who never came to the vault before.
func userAnomaly() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_UserAnomaly",
			Title:      "Unusual user accessed a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1078.004", "T1555.006"},
			Family:     detection.Identity,
			Rank:       3,
			Meaning:    "A user that does not normally use this vault read, used or changed something in it, and newcomers are rare here.",
			Harmless:   []string{"Somebody joined the team.", "On-call rotation, cover for a colleague on leave.", "An account that was created anew, a guest the owner invited."},
			Blind:      []string{"Vaults where newcomers come every week.", "People whose work leads them to another vault every few days, from a network that is known.", "A stolen account that used the vault before: see the other alerts.", "The vault's first seven days, whose callers are taken for its usual ones."},
			Do:         []string{askOwner, "Check who granted the access and when.", contain, rotate},
		},
		Interest: detection.SensitiveAccess(),
		Judge: func(c *detection.Case) *detection.Finding {
			if !userLike(c) || !c.Newcomer() {
				return nil
			}
			return stranger(c, baseline.NewUser)
		},
		Fires:  []string{userFires},
		Silent: []string{userFoundersSilent, userBusySilent, userRoamingSilent},
	}
}

// stranger is the finding about a newcomer, nil if newcomers are nothing special here.
func stranger(c *detection.Case, s baseline.Sort) *detection.Finding {
	p, ok := strange(c, s, c.Member.Access.First != 0)
	if !ok {
		return nil
	}
	return &detection.Finding{Since: c.At - baseline.Hour, Confidence: c.Confidence(), Explain: func() []string { return newcomerReasons(c, p) }}
}

const (
	userFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every workday 11:00 for 20 days: bob portal office kv-pay get db-password
day 21 10:00 mallory portal office kv-pay get db-password
expect KV_UserAnomaly mallory kv-pay`
	userFoundersSilent = `
every workday 10:00 for 6 days: alice portal office kv-pay get db-password
day 6 11:00 bob portal office kv-pay get db-password
day 21 11:00 bob portal office kv-pay get db-password`
	userBusySilent = `
every workday 10:00 for 27 days: alice portal office kv-pay get db-password
day 9 10:30 n1 portal office kv-pay get db-password
day 12 10:30 n2 portal office kv-pay get db-password
day 15 10:30 n3 portal office kv-pay get db-password
day 18 10:30 n4 portal office kv-pay get db-password
day 20 10:30 n5 portal office kv-pay get db-password
day 23 10:30 n6 portal office kv-pay get db-password
ignore before day 20
day 26 10:30 n7 portal office kv-pay get db-password`
	userRoamingSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every workday 09:00 for 27 days: bob portal office kv-hr get db-password
day 3 11:00 helper portal office kv-t1 get a
day 5 11:00 helper portal office kv-t2 get a
day 10 11:00 helper portal office kv-t3 get a
day 12 11:00 helper portal office kv-t4 get a
day 17 11:00 helper portal office kv-t5 get a
ignore before day 21
day 24 11:00 helper portal office kv-pay get db-password`
)
