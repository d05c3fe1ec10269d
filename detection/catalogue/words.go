package catalogue

import (
	"fmt"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Steps that every alert's "what to do" begins or ends with.
const (
	askOwner     = "Ask the owner of the identity whether this was them. A known identity is no reason to dismiss the alert: it may be stolen."
	contain      = "If it was not: take the caller's access to the vault away (access policy or role), revoke its sessions and credentials, and tighten the vault's firewall."
	rotate       = "Rotate every object listed in this alert, the earliest read first, and look for use of the old values downstream."
	searchOthers = "Look at what the same caller and address did on other vaults in the hours around it."
)

// plural is a number with its noun: "1 secret", "28 secrets".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok && !strings.ContainsRune("aeiou", rune(stem[len(stem)-1])) {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// lasting is a length of event time in words: "40 s", "3 min", "5 h", "12 days".
func lasting(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// chance is a probability in words people can weigh.
func chance(p float64) string {
	switch {
	case p < 0.001:
		return "less than once in 1000 days"
	case p < 0.5:
		return fmt.Sprintf("on about one day in %d", int(1/p+0.5))
	}
	return fmt.Sprintf("on %d %% of the days", int(p*100+0.5))
}

// from says where a record came from.
func from(c *detection.Case) string {
	if !c.Record.Address.IsValid() {
		return "no known address"
	}
	return c.Record.Address.String()
}

// habit is the beta-binomial chance that the caller shows a habit on a day, given on how many of the days it was active
// in the last 60 it did so.
func habit(days, active int) float64 {
	return (float64(days) + 0.5) / (float64(active) + 1)
}

// networksUsual says how many networks a principal is known from.
func networksUsual(c *detection.Case) string {
	known := c.Principal.Networks.Known(c.At, baseline.DayLen)
	return fmt.Sprintf("the caller is known from %s, this vault from %s", plural(known, "network"),
		plural(c.Vault.Networks.Known(c.At, baseline.DayLen), "network"))
}
