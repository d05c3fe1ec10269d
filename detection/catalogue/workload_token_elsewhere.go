package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// workloadTokenElsewhere watches machine identities leaving their machines: the commonest real theft.
func workloadTokenElsewhere() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_WorkloadTokenElsewhere",
			Title:      "Workload identity used away from its host",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess", "LateralMovement"},
			Techniques: []string{"T1528", "T1550.001"},
			Family:     detection.RuleLike,
			FoldsInto:  []string{"KV_UnusualAccessSuspiciousIP", "KV_TORAccess", "KV_SuspiciousIPAccess"},
			Meaning:    "An application or managed identity came from an address outside Azure and outside your networks for the first time, whether it was let in or stopped by the firewall. Its token or secret has left the place where it belongs.",
			Harmless:   []string{"The workload was moved to another cloud or to your own data centre.", "A developer runs it at home with the real credential: worth ending."},
			Blind:      []string{"Thieves on rented machines in Azure.", "Without a table of Azure's addresses every new network counts.", "Identities with less than three active days."},
			Do:         []string{"Treat the credential as stolen: rotate the secret or certificate, or restart the host of a managed identity.", "Look at the host: who could read its environment or call its metadata endpoint?", rotate, searchOthers},
		},
		Interest: detection.Interest{Outcomes: detection.OutcomesOf(audit.Success, audit.Denied)},
		Judge:    judgeElsewhere,
		Fires:    []string{elsewhereFires},
		Silent:   []string{elsewhereSilent},
	}
}

func judgeElsewhere(c *detection.Case) *detection.Finding {
	k := c.Record.Caller.Kind
	if k != audit.ManagedIdentity && k != audit.ServicePrincipal || c.Place != detection.Outside || !c.NewNetwork() {
		return nil
	}
	days := c.Principal.Active.Within(c.At.Day(), 90)
	if days < settledDays || c.Principal.Networks.Known(c.At, baseline.DayLen) == 0 {
		return nil
	}
	return &detection.Finding{Since: c.At, Confidence: c.Confidence(), Explain: func() []string {
		return []string{fmt.Sprintf("%s (%s) from %s, outside Azure and the known networks; on %d active days this %s never came from there.",
			c.Record.Operation, c.Record.Outcome, from(c), days, k)}
	}}
}

const (
	elsewhereFires = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 21 10:00 mi-web curl outside kv-pay get db-password = firewall
expect KVX_WorkloadTokenElsewhere mi-web kv-pay`
	elsewhereSilent = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 21 10:00 mi-web sdk azure2 kv-pay get db-password`
)
