package baseline

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Estate is everything remembered: vaults, principals, and what the whole estate has in common. It is not safe for
// concurrent use.
type Estate struct {
	Vaults     map[string]*Vault
	Principals map[string]*Principal
	Common

	// order holds the vaults by id, for walks that must always go the same way.
	order  []seat
	voices []voice
	names  [audit.ObjectTypes]map[string]string // of objects, by type and name
	noted  *Noted                               // the record at hand
	ahead  ahead
	parent *Estate // of a fork

	touchedVaults, touchedPrincipals touched
}

// Common is what all vaults have in common.
type Common struct {
	// Applications are the client applications met anywhere.
	Applications Marks[string] `cbor:"1,keyasint,omitempty"`
	// Newcomers are the rates of all vaults together, in newcomers per vault-day: the prior of a vault that is too
	// young to have a rate of its own.
	Newcomers Rates `cbor:"2,keyasint,omitempty"`
	// Seen is when the log spoke at all.
	Seen Mark `cbor:"3,keyasint,omitempty"`
	// Doors are the addresses that knocked without a token within about a day.
	Doors Doors `cbor:"4,keyasint,omitempty"`
}

// Guard limits what a record may teach, because an alert was raised about it.
type Guard struct {
	// Suspect: the record belongs to an open alert. It is remembered, but does not widen what is usual in breadth.
	Suspect bool
	// Volume, if not 0, is the count an hour that still counts as usual.
	Volume uint32
}

// Caps of the estate.
const (
	maxEstateApps = 20000
	maxPrincipals = 200000
	maxNames      = 16384
)

// NewEstate returns an empty memory.
func NewEstate() *Estate {
	return &Estate{Vaults: map[string]*Vault{}, Principals: map[string]*Principal{}}
}

// Noted is what memory holds about a record and those concerned, found once for noting, judging and learning it.
type Noted struct {
	Vault *Vault
	// Member is nil for a caller that was never more here than somebody who looks at the vault's settings.
	Member *Member
	// Principal is nil for a record without an identity.
	Principal *Principal
	// Tie is the principal's relation to the vault, nil if it had none before the record.
	Tie *Tie
	// Network is the record's /24 or /48, Agent the family of its agent, Object its object by [audit.Object.String].
	Network       netip.Prefix
	Agent, Object string

	at Instant
	// first is what the caller shows here for the first time on the day. What it shows again says nothing new of the vault,
	// the principal and the estate, so that their marks of applications, networks, agents and objects are good to the day.
	first struct{ application, network, agent, object bool }
}

// anew lets all that the caller shows count as shown for the first time.
func (n *Noted) anew(rec *audit.Record) {
	n.first.application, n.first.network, n.first.agent = rec.Caller.Application != "", n.Network.IsValid(), true
}

// Note takes a record into the windows of its vault and principal. What it returns is good until the next record.
func (e *Estate) Note(rec *audit.Record) *Noted {
	n := e.expected(rec)
	e.noted = n
	e.Seen.Meet(n.at)
	if n.Vault == nil {
		n.Vault = e.vault(rec.Vault)
	}
	n.Member = n.Vault.note(rec, n.at)
	e.touchedVaults[n.Vault.shelf] = true
	e.hear(n.Vault, n.at)
	e.Doors.note(rec, n.at)
	if rec.Caller.Known() {
		if n.Principal == nil {
			n.Principal = e.principal(rec.Caller.ID)
		}
		n.Principal.note(rec)
		e.touchedPrincipals[n.Principal.shelf] = true
		n.Tie = n.Principal.Ties.seek(rec.Vault)
	}
	return n
}

// Look finds what is known about a record that was noted some time ago; Vault is nil if that was forgotten.
func (e *Estate) Look(rec *audit.Record) Noted {
	n := e.noting(rec)
	if n.Principal = e.Principal(rec.Caller.ID); n.Principal != nil {
		n.Tie = n.Principal.Ties.find(rec.Vault)
	}
	if n.Vault = e.Vault(rec.Vault); n.Vault != nil {
		n.Member = n.Vault.Member(rec.Caller.ID)
	}
	return n
}

// noting is what can be said of a record without asking who is concerned.
func (e *Estate) noting(rec *audit.Record) Noted {
	return Noted{at: At(rec.Time), Network: Network(rec.Address), Agent: rec.Family, Object: e.Name(rec.Object)}
}

// Learn takes the record that was noted last, and judged since, for usual, as far as the guard lets it.
func (e *Estate) Learn(rec *audit.Record, guard Guard) {
	n := e.noted
	e.Newcomers.Pass(n.at.Day())
	n.Vault.Newcomers.Pass(n.at.Day())
	if sort, ok := n.Vault.newcomer(rec, n); ok {
		n.Vault.Newcomers[sort].Count++
		e.Newcomers[sort].Count++
	}
	n.Vault.learn(rec, n, guard)
	if n.Principal != nil && rec.Class != audit.Background {
		n.Principal.learn(rec, n, guard)
	}
	if n.first.application {
		e.Applications.Meet(rec.Caller.Application, n.at, maxEstateApps)
	}
}

// Name is [audit.Object.String], remembered, so that a record of an object that is known makes no new text.
func (e *Estate) Name(o audit.Object) string {
	if o.Name == "" {
		return ""
	}
	known := e.names[o.Type]
	s, ok := known[o.Name]
	if !ok {
		if known == nil {
			known = map[string]string{}
			e.names[o.Type] = known
		}
		if len(known) >= maxNames {
			clear(known)
		}
		s = o.String()
		known[o.Name] = s
	}
	return s
}

// PriorRate is how many newcomers of a sort an average vault has a day.
func (e *Estate) PriorRate(s Sort, at Instant) float64 {
	r := e.Newcomers[s]
	r.Pass(at.Day())
	vaults := float64(max(e.size(), 1))
	return (r.Count/vaults + defaultRate*PriorDays) / (r.Exposure + PriorDays)
}

// defaultRate is one newcomer in fifty days, before anything was seen.
const defaultRate = 0.02

func (e *Estate) vault(id string) *Vault {
	v := e.Vaults[id]
	if v != nil {
		return v
	}
	if e.parent != nil && e.parent.Vault(id) != nil {
		v = e.parent.Vault(id).fork()
	} else {
		v = &Vault{ID: id}
	}
	e.enter(v)
	return v
}

// enter takes a vault in, or in place of one of the same id.
func (e *Estate) enter(v *Vault) {
	at, ok := slices.BinarySearchFunc(e.order, v.ID, func(s seat, id string) int { return strings.Compare(s.vault.ID, id) })
	if ok {
		v.number = e.order[at].number
		e.order[at].vault = v
	} else {
		v.number = int32(len(e.voices))
		e.order = slices.Insert(e.order, at, seat{v, v.number})
		e.voices = append(e.voices, voice{})
	}
	v.shelf = ShelfOf(v.ID)
	e.hear(v, v.SpokenAt)
	e.Vaults[v.ID] = v
}

func (e *Estate) principal(id string) *Principal {
	p := e.Principals[id]
	if p == nil {
		if len(e.Principals) >= maxPrincipals {
			e.makeRoom()
		}
		p = &Principal{ID: id}
		if e.parent != nil && e.parent.Principal(id) != nil {
			p = e.parent.Principal(id).fork()
		}
		e.admit(p)
	}
	return p
}

func (e *Estate) admit(p *Principal) {
	p.shelf = ShelfOf(p.ID)
	e.Principals[p.ID] = p
}

// makeRoom forgets the sixteenth part of the principals that is worth least.
func (e *Estate) makeRoom() {
	e.ahead.forget()
	edge := sixteenth(len(e.Principals), func(yield func(Instant) bool) {
		for _, p := range e.Principals {
			if !yield(p.worth()) {
				return
			}
		}
	})
	for id, p := range e.Principals {
		if p.worth() <= edge {
			delete(e.Principals, id)
			e.touchedPrincipals[p.shelf] = true
		}
	}
}
