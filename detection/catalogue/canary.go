package catalogue

import (
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// canaryHabit is on how many days a caller must have touched the bait, and been reported for it, to be left alone: a
// backup job that takes everything.
const canaryHabit = 2

// canary watches bait: objects and vaults nobody has any reason to touch.
func canary() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_Canary",
			Title:      "Bait touched in a key vault",
			Severity:   detection.High,
			Tactics:    []string{"CredentialAccess", "Discovery"},
			Techniques: []string{"T1555.006"},
			Family:     detection.RuleLike,
			Meaning:    "An object or vault that you marked as bait was touched, or somebody tried to. It has no other purpose than to be touched by who should not be there.",
			Harmless:   []string{"A backup job or scanner that reads everything: leave bait out of its scope, or know its alerts.", "A new colleague who is curious."},
			Blind:      []string{"A caller that touched the bait on more than two days is taken for a job that reads everything.", "Nothing is bait until you say so (setting VAULTWATCH_CANARIES)."},
			Do:         []string{askOwner, searchOthers, contain, rotate},
		},
		Interest: detection.Interest{Outcomes: detection.OutcomesOf(audit.Success, audit.Denied, audit.NotFound, audit.Refused)},
		Judge:    judgeCanary,
		Fires:    []string{canaryFires, canaryDeniedFires},
		Silent:   []string{canarySilent},
	}
}

func judgeCanary(c *detection.Case) *detection.Finding {
	if !c.Baited() {
		return nil
	}
	vault := c.Record.Vault[strings.LastIndexByte(c.Record.Vault, '/')+1:]
	what := ""
	switch {
	case c.Tuning.BreakGlass && c.Record.Class == audit.Value && c.Record.Outcome == audit.Success:
		what = "break-glass vault " + vault
	case c.Settings.Canaries[detection.Canary{Vault: vault}]:
		what = "vault " + vault
	case c.Record.Object.Name != "" && c.Settings.Canaries[detection.Canary{Vault: vault, Object: c.Record.Object.Name}]:
		what = c.Object
	default:
		return nil
	}
	known := c.Member.Objects.Get(c.Object, c.At).Days > canaryHabit
	if known || c.Record.Outcome == audit.Denied && chronic(c) {
		return nil
	}
	return &detection.Finding{Since: c.At, Confidence: "high", Reasons: []string{
		fmt.Sprintf("%s (%s) touched the bait %s from %s.", c.Record.Operation, c.Record.Outcome, what, from(c)),
	}}
}

const (
	canaryFires = `
every workday 10:00 for 2 days: alice portal office kv-pay get db-password
day 3 10:00 alice portal office kv-pay get bait
expect KVX_Canary alice kv-pay`
	canaryDeniedFires = `
day 1 10:00 mallory portal outside kv-pay get bait = denied
expect KVX_Canary mallory kv-pay`
	canarySilent = `
day 1 10:00 alice portal office kv-pay get db-password
day 1 10:01 alice portal office kv-hr get bait`
)
