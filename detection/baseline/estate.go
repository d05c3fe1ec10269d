package baseline

import (
	"iter"
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
	order    []*Vault
	families map[string]string
	names    map[named]string
	noted    noted
	parent   *Estate // of a fork
}

// Common is what all vaults have in common.
type Common struct {
	// Applications are the client applications met anywhere.
	Applications Marks[string] `cbor:"1,keyasint,omitempty"`
	// Newcomers are the rates of all vaults together, in newcomers per vault-day: the prior of a vault that is too
	// young to have a rate of its own.
	Newcomers [Sorts]Rate `cbor:"2,keyasint,omitempty"`
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
	maxFamilies   = 4096
	maxNames      = 16384
)

// NewEstate returns an empty memory.
func NewEstate() *Estate {
	return &Estate{Vaults: map[string]*Vault{}, Principals: map[string]*Principal{}, families: map[string]string{}, names: map[named]string{}}
}

// Note takes a record into the windows of its vault and principal and returns both. The principal is nil for a record
// without an identity.
func (e *Estate) Note(rec *audit.Record) (*Vault, *Principal) {
	at := At(rec.Time)
	e.Seen.Meet(at)
	v := e.vault(rec.Vault)
	v.note(rec, at)
	v.dirty = true
	e.Doors.note(rec, at)
	e.noted = noted{record: rec, vault: v, facts: e.facts(rec)}
	if !rec.Caller.Known() {
		return v, nil
	}
	p := e.principal(rec.Caller.ID)
	p.note(rec)
	p.dirty = true
	e.noted.principal = p
	return v, p
}

// noted is what was found for the record at hand, so that judging and learning it need not look again.
type noted struct {
	record    *audit.Record
	vault     *Vault
	principal *Principal
	facts     facts
}

// Circumstances are a record's network, the family of its agent and the name of its object, as memory knows them.
func (e *Estate) Circumstances(rec *audit.Record) (network netip.Prefix, agent, object string) {
	f := e.noted.facts
	if e.noted.record != rec {
		f = e.facts(rec)
	}
	return f.network, f.agent, f.object
}

// Learn takes the record that was noted last, and judged since, for usual, as far as the guard lets it.
func (e *Estate) Learn(rec *audit.Record, guard Guard) {
	f, v := e.noted.facts, e.noted.vault
	v.pass(f.at.Day())
	before := v.counts()
	v.learn(rec, f, guard)
	e.countNewcomers(v, before, f.at)
	if p := e.noted.principal; p != nil && rec.Class != audit.Background {
		p.learn(rec, f, guard)
	}
	if Accessed(rec) && rec.Caller.Application != "" {
		e.Applications.Meet(rec.Caller.Application, f.at, maxEstateApps)
	}
}

// facts are what is worked out of a record once and learned in several places.
type facts struct {
	at      Instant
	network netip.Prefix
	agent   string // family
	object  string // by [audit.Object.String]
}

func (e *Estate) facts(rec *audit.Record) facts {
	return facts{at: At(rec.Time), network: Network(rec.Address), agent: e.Family(rec.Agent), object: e.Name(rec.Object)}
}

// named is what the text of an object depends on.
type named struct {
	sort audit.ObjectType
	name string
}

// Name is [audit.Object.String], remembered, so that a record of an object that is known makes no new text.
func (e *Estate) Name(o audit.Object) string {
	if o.Name == "" {
		return ""
	}
	s, ok := e.names[named{o.Type, o.Name}]
	if !ok {
		if len(e.names) >= maxNames {
			clear(e.names)
		}
		s = o.String()
		e.names[named{o.Type, o.Name}] = s
	}
	return s
}

// Family is [audit.AgentFamily], remembered, since few agents send most records.
func (e *Estate) Family(agent string) string {
	f, ok := e.families[agent]
	if !ok {
		if len(e.families) >= maxFamilies {
			clear(e.families)
		}
		f = audit.AgentFamily(agent)
		e.families[agent] = f
	}
	return f
}

func (v *Vault) pass(to Day) {
	for i := range v.Newcomers {
		v.Newcomers[i].Pass(to)
	}
}

func (v *Vault) counts() (c [Sorts]float64) {
	for i, r := range v.Newcomers {
		c[i] = r.Count
	}
	return c
}

// countNewcomers carries a vault's new newcomers over into the estate's rates.
func (e *Estate) countNewcomers(v *Vault, before [Sorts]float64, at Instant) {
	for i := range e.Newcomers {
		e.Newcomers[i].Pass(at.Day())
		if grown := v.Newcomers[i].Count - before[i]; grown > 0 {
			e.Newcomers[i].Count += grown
		}
	}
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
	at, ok := slices.BinarySearchFunc(e.order, v.ID, func(v *Vault, id string) int { return strings.Compare(v.ID, id) })
	if ok {
		e.order[at] = v
	} else {
		e.order = slices.Insert(e.order, at, v)
	}
	e.Vaults[v.ID] = v
}

// InOrder yields the vaults by id.
func (e *Estate) InOrder() iter.Seq[*Vault] { return slices.Values(e.order) }

func (e *Estate) principal(id string) *Principal {
	p := e.Principals[id]
	if p == nil {
		if len(e.Principals) >= maxPrincipals {
			e.makeRoom()
		}
		p = &Principal{ID: id}
		if e.parent != nil && e.parent.Principal(id) != nil {
			*p = copied(*e.parent.Principal(id))
		}
		e.Principals[id] = p
	}
	return p
}

// makeRoom forgets the sixteenth part of the principals that is worth least.
func (e *Estate) makeRoom() {
	all := make([]Instant, 0, len(e.Principals))
	for _, p := range e.Principals {
		all = append(all, p.worth())
	}
	edge := sixteenth(all)
	for id, p := range e.Principals {
		if p.worth() <= edge {
			delete(e.Principals, id)
		}
	}
}
