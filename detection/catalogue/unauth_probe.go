package catalogue

import (
	"fmt"
	"slices"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
)

const (
	knockFloor  = 50 // requests without a token …
	knockVaults = 3  // on so many vaults, from one address, within a day
)

// unauthProbe watches addresses that knock at vaults without ever showing a token that is good for anything.
func unauthProbe() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_UnauthProbe",
			Title:      "Vaults probed without authentication",
			Severity:   detection.Low,
			Tactics:    []string{"Reconnaissance", "Discovery"},
			Techniques: []string{"T1595", "T1580"},
			Family:     detection.Denied,
			Meaning:    "One address sent many requests without a token to several of your vaults, and none that succeeded. Somebody has a list of your vaults' names.",
			Harmless:   []string{"An internet scanner or search engine.", "A client of yours whose sign-in is broken."},
			Blind:      []string{"Probes spread over many addresses.", "Probes from an address that also has success."},
			Do:         []string{"Turn the vaults' firewalls on, so that the outside gets no answer at all.", "If the address is yours, find the client whose sign-in fails."},
		},
		Interest:  detection.Interest{Outcomes: detection.OutcomesOf(audit.Challenge)},
		Anonymous: true,
		Judge:     judgeUnauthProbe,
		Wait:      propagation,
		Confirm:   confirmUnauthProbe,
		Fires:     []string{unauthFires},
		Silent:    []string{unauthSilent},
	}
}

func judgeUnauthProbe(c *detection.Case) *detection.Finding {
	k := c.Estate.Doors.Knocks[c.Record.Address]
	if k == nil || k.Count < knockFloor || len(k.Vaults) < knockVaults {
		return nil
	}
	return &detection.Finding{Since: k.First, Confidence: "medium", Weight: int(k.Count), Nobody: true, Key: c.Record.Address.String(),
		Vaults: slices.Sorted(slices.Values(k.Vaults)), Explain: func() []string {
			return []string{fmt.Sprintf("%d requests without a token from %s to %s within %s, and no success.", k.Count, from(c), plural(len(k.Vaults), "vault"), lasting(c.At.Span(k.First)))}
		}}
}

// confirmUnauthProbe drops the verdict when the address showed a good token after all.
func confirmUnauthProbe(c *detection.Case, f *detection.Finding) *detection.Finding {
	if k := c.Estate.Doors.Knocks[c.Record.Address]; k != nil && k.Entered != 0 {
		return nil
	}
	return f
}

const (
	unauthFires = `
day 1 10:00 - curl outside kv-a challenge x20
day 1 10:10 - curl outside kv-b challenge x20
day 1 10:20 - curl outside kv-c challenge x20
expect KVX_UnauthProbe`
	unauthSilent = `
day 1 10:00 - sdk azure kv-a challenge x20
day 1 10:10 - sdk azure kv-b challenge x20
day 1 10:20 - sdk azure kv-c challenge x20
day 1 10:25 mi-web sdk azure kv-c get a`
)
