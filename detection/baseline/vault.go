package baseline

import (
	"iter"
	"net/netip"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Vault is what is remembered of one vault. What every record asks for stands first and together: of thousands of vaults
// hardly anything is in the processor's caches.
type Vault struct {
	ID string `cbor:"1,keyasint"`
	// Heard is when the vault's own log spoke last, Spoken counts the records of the current hour.
	Heard    Instant `cbor:"24,keyasint,omitempty"`
	SpokenAt Instant `cbor:"21,keyasint,omitempty"`
	Spoken   uint32  `cbor:"20,keyasint,omitempty"`
	number   int32   // among the estate's voices
	shelf    uint8   // on which it is written down, see [ShelfOf]
	// Seen is when its log spoke, Lived when it told of a success: who asks for a vault that does not exist yet, or not
	// any more, is refused.
	Seen  Mark `cbor:"2,keyasint,omitempty"`
	Lived Mark `cbor:"17,keyasint,omitempty"`

	// Members are the principals that came, by id: see [Vault.Member] and [Vault.All].
	Members Members `cbor:"5,keyasint,omitempty"`
	// lent are the members of the original that a fork has not copied yet.
	lent *Members

	Applications Marks[string]       `cbor:"6,keyasint,omitempty"`
	Networks     Marks[netip.Prefix] `cbor:"7,keyasint,omitempty"`
	Agents       Marks[string]       `cbor:"16,keyasint,omitempty"`
	Objects      Marks[string]       `cbor:"8,keyasint,omitempty"`

	// Requests counts everything but crypto, Crypto the use of keys: see [Vault.Series].
	Requests Series  `cbor:"11,keyasint,omitempty"`
	Crypto   *Series `cbor:"12,keyasint,omitempty"`

	// Newcomers are the rates at which strangers of each sort come to be members.
	Newcomers Rates `cbor:"9,keyasint,omitempty"`
	// Longest is the longest silence of its log, in minutes; Usual the second longest: one outage must not teach that
	// outages are usual. Spoke is how often an hour it speaks.
	Longest Peak    `cbor:"18,keyasint,omitempty"`
	Usual   Peak    `cbor:"25,keyasint,omitempty"`
	Spoke   Moments `cbor:"19,keyasint,omitempty"`
	// ClassDays counts principal-days per class, and all of them in index 0 (audit.Other): people's first, workloads'
	// second, since a nightly backup job must not make exports by people look usual.
	ClassDays [2][audit.Classes]float64 `cbor:"10,keyasint,omitempty"`
	// Week is when people come, and when workloads do: callers with success, each once an hour.
	Week [2]Week `cbor:"27,keyasint,omitempty"`

	// Born is when somebody created it before our eyes, 0 if it was there before us; Creator is who.
	Born    Instant `cbor:"3,keyasint,omitempty"`
	Creator string  `cbor:"4,keyasint,omitempty"`

	Changes  []Change        `cbor:"13,keyasint,omitempty"`
	Settings *audit.Settings `cbor:"14,keyasint,omitempty"`
	// LogOff is when a diagnostic setting of the vault was deleted.
	LogOff Instant `cbor:"26,keyasint,omitempty"`
	// Deleted is when the vault was soft-deleted last, DeletedBy by whom.
	Deleted   Instant `cbor:"22,keyasint,omitempty"`
	DeletedBy string  `cbor:"23,keyasint,omitempty"`
	// Evicted counts members that had to make room.
	Evicted uint32 `cbor:"15,keyasint,omitempty"`
}

// Members are principals' memories on one vault.
type Members struct{ dense[string, *Member] }

// Sort is a sort of newcomer.
type Sort uint8

const (
	NewUser Sort = iota
	NewWorkload
	// NewPair is a known user with an application new to the user here. Microsoft's own tools don't count: people change
	// between portal and command line all the time.
	NewPair
	NewDenied
	Sorts = int(NewDenied) + 1
)

// Change is a success of an operation that changes rights on the vault.
type Change struct {
	At      Instant       `cbor:"1,keyasint"`
	Actor   string        `cbor:"2,keyasint"`
	Name    string        `cbor:"3,keyasint,omitempty"`
	Grants  []audit.Grant `cbor:"4,keyasint,omitempty"`
	Revokes []string      `cbor:"5,keyasint,omitempty"`
	// Known: the record says which rights changed. Otherwise any could have.
	Known bool `cbor:"6,keyasint,omitempty"`
	// Opened: the firewall's default went from deny to allow; Weakened: another guard was taken off.
	Opened    bool   `cbor:"7,keyasint,omitempty"`
	Weakened  bool   `cbor:"8,keyasint,omitempty"`
	Operation string `cbor:"9,keyasint,omitempty"`
}

// Caps and ages of a vault's sets.
const (
	maxMembers      = 5000
	maxVaultApps    = 2000
	maxVaultNets    = 4000
	maxVaultObjects = 10000
	maxChanges      = 64
	// FounderDays: who comes in the first days is part of the initial population, not a newcomer.
	FounderDays = 7
)

// Exposure is for how many days the vault has been watched at an instant.
func (v *Vault) Exposure(at Instant) int {
	if v.Lived.First == 0 {
		return 0
	}
	return int(at.Day() - v.Lived.First.Day())
}

// Member returns what is known of a principal here, nil if nothing.
func (v *Vault) Member(principal string) *Member {
	if m := v.Members.find(principal); m != nil {
		return *m
	}
	if v.lent == nil {
		return nil
	}
	return v.borrow(principal)
}

// Known counts the members with success until an age before an instant.
func (v *Vault) Known(at, age Instant) int {
	n := 0
	for _, m := range v.members() {
		if !m.Access.NewAt(at, age) {
			n++
		}
	}
	return n
}

// All yields the members by principal, for reading.
func (v *Vault) All() iter.Seq2[string, *Member] { return v.members() }

// Size is the number of members.
func (v *Vault) Size() int {
	if v.lent == nil {
		return v.Members.Len()
	}
	n := v.lent.Len()
	for id := range v.Members.All() {
		if v.lent.find(id) == nil {
			n++
		}
	}
	return n
}

// member returns the principal's memory, making room for it if need be.
func (v *Vault) member(principal string) *Member {
	if m := v.Members.seek(principal); m != nil {
		return *m
	}
	if m := v.Member(principal); m != nil {
		return m
	}
	if v.Members.Len() >= maxMembers {
		v.Evicted += uint32(v.Members.dropLeast(func(m **Member) Instant { return (*m).worth() }))
	}
	m := new(Member)
	*v.Members.enter(principal) = m
	return m
}

func (m *Member) worth() Instant { return max(m.Access.worth(), m.Refused.Last) }

// note takes a record into the windows and returns its caller's memory here, nil if there is none.
func (v *Vault) note(rec *audit.Record, at Instant) *Member {
	v.speak(rec, at)
	v.Seen.Meet(at)
	if rec.Outcome == audit.Success {
		v.Lived.Meet(at)
	}
	if volume(rec) {
		counted(rec.Class, &v.Requests, &v.Crypto).Add(at, 1)
	}
	if !rec.Caller.Known() || rec.Class == audit.Background || rec.Class == audit.Meta {
		return v.Member(rec.Caller.ID)
	}
	m := v.member(rec.Caller.ID)
	m.note(rec, at)
	return m
}

// speak follows how often the vault's own log speaks. What the activity log says of a vault is no sign that the vault's
// log lives.
func (v *Vault) speak(rec *audit.Record, at Instant) {
	if rec.Source == audit.ActivityLog {
		return
	}
	if minutes := (at - v.Heard) / Minute; v.Heard != 0 && minutes > 0 {
		v.learnGap(uint32(minutes), at.Day())
	}
	if hour := at / Hour; hour > v.SpokenAt/Hour {
		if v.SpokenAt != 0 {
			v.Spoke.Add(float64(v.Spoken), hourlyKeep)
			v.Spoke.Zeros(int(hour-v.SpokenAt/Hour)-1, hourlyKeep)
		}
		v.Spoken, v.SpokenAt = 0, at
	}
	v.Spoken++
	v.Heard = max(v.Heard, at)
}

func (v *Vault) learnGap(minutes uint32, on Day) {
	if v.Usual.covers(on, minutes) {
		return // nor is it longer than the longest
	}
	longest := v.Longest.Top(on)
	v.Usual.Raise(on, min(minutes, longest))
	v.Longest.Raise(on, minutes)
}

// Series is how often records of a class come; empty if none came.
func (v *Vault) Series(c audit.Class) *Series { return seriesOf(c, &v.Requests, v.Crypto) }

// learn takes a judged record for usual.
func (v *Vault) learn(rec *audit.Record, n *Noted, guard Guard) {
	at, m := n.at, n.Member
	v.learnSettings(rec, at)
	if m == nil {
		return
	}
	if Accessed(rec) {
		v.countClass(m, rec, at)
		v.countHour(m, at)
		v.learnCircumstances(rec, n)
		if s := v.Series(rec.Class); guard.Volume > 0 {
			s.Winsorise(s.TopHour.Top(at.Day()))
		} else {
			s.Usual()
		}
	}
	m.learn(rec, n, guard)
}

func (v *Vault) learnCircumstances(rec *audit.Record, n *Noted) {
	if rec.Caller.Application != "" {
		v.Applications.Meet(rec.Caller.Application, n.at, maxVaultApps)
	}
	if n.Network.IsValid() {
		v.Networks.Meet(n.Network, n.at, maxVaultNets)
	}
	v.Agents.Meet(n.Agent, n.at, maxAgents)
	if rec.Object.Name != "" {
		v.Objects.Meet(n.Object, n.at, maxVaultObjects)
	}
}

// newcomer tells whether a record is a first success, first pair or first denial that counts in the newcomer rates.
func (v *Vault) newcomer(rec *audit.Record, n *Noted) (Sort, bool) {
	m := n.Member
	if m == nil {
		return 0, false
	}
	founding := v.Exposure(n.at) < FounderDays
	switch {
	case rec.Outcome == audit.Denied:
		return NewDenied, m.Refused.First == 0 && m.Access.First == 0 && !founding
	case !Accessed(rec):
	case m.Access.First == 0:
		m.Founder = founding
		return sortOf(rec.Caller.Kind), !founding
	case rec.Caller.Kind == audit.User && !founding && m.Applications.Get(rec.Caller.Application, n.at).First == 0:
		_, common := audit.FirstParty(rec.Caller.Application)
		return NewPair, !common
	}
	return 0, false
}

func sortOf(k audit.Kind) Sort {
	if k == audit.User {
		return NewUser
	}
	return NewWorkload
}

// countClass counts principal-days of a class, so that "nobody here does that" can be said with a number. It must run
// before the member learns.
func (v *Vault) countClass(m *Member, rec *audit.Record, at Instant) {
	days := &v.ClassDays[sortOf(m.Kind)]
	if last := m.Classes[rec.Class].Last; last.Day() < at.Day() {
		days[rec.Class]++
	}
	if m.Access.Last.Day() < at.Day() {
		days[audit.Other]++
	}
}

// countHour notes that a caller came in an hour of the week. Like countClass it must run before the member learns.
func (v *Vault) countHour(m *Member, at Instant) {
	if at/Hour > m.Access.Last/Hour {
		v.Week[sortOf(m.Kind)].Add(at)
	}
}

// ClassShare is on how many principal-days of the member's sort (people or workloads) a class was seen here, and how
// many there were.
func (v *Vault) ClassShare(m *Member, class audit.Class) (days, all float64) {
	d := &v.ClassDays[sortOf(m.Kind)]
	return d[class], d[audit.Other]
}

// learnSettings keeps the vault's settings and the changes of rights.
func (v *Vault) learnSettings(rec *audit.Record, at Instant) {
	if rec.Outcome != audit.Success {
		return
	}
	if rec.Class == audit.Policy {
		v.learnChange(rec, at)
	}
	if rec.Scoped {
		return // what is said of a subscription are no settings of a vault
	}
	if rec.Operation == "VaultDelete" {
		v.Deleted, v.DeletedBy = at, rec.Caller.ID
	}
	if rec.Change != nil && rec.Change.Settings != nil {
		v.Settings = rec.Change.Settings
	}
}

func (v *Vault) learnChange(rec *audit.Record, at Instant) {
	if v.Born == 0 && v.Lived.First == at && rec.Operation == "VaultPut" {
		v.Born, v.Creator = at, rec.Caller.ID
	}
	if strings.HasSuffix(strings.ToLower(rec.Operation), "diagnosticsettings/delete") {
		v.LogOff = at
	}
	if len(v.Changes) == maxChanges {
		v.Changes = append(v.Changes[:0], v.Changes[maxChanges/4:]...)
	}
	v.Changes = append(v.Changes, v.ChangeOf(rec, at))
}

// ChangeOf is the change a policy record makes, held against the settings known so far.
func (v *Vault) ChangeOf(rec *audit.Record, at Instant) Change {
	c := Change{At: at, Actor: rec.Caller.ID, Name: rec.Caller.Name, Operation: rec.Operation}
	if rec.Change == nil {
		return c
	}
	c.Grants, c.Revokes = rec.Change.Grants, rec.Change.Revokes
	c.Known = len(c.Grants) > 0 || len(c.Revokes) > 0
	if now, before := rec.Change.Settings, v.Settings; now != nil && before != nil {
		c.Opened = now.Open && !before.Open
		c.Weakened = before.PurgeProtection && !now.PurgeProtection || before.RBAC != now.RBAC
	}
	return c
}
