package catalogue

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	itinerantFloor = 3    // networks outside Azure …
	itinerantShare = 0.25 // … and new ones on so many of the active days make a workload that is everywhere
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
			Blind:      []string{"Thieves on rented machines in Azure.", "Without a table of Azure's addresses every new network counts.", "Identities with less than three active days.", "Workloads that come from another network outside Azure every few days, such as a deployment service's runners."},
			Do:         []string{"Treat the credential as stolen: rotate the secret or certificate, or restart the host of a managed identity.", "Look at the host: who could read its environment or call its metadata endpoint?", rotate, searchOthers},
		},
		Interest: detection.Interest{Outcomes: detection.OutcomesOf(audit.Success, audit.Denied)},
		Judge:    judgeElsewhere,
		Fires:    []string{elsewhereFires},
		Silent:   []string{elsewhereSilent, elsewhereItinerantSilent},
	}
}

func judgeElsewhere(c *detection.Case) *detection.Finding {
	k := c.Record.Caller.Kind
	if k != audit.ManagedIdentity && k != audit.ServicePrincipal || c.Place != detection.Outside || !c.NewNetwork() {
		return nil
	}
	days := c.Principal.Active.Within(c.At.Day(), 90)
	if days < settledDays || c.Principal.Networks.Known(c.At, baseline.DayLen) == 0 || itinerant(c) {
		return nil
	}
	return &detection.Finding{Since: c.At, Confidence: c.Confidence(), Explain: func() []string {
		return []string{fmt.Sprintf("%s (%s) from %s, outside Azure and the known networks; on %d active days this %s never came from there.",
			c.Record.Operation, c.Record.Outcome, from(c), days, k)}
	}}
}

// itinerant tells whether the workload keeps coming from other networks outside Azure anyway, as runners of a build or
// deployment service do: one more says nothing. One that changes its address within Azure is none.
func itinerant(c *detection.Case) bool {
	outside := int(c.Principal.Networks.Lost)
	for n, m := range c.Principal.Networks.All() {
		if !m.NewAt(c.At, baseline.DayLen) && abroad(c, n.Addr()) {
			outside++
		}
	}
	return outside > itinerantFloor && habit(outside, c.Principal.Active.Within(c.At.Day(), 90)) >= itinerantShare
}

// abroad tells whether an address is neither private nor known nor Azure's.
func abroad(c *detection.Case, a netip.Addr) bool {
	return !a.IsPrivate() && !slices.ContainsFunc(c.Tuning.Known, func(own netip.Prefix) bool { return own.Contains(a) }) &&
		(c.Addresses == nil || !c.Addresses.Known(a) && !c.Addresses.Azure(a))
}

const (
	elsewhereFires = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 21 10:00 mi-web curl outside kv-pay get db-password = firewall
expect KVX_WorkloadTokenElsewhere mi-web kv-pay`
	elsewhereSilent = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 21 10:00 mi-web sdk azure2 kv-pay get db-password`
	elsewhereItinerantSilent = `
every day 10:00 for 21 days: mi-web sdk azure kv-pay get db-password
day 1 12:00 app-ci terraform 100.64.1.9 kv-pay get db-password
day 3 12:00 app-ci terraform 100.65.2.9 kv-pay get db-password
day 5 12:00 app-ci terraform 100.66.3.9 kv-pay get db-password
day 7 12:00 app-ci terraform 100.67.4.9 kv-pay get db-password
day 9 12:00 app-ci terraform 100.68.5.9 kv-pay get db-password
day 11 12:00 app-ci terraform 100.69.6.9 kv-pay get db-password
ignore before day 12
day 15 12:00 app-ci terraform 100.70.7.9 kv-pay get db-password
day 21 12:00 app-ci terraform 100.71.8.9 kv-pay get db-password`
)
