package detection

import (
	"net/netip"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Instant and Wait are event time, see [baseline.Instant].
type (
	Instant = baseline.Instant
	Wait    = baseline.Instant
)

// Case is one record with all that is remembered about those concerned. The windows of memory (recent touches, rolling
// counts) hold the record already; what counts as known (first seen, habits) does not yet.
type Case struct {
	Record *audit.Record
	At     Instant
	Estate *baseline.Estate
	Vault  *baseline.Vault
	// Member is the caller's memory on this vault, nil for records that are no access attempt of a known caller.
	Member *baseline.Member
	// Principal is the caller's memory across vaults, nil for records without a caller.
	Principal *baseline.Principal
	// Tie is the caller's relation to this vault before the record, nil if there was none.
	Tie *baseline.Tie

	Addresses Addresses
	Settings  *Settings
	// Tuning is what the settings say about the vault.
	Tuning *Tuning
	// Network is the record's /24 or /48, Agent the family of its user agent, Place where its address lies.
	// Object is its object as memory names it.
	Network netip.Prefix
	Object  string
	Agent   string
	Place   Place

	objects *Objects // see Distinct
	// newNetwork is the answer of NewNetwork once it was asked: half a dozen detections do.
	newNetwork answer
}

type answer uint8

const (
	unasked answer = iota
	no
	yes
)

// Addresses tells what is known about addresses, as of a point in event time. A nil Addresses knows nothing.
type Addresses interface {
	// Tor tells whether the address was a TOR exit at the time.
	Tor(netip.Addr, time.Time) (Listing, bool)
	// Suspicious tells whether a feed lists the address at the time.
	Suspicious(netip.Addr, time.Time) (Listing, bool)
	// Azure tells whether the address belongs to Azure; HasAzure whether that is known at all.
	Azure(netip.Addr) bool
	HasAzure() bool
	// Known tells whether the address is the operator's own.
	Known(netip.Addr) bool
}

// Listing is an entry of an address list.
type Listing struct {
	List  string // the list's name
	Label string // what the list says of the entry
	// Age is how long before the event the list or entry was last confirmed; 0 if that is not known.
	Age time.Duration
	// Confidence of the feed: High for its best.
	Severity Severity
}

// Place is where an address lies, as seen from the vault.
type Place uint8

const (
	// Nowhere: no address, or one that was masked.
	Nowhere Place = iota
	// Private networks, private endpoints and subnets.
	Private
	// Azure is a public address of Azure, anybody's.
	Azure
	// Own is one of the operator's own networks.
	Own
	// Outside is anywhere else.
	Outside
	// Somewhere is a public address of which nobody can say whether it is Azure's, because no table of Azure's ranges
	// was given, and whose caller is a workload: most of them live there.
	Somewhere
)

func (p Place) String() string {
	return [...]string{"no address", "a private network", "Azure", "a known network", "outside", "a public address"}[p]
}

// place finds where a record's address lies. Without a table of Azure's ranges an address is never said to be Azure's.
func place(rec *audit.Record, lists Addresses, own []netip.Prefix) Place {
	a := rec.Address
	switch {
	case !a.IsValid():
		return Nowhere
	case a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || rec.Path == audit.PrivatePath || rec.Path == audit.SubnetPath:
		return Private
	case slices.ContainsFunc(own, func(p netip.Prefix) bool { return p.Contains(a) }):
		return Own
	case lists == nil:
		return Outside
	case lists.Known(a):
		return Own
	case lists.Azure(a):
		return Azure
	}
	return Outside
}

// whereabouts is the place of the case. Without a table of Azure's ranges, a workload's public address says nothing by
// itself. Only if the workload hardly ever changes its network, or changes its client with it, a new one is taken for outside.
func (c *Case) whereabouts(lists Addresses) Place {
	p := place(c.Record, lists, c.Tuning.Known)
	if p != Outside || lists != nil && lists.HasAzure() || !c.Record.Caller.Kind.Workload() {
		return p
	}
	if c.Principal != nil && c.NewNetwork() && (c.Principal.Wandering() <= homebody || c.otherHands()) {
		return Outside
	}
	return Somewhere
}

// otherHands tells whether a caller that is known for days comes with another client than ever.
func (c *Case) otherHands() bool { return c.Principal.Access.Days >= LearningDays && c.NewAgent() }

// homebody is the chance of a new network on a day up to which a workload counts as staying where it is.
const homebody = 0.05

// Phase is how far a vault's baseline carries.
type Phase uint8

const (
	// Learning: under 3 days of exposure, only rules and sequences may speak.
	Learning Phase = iota
	// Provisional: under 14 days, everything may speak but with low confidence.
	Provisional
	// Armed: everything.
	Armed
)

func (p Phase) String() string { return [...]string{"learning", "provisional", "armed"}[p] }

// Days of exposure after which a vault leaves each phase.
const (
	LearningDays    = 3
	ProvisionalDays = 14
)

// PhaseOf tells a vault's phase at an instant.
func PhaseOf(v *baseline.Vault, at Instant) Phase {
	switch days := v.Exposure(at); {
	case days < LearningDays:
		return Learning
	case days < ProvisionalDays:
		return Provisional
	}
	return Armed
}

// Baited tells whether the operator cares for every touch of the vault, or of something in it.
func (c *Case) Baited() bool { return c.Tuning.baited || c.Tuning.BreakGlass }

// Phase is the phase of the case's vault.
func (c *Case) Phase() Phase { return PhaseOf(c.Vault, c.At) }

// Confidence is what a statistical finding may claim in the vault's phase.
func (c *Case) Confidence() string {
	if c.Phase() == Armed {
		return "medium"
	}
	return "low"
}

// Newcomer tells whether the caller had no success on the vault until a day ago.
func (c *Case) Newcomer() bool { return c.Member.Access.NewAt(c.At, baseline.DayLen) }

// known tells whether memory holds the caller: anywhere, and as somebody who did more than look at this vault's settings.
func (c *Case) known() bool { return c.Member != nil && c.Principal != nil }

// Founding tells whether the vault is so young that who comes is part of its initial population.
func (c *Case) Founding() bool { return c.Vault.Exposure(c.At) < baseline.FounderDays }

// Chance is the probability that a newcomer of a sort turns up at the vault on a day. Counted says that the case's own
// caller is in the rate already, as it is from its second record on.
func (c *Case) Chance(s baseline.Sort, counted bool) float64 {
	r := c.Vault.Newcomers[s]
	r.Pass(c.At.Day())
	if counted {
		r.Count = max(0, r.Count-1)
	}
	return r.Chance(c.Estate.PriorRate(s, c.At))
}

// NewNetwork tells whether the record's network was unknown to the principal anywhere, and to the vault, a day ago.
func (c *Case) NewNetwork() bool {
	if c.newNetwork == unasked {
		c.newNetwork = no
		if c.Network.IsValid() && !c.regular() && c.Principal.Networks.Get(c.Network, c.At).NewAt(c.At, baseline.DayLen) &&
			c.Vault.Networks.Get(c.Network, c.At).NewAt(c.At, baseline.DayLen) {
			c.newNetwork = yes
		}
	}
	return c.newNetwork == yes
}

// regular tells whether the caller came to this vault from the record's network before, which then is new to nobody.
func (c *Case) regular() bool {
	return c.Member != nil && !c.Member.Networks.Get(c.Network, c.At).NewAt(c.At, baseline.DayLen)
}

// NewAgent tells whether the principal had not used this family of user agent anywhere until a day ago.
func (c *Case) NewAgent() bool {
	return c.Principal.Agents.Get(c.Agent, c.At).NewAt(c.At, baseline.DayLen)
}

// Unread tells whether the principal had never read an object here before a given instant.
func (c *Case) Unread(object string, since Instant) bool {
	m := c.Member.Objects.Get(object, c.At)
	return m.First == 0 || m.First >= since
}
