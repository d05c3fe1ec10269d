package catalogue

import (
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// broughtIn finds keys or certificates from elsewhere, or a new schedule for keys, where hardly anybody ever brings any
// in: whoever knows the material of a key reads what it protects. It is a write by class, and writing may be everyday
// here, so it is told by its name.
func broughtIn(c *detection.Case) *detection.Finding {
	operation := c.Record.Operation
	if !bringsIn(operation) || !c.Member.Operations.Get(operation, c.At).NewAt(c.At, baseline.DayLen) {
		return nil
	}
	n := 0
	for t := range c.Member.Recent.Since(c.At - patternSpan) {
		if t.Outcome == audit.Success && bringsIn(t.Operation) {
			n += int(t.Count)
		}
	}
	if n < patternFloor {
		return nil
	}
	days, all := operationDays(c, operation)
	if days >= patternShare*all {
		return nil
	}
	return &detection.Finding{Since: c.At - patternSpan, Confidence: c.Confidence(), Weight: n, Reasons: []string{
		fmt.Sprintf("%s (%s) within an hour; the caller never did such here on %d active days.", plural(n, "operation"), operation, activeDays(c)),
		fmt.Sprintf("On %.0f of %.0f days on which others were active on this vault there was such an operation.", days, all),
	}}
}

func bringsIn(operation string) bool {
	return strings.HasSuffix(operation, "Import") || strings.HasSuffix(operation, "RotationPolicySet")
}

// operationDays is on how many days others were active on the vault, and on how many of them with an operation.
func operationDays(c *detection.Case, operation string) (days, all float64) {
	for id, m := range c.Vault.All() {
		if id != c.Record.Caller.ID {
			all += float64(m.Access.Days)
			days += float64(m.Operations.Get(operation, c.At).Days)
		}
	}
	return days, all
}

const (
	broughtInFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every workday 11:00 for 20 days: bob portal office kv-pay set db-password
every workday 12:00 for 20 days: alice portal office kv-pay set api-key
day 21 10:00 alice portal office kv-pay import k1, k2
expect KV_OperationPatternAnomaly alice kv-pay`
	broughtInSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every workday 11:00 for 20 days: bob portal office kv-pay import k1, k2
ignore before day 20
day 21 10:00 alice portal office kv-pay import k3, k4`
	// Others write here every day; this workload never did.
	plantedFires = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password, api-key, token
every day 11:00 for 20 days: app-deploy sdk azure kv-pay set db-password
ignore before day 20
day 21 10:00 mi-web sdk azure kv-pay set db-password, api-key, token
expect KV_OperationPatternAnomaly mi-web kv-pay`
)
