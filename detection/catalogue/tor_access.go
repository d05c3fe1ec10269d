package catalogue

import (
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// listStale is the age of an address list from which on an alert says that the list is old. It lies below the three days
// for which an entry outlives its list, or it would never be said.
const listStale = 24 * time.Hour

// torAccess needs no baseline: hardly anyone comes to a vault through TOR for a good reason.
func torAccess() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_TORAccess",
			Title:      "Access from a TOR exit node to a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1090.003", "T1555.006"},
			Family:     detection.RuleLike,
			Meaning:    "Somebody with a valid token came to the vault from an address that was a TOR exit at the time. TOR hides where a caller really is; people who may read a vault have no need of it.",
			Harmless:   []string{"A privacy-minded administrator.", "A university or company whose relay shares an address with its staff.", "A red team."},
			Blind:      []string{"TOR bridges and exits that are not in the list.", "Requests without a token (401) are not counted.", "Other anonymising services: see KV_SuspiciousIPAccess."},
			Do:         []string{askOwner, contain, rotate, searchOthers},
		},
		Interest: detection.Interest{
			Outcomes: detection.OutcomesOf(audit.Success, audit.Denied),
		},
		Judge:  judgeTor,
		Fires:  []string{torFires, torDeniedFires},
		Silent: []string{torSilent},
	}
}

func judgeTor(c *detection.Case) *detection.Finding {
	if c.Addresses == nil {
		return nil
	}
	hit, ok := c.Addresses.Tor(c.Record.Address, c.Record.Time)
	if !ok {
		return nil
	}
	f := &detection.Finding{Since: c.At, Key: "tor", Confidence: "high"}
	if hit.Age > listStale {
		f.Confidence = "medium"
	}
	if c.Record.Outcome == audit.Denied {
		f.Severity = detection.Low
	}
	f.Explain = func() []string { return torReasons(c, hit) }
	return f
}

func torReasons(c *detection.Case, hit detection.Listing) []string {
	out := []string{fmt.Sprintf("%s (%s) from %s, a TOR exit%s.", c.Record.Operation, c.Record.Outcome, from(c), label(hit))}
	if hit.Age > listStale {
		out = append(out, "The list of TOR exits"+old(hit))
	}
	if c.Record.Outcome == audit.Denied {
		out = append(out, "The request was denied: "+c.Record.Denial.String()+".")
	}
	return out
}

// old ends a sentence on a list that is stale.
func old(hit detection.Listing) string {
	return fmt.Sprintf(" was %s old at that time.", lasting(hit.Age))
}

// label is what a list says of its entry, in brackets.
func label(hit detection.Listing) string {
	if hit.Label == "" {
		return ""
	}
	return " (" + hit.Label + ")"
}

const (
	torFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 03:10 alice cli tor kv-pay get db-password
expect KV_TORAccess alice kv-pay`
	torDeniedFires = `
day 1 03:10 mallory cli tor kv-pay get db-password = denied
expect KV_TORAccess mallory kv-pay`
	torSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 03:10 nobody cli tor kv-pay challenge
day 21 10:00 alice portal office kv-pay get db-password`
)
