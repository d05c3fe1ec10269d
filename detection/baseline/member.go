package baseline

import (
	"net/netip"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Member is what one vault remembers of one principal. As in [Vault], what every record asks for stands first.
type Member struct {
	// Access is when the principal had success here, Active on which days. Founder: it came in the vault's first days.
	Access  Mark       `cbor:"2,keyasint,omitempty"`
	Active  Days       `cbor:"3,keyasint,omitempty"`
	Kind    audit.Kind `cbor:"1,keyasint,omitempty"`
	Founder bool       `cbor:"4,keyasint,omitempty"`
	// Listed is its last successful listing.
	Listed Instant `cbor:"19,keyasint,omitempty"`

	Recent Recent `cbor:"18,keyasint,omitempty"`

	Applications Marks[string]       `cbor:"7,keyasint,omitempty"`
	Agents       Marks[string]       `cbor:"8,keyasint,omitempty"`
	Networks     Marks[netip.Prefix] `cbor:"9,keyasint,omitempty"`
	Operations   Marks[string]       `cbor:"10,keyasint,omitempty"`
	// Objects are those it read, used or exported, by [audit.Object.String].
	Objects Marks[string] `cbor:"12,keyasint,omitempty"`

	// Requests counts everything but crypto, Crypto the use of keys: see [Member.Series].
	Requests Series  `cbor:"15,keyasint,omitempty"`
	Crypto   *Series `cbor:"16,keyasint,omitempty"`
	// Breadth is how many distinct objects a day it reads.
	Breadth Distinct            `cbor:"17,keyasint,omitempty"`
	Classes [audit.Classes]Mark `cbor:"11,keyasint,omitempty"`

	// Refused is when it was denied here, RefusedOn on which days.
	Refused   Mark `cbor:"5,keyasint,omitempty"`
	RefusedOn Days `cbor:"6,keyasint,omitempty"`
	// ListThenGet and PolicyThenRead are the days on which it showed those habits.
	ListThenGet    Days `cbor:"13,keyasint,omitempty"`
	PolicyThenRead Days `cbor:"14,keyasint,omitempty"`
	// Missing are names it asked for that did not exist.
	Missing Marks[string] `cbor:"20,keyasint,omitempty"`
}

// Caps of a member's sets.
const (
	maxApplications = 32
	maxAgents       = 32
	maxNetworks     = 64
	maxOperations   = 64
	maxObjects      = 2048
	maxMissing      = 256
)

// Distinct counts distinct things per day and learns how many are usual.
type Distinct struct {
	Today uint32  `cbor:"1,keyasint,omitempty"`
	On    Day     `cbor:"2,keyasint,omitempty"`
	Daily Moments `cbor:"3,keyasint,omitempty"`
	Top   Peak    `cbor:"4,keyasint,omitempty"`
}

// Advance ends the day if it is over. Only days on which something happened are learned: this runs on active days.
func (d *Distinct) Advance(to Day) {
	if to <= d.On {
		return
	}
	if d.Today > 0 {
		d.Daily.Add(float64(d.Today), DailyDecay)
		d.Top.Raise(d.On, d.Today)
	}
	d.Today, d.On = 0, to
}

// note takes a record into the windows.
func (m *Member) note(rec *audit.Record, at Instant) {
	m.Recent.Add(rec, at)
	if rec.Caller.Kind != audit.UnknownKind || m.Kind == audit.Unauthenticated {
		m.Kind = rec.Caller.Kind
	}
	if volume(rec) {
		counted(rec.Class, &m.Requests, &m.Crypto).Add(at, 1)
	}
}

// Series is how often records of a class come; empty if none came.
func (m *Member) Series(c audit.Class) *Series { return seriesOf(c, &m.Requests, m.Crypto) }

// learnFailure takes what brought nothing for usual.
func (m *Member) learnFailure(rec *audit.Record, n *Noted) {
	switch {
	case rec.Outcome == audit.Denied:
		m.Refused.Meet(n.at)
		m.RefusedOn.Mark(n.at.Day())
	case rec.Outcome == audit.NotFound && rec.Object.Name != "":
		m.Missing.Meet(n.Object, n.at, maxMissing)
	}
}

// learn takes a judged access for usual.
func (m *Member) learn(rec *audit.Record, n *Noted, guard Guard) {
	at := n.at
	m.Access.Meet(at)
	m.Active.Mark(at.Day())
	m.learnCircumstances(rec, n)
	m.Classes[rec.Class].Meet(at)
	m.Operations.Meet(rec.Operation, at, maxOperations)
	if rec.Class == audit.List {
		m.Listed = max(m.Listed, at)
	}
	if Reads(rec) {
		m.learnObject(n, guard)
	}
	m.learnVolume(rec.Class, guard)
}

func (m *Member) learnCircumstances(rec *audit.Record, n *Noted) {
	at := n.at
	if rec.Caller.Application != "" {
		n.first.application = !m.Applications.Meet(rec.Caller.Application, at, maxApplications).told(at)
	}
	n.first.agent = !m.Agents.Meet(n.Agent, at, maxAgents).told(at)
	if n.Network.IsValid() {
		n.first.network = !m.Networks.Meet(n.Network, at, maxNetworks).told(at)
	}
}

func (m *Member) learnObject(n *Noted, guard Guard) {
	at, name := n.at, n.Object
	m.Breadth.Advance(at.Day())
	old := m.Objects.Meet(name, at, maxObjects)
	if n.first.object = !old.told(at); old.Last < at.Dawn() && !guard.Suspect {
		m.Breadth.Today++
	}
}

func (m *Member) learnVolume(c audit.Class, guard Guard) {
	s := m.Series(c)
	if guard.Volume > 0 {
		s.Winsorise(guard.Volume)
	} else {
		s.Usual()
	}
}

// Reads tells whether a record took something out of the vault or used it there: what must be rotated if it was theft.
func Reads(rec *audit.Record) bool {
	switch rec.Class {
	case audit.Value, audit.Read, audit.Export, audit.Crypto:
		return rec.Outcome == audit.Success && rec.Object.Name != ""
	}
	return false
}

// Accessed tells whether a record is an access in the sense of the alerts' titles: a success of somebody that is more
// than looking at the vault's own settings.
func Accessed(rec *audit.Record) bool {
	return rec.Outcome == audit.Success && rec.Class != audit.Meta && rec.Class != audit.Background && rec.Caller.Known()
}

// volume tells whether a record counts as load: successes and throttled requests.
func volume(rec *audit.Record) bool {
	return rec.Class != audit.Meta && rec.Class != audit.Background && (rec.Outcome == audit.Success || rec.Outcome == audit.Throttled)
}

// Network is the /24 or /48 an address lies in: neighbours that usually are one network to us.
func Network(a netip.Addr) netip.Prefix {
	if !a.IsValid() {
		return netip.Prefix{}
	}
	bits := 24
	if a.Is6() {
		bits = 48
	}
	net, _ := a.Prefix(bits)
	return net
}
