package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const dormantDays = 45

// dormantPrincipal watches identities that come back from a long silence: forgotten accounts are taken over first.
func dormantPrincipal() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_DormantPrincipal",
			Title:      "Long-unused identity accessed a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"Persistence", "CredentialAccess"},
			Techniques: []string{"T1078.004"},
			Family:     detection.Identity,
			Rank:       3,
			Meaning:    "An identity that had not touched any vault for at least 45 days did so, and something else about it was new: the network, the client or the application.",
			Harmless:   []string{"Somebody back from parental leave with a new laptop.", "A yearly job after an upgrade."},
			Blind:      []string{"A forgotten account used with its old client from its old network.", "Identities silent for more than 90 days are forgotten and count as newcomers."},
			Do:         []string{askOwner, "If nobody owns the identity any more, disable it.", contain, rotate},
		},
		Interest: detection.SensitiveAccess(),
		Judge:    judgeDormant,
		Fires:    []string{dormantFires},
		Silent:   []string{dormantSilent},
	}
}

func judgeDormant(c *detection.Case) *detection.Finding {
	p := c.Principal
	silent := c.At - p.Access.Last
	if p.Access.First == 0 || silent < dormantDays*baseline.DayLen {
		return nil
	}
	var novelty []string
	if c.Network.IsValid() && p.Networks.Get(c.Network, c.At).First == 0 {
		novelty = append(novelty, "the network of "+from(c))
	}
	if p.Agents.Get(c.Agent, c.At).First == 0 {
		novelty = append(novelty, "the client "+c.Agent)
	}
	if app := c.Record.Caller.Application; app != "" && p.Applications.Get(app, c.At).First == 0 {
		novelty = append(novelty, "the application "+app)
	}
	if len(novelty) == 0 {
		return nil
	}
	return &detection.Finding{Since: c.At, Confidence: c.Confidence(), Reasons: []string{
		fmt.Sprintf("First access after %s; new about it: %s.", lasting(silent.Span(0)), and(novelty)),
	}}
}

// and joins words to "a, b and c".
func and(words []string) string {
	out := words[0]
	for i, w := range words[1:] {
		if i == len(words)-2 {
			out += " and " + w
		} else {
			out += ", " + w
		}
	}
	return out
}

const (
	dormantFires = `
every workday 10:00 for 80 days: alice portal office kv-pay get db-password
every workday 11:00 for 12 days: bob portal office kv-pay get db-password
day 80 11:00 bob cli outside kv-pay get db-password
expect KVX_DormantPrincipal bob kv-pay`
	dormantSilent = `
every workday 10:00 for 80 days: alice portal office kv-pay get db-password
every workday 11:00 for 12 days: bob portal office kv-pay get db-password
day 80 11:00 bob portal office kv-pay get db-password`
)
