package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	externalObjects = 3 // first-time objects that make a second factor
	mobileNetworks  = 5 // networks in 30 days make a person mobile
	settledDays     = 3 // active days before a workload's networks can be called usual
)

// unusualAccessSuspiciousIP watches for callers outside every network they and the vault are known from.
func unusualAccessSuspiciousIP() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_UnusualAccessSuspiciousIP",
			Title:      "Unusual access to the key vault from a suspicious IP (non-Microsoft or external)",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1078.004", "T1550.001"},
			Family:     detection.Identity,
			Rank:       5,
			Meaning:    "A caller came from a public address outside Azure and outside your own networks, new to it and to the vault, and something else was unusual too. The strongest form is a workload's token used away from its host: a stolen token.",
			Harmless:   []string{"Travel, home office, a change of provider or VPN exit.", "A partner given access.", "A workload moved to another cloud."},
			Blind:      []string{"Attackers on rented machines in Azure, or in a network the caller was seen in before.", "Without a table of Azure's addresses (setting), workloads that were never seen in Azure."},
			Do:         []string{askOwner, "For a workload: treat its credential as stolen, and look at the host it belongs to.", contain, rotate},
		},
		Interest: detection.SensitiveAccess(),
		Judge:    judgeExternal,
		Fires:    []string{externalFires, externalPersonFires},
		Silent:   []string{externalTravelSilent},
	}
}

func judgeExternal(c *detection.Case) *detection.Finding {
	if c.Place != detection.Outside || c.Principal.Access.NewAt(c.At, baseline.DayLen) || c.Phase() == detection.Learning || !c.NewNetwork() {
		return nil
	}
	second := externalEvidence(c)
	if second == (external{}) {
		return nil
	}
	rank := 0
	if c.Record.Caller.Kind.Workload() {
		rank = 1 // a token that left its host says more than any novelty
	}
	return &detection.Finding{Since: c.At - baseline.Hour, Confidence: c.Confidence(), Key: c.Network.String(), Rank: rank, Explain: func() []string {
		return append([]string{fmt.Sprintf("%s from %s, outside Azure and the known networks; %s.", c.Record.Operation, from(c), networksUsual(c))}, second.sentences(c)...)
	}}
}

// external is what makes a new outside network more than travel: the zero value is nothing.
type external struct {
	settled int  // on so many days a workload did not leave its networks
	client  bool // a person's client is new
	fresh   int  // so many objects were read for the first time
}

func externalEvidence(c *detection.Case) (e external) {
	if c.Record.Caller.Kind.Workload() {
		if days := c.Principal.Active.Within(c.At.Day(), 90); days >= settledDays && c.Principal.Networks.Known(c.At, baseline.DayLen) > 0 && !itinerant(c) {
			e.settled = days
		}
		return e
	}
	e.client = c.NewAgent() && c.Principal.Networks.Known(c.At, baseline.DayLen) < mobileNetworks
	if n := freshObjects(c, c.At-baseline.Hour); n >= externalObjects {
		e.fresh = n
	}
	return e
}

func (e external) sentences(c *detection.Case) (out []string) {
	if e.settled > 0 {
		out = append(out, fmt.Sprintf("This %s was never seen outside its networks on %d active days.", c.Record.Caller.Kind, e.settled))
	}
	if e.client {
		out = append(out, fmt.Sprintf("The client %s is new for this user.", c.Agent))
	}
	if e.fresh > 0 {
		out = append(out, fmt.Sprintf("It read %s for the first time.", plural(e.fresh, "object")))
	}
	return out
}

const (
	externalFires = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 21 10:00 mi-web curl outside kv-pay get db-password
expect KV_UnusualAccessSuspiciousIP mi-web kv-pay`
	externalPersonFires = `
every workday 10:00 for 20 days: alice cli home kv-pay get db-password
day 21 10:00 alice cli outside kv-pay get s01..s03
expect KV_UnusualAccessSuspiciousIP alice kv-pay`
	externalTravelSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice portal outside kv-pay get db-password`
)
