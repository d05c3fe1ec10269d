package catalogue

import (
	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// networkOpened watches guards being taken off a vault.
func networkOpened() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_NetworkOpened",
			Title:      "Firewall or protection of a key vault taken off",
			Severity:   detection.Medium,
			Tactics:    []string{"DefenseEvasion", "Persistence"},
			Techniques: []string{"T1562.007"},
			Family:     detection.RuleLike,
			Meaning:    "The vault's firewall was opened to everybody, its purge protection taken off, or its permission model changed. Each takes away a guard that somebody had put there.",
			Harmless:   []string{"A move from access policies to roles.", "Debugging with the firewall open: close it again.", "A change by infrastructure code."},
			Blind:      []string{"Rules for single networks added to the firewall.", "A vault whose settings were never logged before the change."},
			Do:         []string{askOwner, "Put the guard back.", "Look at everything that was read since."},
		},
		Interest: detection.Success(audit.Policy),
		Judge:    judgeNetworkOpened,
		Fires:    []string{networkOpenedFires},
		Silent:   []string{networkOpenedSilent},
	}
}

func judgeNetworkOpened(c *detection.Case) *detection.Finding {
	ch := c.Vault.ChangeOf(c.Record, c.At)
	f := &detection.Finding{Since: c.At, Confidence: "high"}
	if ch.Opened {
		f.Reasons = append(f.Reasons, "The firewall's default went from deny to allow: every network may reach the vault.")
	}
	if ch.Weakened {
		f.Reasons = append(f.Reasons, "Purge protection was taken off, or the permission model changed.")
	}
	for _, earlier := range c.Vault.Changes {
		if earlier.Actor == ch.Actor && (earlier.Opened || earlier.Weakened) {
			return nil // this caller opens and closes the vault regularly, as pipelines do
		}
	}
	if len(f.Reasons) == 0 {
		return nil
	}
	return f
}

const (
	networkOpenedFires = `
day 1 10:00 owner portal office kv-pay shut
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice portal office kv-pay open
expect KVX_NetworkOpened alice kv-pay`
	networkOpenedSilent = `
day 1 10:00 owner portal office kv-pay open
day 2 10:00 owner portal office kv-pay shut
day 3 10:00 owner portal office kv-pay shut`
)
