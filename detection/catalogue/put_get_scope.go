package catalogue

import (
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

func judgePutGet(c *detection.Case) *detection.Finding {
	if f := letInAt(c, c.Vault); f != nil || !c.Newcomer() {
		return f
	}
	// A role given on the resource group, on the subscription or above opens every vault below, but none to those who
	// were in already.
	for _, scope := range scopesAbove(c.Record.Vault) {
		if above := c.Estate.Vault(scope); above != nil {
			if f := letInAt(c, above); f != nil {
				return f
			}
		}
	}
	return nil
}

// scopesAbove are the resource group, the subscription and the directory of a vault.
func scopesAbove(vault string) [3]string {
	group, _, _ := strings.Cut(vault, "/providers/")
	subscription, _, _ := strings.Cut(group, "/resourcegroups/")
	return [3]string{group, subscription, "/"}
}

// letInAt holds the changes of rights at a vault, or at a scope above it, against the read of the case.
func letInAt(c *detection.Case, scope *baseline.Vault) *detection.Finding {
	for i := len(scope.Changes) - 1; i >= 0; i-- {
		ch := &scope.Changes[i]
		if ch.At < c.At-putGetSelfWindow {
			return nil
		}
		if f := letIn(c, scope, ch); f != nil {
			return f
		}
	}
	return nil
}

const (
	putGetScopeFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:00 mallory portal outside kv-pay assign mallory
day 21 11:00 mallory portal outside kv-pay get db-password
expect KV_PutGetAnomaly mallory kv-pay`
	// Who was in already gets nothing here by a role on the subscription.
	putGetScopeSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:00 alice portal office kv-pay assign alice
day 21 10:00 alice portal office kv-pay get db-password`
)
