package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	probeNames = 5 // distinct missing names, never asked for before …
	probeSpan  = 10 * baseline.Minute
)

// nameProbing watches names being guessed.
func nameProbing() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_NameProbing",
			Title:      "Object names guessed",
			Severity:   detection.Low,
			Tactics:    []string{"Discovery"},
			Techniques: []string{"T1580", "T1555.006"},
			Family:     detection.Denied,
			Meaning:    "A caller that may read the vault, but not list it, asked for several names that do not exist: it is guessing.",
			Harmless:   []string{"A client with a wrong prefix in its configuration.", "Secrets that were renamed."},
			Blind:      []string{"Names guessed slowly, less than five in ten minutes.", "A workload's first day on the vault, from inside.", "Guesses that hit."},
			Do:         []string{askOwner, "Compare the names asked for: words from a list or from your own configuration?", searchOthers},
		},
		Interest: detection.Interest{Outcomes: detection.OutcomesOf(audit.NotFound)},
		Judge:    judgeNameProbing,
		Fires:    []string{nameProbingFires},
		Silent:   []string{nameProbingSilent, nameProbingStartSilent},
	}
}

func judgeNameProbing(c *detection.Case) *detection.Finding {
	if settling(c) {
		return nil // a client that starts for the first time asks for names that are optional
	}
	if m := &c.Member.Missing; m.Lost == 0 && m.Len()+1 < probeNames {
		return nil // it never asked for so many
	}
	names := c.Distinct()
	for t := range c.Member.Recent.Since(c.At - probeSpan) {
		if t.Outcome == audit.NotFound && t.Object != "" && unheard(c, objectName(c, t)) {
			names.Mark(t, 1)
		}
	}
	if names.Len() < probeNames {
		return nil
	}
	return &detection.Finding{Since: c.At - probeSpan, Confidence: "medium", Weight: names.Len(), Reasons: []string{
		fmt.Sprintf("%s asked for within %s that do not exist, none of them asked for before.", plural(names.Len(), "name"), lasting(probeSpan.Span(0))),
	}}
}

// unheard tells whether the caller asked for a name for the first time within a day, and never found it.
func unheard(c *detection.Case, name string) bool {
	return c.Member.Missing.Get(name, c.At).NewAt(c.At, baseline.DayLen) && c.Unread(name, c.At)
}

const (
	nameProbingFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice cli office kv-pay get admin, root, password, token, key = missing
expect KVX_NameProbing alice kv-pay`
	nameProbingSilent = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get a, b, c, d, e, f = missing
day 21 10:00 mi-web sdk azure kv-pay get a, b, c, d, e, f = missing`
	nameProbingStartSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 mi-new sdk azure kv-pay get a, b, c, d, e = missing`
)
