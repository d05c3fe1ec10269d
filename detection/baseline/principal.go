package baseline

import (
	"net/netip"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Principal is what is remembered of one principal across all vaults.
type Principal struct {
	ID   string     `cbor:"1,keyasint"`
	Name string     `cbor:"2,keyasint,omitempty"`
	Kind audit.Kind `cbor:"3,keyasint,omitempty"`

	Access Mark `cbor:"4,keyasint,omitempty"`
	Active Days `cbor:"5,keyasint,omitempty"`
	Ties   Ties `cbor:"6,keyasint,omitempty"`

	Applications Marks[string]       `cbor:"7,keyasint,omitempty"`
	Agents       Marks[string]       `cbor:"8,keyasint,omitempty"`
	Networks     Marks[netip.Prefix] `cbor:"9,keyasint,omitempty"`

	// Spread and RefusedSpread are how many distinct vaults a day it has success at, and is denied at.
	Spread        Distinct `cbor:"10,keyasint,omitempty"`
	RefusedSpread Distinct `cbor:"11,keyasint,omitempty"`
	// Classes is what it did anywhere, with success.
	Classes [audit.Classes]Mark `cbor:"12,keyasint,omitempty"`

	shelf uint8 // on which it is written down, see [ShelfOf]
}

// Tie is a principal's relation to a vault.
type Tie struct {
	Access  Mark `cbor:"1,keyasint,omitempty"`
	Refused Mark `cbor:"2,keyasint,omitempty"`
	Meta    Mark `cbor:"3,keyasint,omitempty"`
}

// Ties are a principal's relations to vaults, by vault.
type Ties struct{ dense[string, Tie] }

// Get returns the tie to a vault, nil if there is none. It is good until the next record.
func (t *Ties) Get(vault string) *Tie { return t.find(vault) }

// maxTies is more vaults than an estate has: a scanner that visits all of them every day must not be a stranger to most.
const maxTies = 20_000

func (p *Principal) note(rec *audit.Record) {
	if rec.Caller.Name != "" {
		p.Name = rec.Caller.Name
	}
	if rec.Caller.Kind != audit.UnknownKind || p.Kind == audit.Unauthenticated {
		p.Kind = rec.Caller.Kind
	}
}

func (p *Principal) learn(rec *audit.Record, n *Noted, guard Guard) {
	at := n.at
	t := n.Tie
	if t == nil {
		t = p.tie(rec.Vault)
	}
	switch {
	case rec.Outcome == audit.Denied:
		p.RefusedSpread.meet(t.Refused.Last, at)
		t.Refused.Meet(at)
	case rec.Outcome == audit.Success && rec.Class == audit.Meta:
		t.Meta.Meet(at)
	case Accessed(rec):
		if !guard.Suspect {
			p.Spread.meet(t.Access.Last, at)
		}
		if !t.Access.told(at) {
			n.anew(rec) // memory of the principal may be younger than the vault's of it
		}
		t.Access.Meet(at)
		p.learnAccess(rec, n)
	}
}

func (p *Principal) learnAccess(rec *audit.Record, n *Noted) {
	at := n.at
	p.Classes[rec.Class].Meet(at)
	p.Access.Meet(at)
	p.Active.Mark(at.Day())
	if n.first.application {
		p.Applications.Meet(rec.Caller.Application, at, maxApplications)
	}
	if n.first.agent {
		p.Agents.Meet(n.Agent, at, maxAgents)
	}
	if n.first.network {
		p.Networks.Meet(n.Network, at, maxNetworks)
	}
}

// meet counts a thing that was last met at some instant, if that was not today.
func (d *Distinct) meet(last, at Instant) {
	d.Advance(at.Day())
	if last < at.Dawn() {
		d.Today++
	}
}

// tie makes a tie where there was none.
func (p *Principal) tie(vault string) *Tie {
	if p.Ties.Len() >= maxTies {
		p.Ties.dropLeast((*Tie).worth)
	}
	return p.Ties.enter(vault)
}

func (t *Tie) worth() Instant { return max(t.Access.worth(), t.Refused.Last, t.Meta.Last) }

func (p *Principal) worth() Instant {
	worth := p.Access.worth()
	for _, t := range p.Ties.All() {
		worth = max(worth, t.worth())
	}
	return worth
}

// Wandering is the chance that the principal shows a new network on a day on which it is active.
func (p *Principal) Wandering() float64 {
	fresh := p.Networks.Len() + int(p.Networks.Lost) - 1
	return (float64(max(fresh, 0)) + 0.5) / (float64(p.Access.Days) + 1)
}

// Vaults counts the vaults with success since an instant.
func (p *Principal) Vaults(since Instant) int {
	n := 0
	for _, t := range p.Ties.All() {
		if t.Access.Last >= since && t.Access.Last > 0 {
			n++
		}
	}
	return n
}
