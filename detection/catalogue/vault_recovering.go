package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// vaultRecovering is Defender's alert of the resource manager about vaults; the vault's own log shows it, too.
func vaultRecovering() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "Arm_Suspicious_Vault_Recovering",
			Title:      "Suspicious vault recovering detected",
			Severity:   detection.Medium,
			Tactics:    []string{"LateralMovement"},
			Techniques: []string{"T1555.006", "T1078.004"},
			Family:     detection.RuleLike,
			Meaning:    "A soft-deleted vault was recovered by somebody other than who deleted it, who does not do so regularly. A deleted vault still holds its secrets, and nobody watches it.",
			Harmless:   []string{"A colleague repairs a mistake.", "An administrator recovers a vault on request."},
			Blind:      []string{"A thief who deletes and recovers the vault himself.", "Multi-factor sign-in, which the original looks at, does not stand in the log."},
			Do:         []string{askOwner, "If the vault was meant to be gone: delete it again, and purge it once its secrets are rotated.", rotate},
		},
		Interest: detection.Success(audit.Revive),
		Judge: func(c *detection.Case) *detection.Finding {
			if c.Record.Operation != "VaultRecover" || c.Vault.DeletedBy == c.Record.Caller.ID || recoversVaults(c) {
				return nil
			}
			reason := "The vault was recovered; who deleted it is not known."
			if c.Vault.Deleted != 0 {
				reason = fmt.Sprintf("The vault was recovered %s after another caller (%s) had deleted it.", lasting(c.At.Span(c.Vault.Deleted)), c.Vault.DeletedBy)
			}
			return &detection.Finding{Since: c.At, Confidence: "medium", Reasons: []string{reason}}
		},
		Fires:  []string{recoveringFires, recoveringOtherFires},
		Silent: []string{recoveringSilent},
	}
}

// recoversVaults tells whether the caller recovered a vault, any, on an earlier day. Recovering what lay in one is another
// matter: people put their own mistakes right.
func recoversVaults(c *detection.Case) bool {
	for id := range c.Principal.Ties.All() {
		v := c.Estate.Vault(id)
		if v == nil {
			continue
		}
		if m := v.Member(c.Record.Caller.ID); m != nil && !m.Operations.Get("VaultRecover", c.At).NewAt(c.At, baseline.DayLen) {
			return true
		}
	}
	return false
}

const (
	recoveringOtherFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every workday 11:00 for 20 days: bob portal office kv-hr get db-password
day 12 09:00 bob portal office kv-hr recover old-token
ignore before day 20
day 21 10:00 alice portal office kv-pay remove
day 21 11:00 bob portal office kv-pay restore
expect Arm_Suspicious_Vault_Recovering bob kv-pay`
	recoveringFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice portal office kv-pay remove
day 21 11:00 mallory cli outside kv-pay restore
expect Arm_Suspicious_Vault_Recovering mallory kv-pay`
	recoveringSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice portal office kv-pay remove
day 21 11:00 alice portal office kv-pay restore`
)
