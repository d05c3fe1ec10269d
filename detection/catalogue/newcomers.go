package catalogue

import (
	"fmt"
	"math/bits"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Newcomers: constants and questions that the user, application and pair detections share.
const (
	openHouse     = 60     // known members from which on a vault is open to everybody
	outsideFactor = 1. / 3 // a stranger from a network that is new to the vault, too, is two novelties
	grantGrace    = baseline.DayLen
	roamingDays   = 4      // days on which a caller entered a vault that was new to it …
	roamingShare  = 1. / 3 // … as a share of its active days, that make the next one its work
)

// strange tells how unlikely a newcomer of a sort is at the case's vault, see [detection.Case.Chance]. Not ok: newcomers are nothing to report here.
func strange(c *detection.Case, s baseline.Sort, counted bool) (p float64, ok bool) {
	if c.Phase() == detection.Learning || c.Founding() || c.Vault.Size() > openHouse || graced(c) || administers(c) {
		return 0, false
	}
	p = c.Chance(s, counted)
	elsewhere := c.Place == detection.Outside && c.NewNetwork()
	if elsewhere {
		p *= outsideFactor
	}
	return p, p <= c.Budget().Newcomer && (elsewhere || s == baseline.NewPair || !roams(c))
}

// roams tells whether the caller enters vaults that are new to it all the time: whoever answers tickets of many teams
// is no stranger at the next; which tool he uses there is another matter. Today does not count: a thief opens many doors on one day, see KV_AccountVolumeAnomaly.
func roams(c *detection.Case) bool {
	var entered uint64 // days before today
	for _, t := range c.Principal.Ties.All() {
		if age := c.At.Day() - t.Access.First.Day(); t.Access.First != 0 && age > 0 && age < 64 {
			entered |= 1 << age
		}
	}
	n := bits.OnesCount64(entered)
	return n >= roamingDays && float64(n) >= roamingShare*float64(c.Principal.Active.Within(c.At.Day()-1, 63))
}

// graced tells whether the vault was just born and its creator lets people in.
func graced(c *detection.Case) bool {
	return c.Vault.Born != 0 && c.At < c.Vault.Born+grantGrace
}

// administers tells whether the caller changes rights here as it did elsewhere before: whoever administers several
// vaults is no stranger at the next.
func administers(c *detection.Case) bool {
	return c.Record.Class == audit.Policy && !c.Principal.Classes[audit.Policy].NewAt(c.At, baseline.DayLen)
}

// settling tells whether the caller is a workload on its first day at the vault. What it does then is its start; that it
// came at all is another detection's business.
func settling(c *detection.Case) bool {
	return c.Record.Caller.Kind.Workload() && c.Newcomer() && c.Place != detection.Outside
}

// newcomerReasons are the sentences for a stranger's first sensitive success.
func newcomerReasons(c *detection.Case, p float64) []string {
	out := []string{
		fmt.Sprintf("First success of this %s on the vault (%s, from %s with %s).", c.Record.Caller.Kind, c.Record.Operation, from(c), c.Agent),
		fmt.Sprintf("A newcomer appears here %s; %s known.", chance(p), plural(c.Vault.Known(c.At, baseline.DayLen), "member")),
	}
	if n := c.Principal.Ties.Len() - 1; n > 0 {
		out = append(out, fmt.Sprintf("It is known from %s.", plural(n, "other vault")))
	} else {
		out = append(out, "It was never seen at any vault before.")
	}
	return append(out, grantReason(c)...)
}

// grantReason says who let the caller in, if that was within the last day.
func grantReason(c *detection.Case) []string {
	for i := len(c.Vault.Changes) - 1; i >= 0; i-- {
		ch := &c.Vault.Changes[i]
		if ch.At < c.At-baseline.DayLen {
			break
		}
		for _, g := range ch.Grants {
			if g.Principal == c.Record.Caller.ID {
				return []string{fmt.Sprintf("Access was granted %s earlier by %s.", lasting(c.At.Span(ch.At)), who(ch))}
			}
		}
	}
	return nil
}

func who(ch *baseline.Change) string {
	if ch.Name != "" {
		return ch.Name
	}
	return ch.Actor
}

// userLike tells whether the record's caller is to be judged as a person.
func userLike(c *detection.Case) bool { return c.Record.Caller.Kind == audit.User }
