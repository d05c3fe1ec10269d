package baseline

import (
	"net/netip"

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

	// Born is when somebody created it before our eyes, 0 if it was there before us; Creator is who.
	Born    Instant  `cbor:"3,keyasint,omitempty"`
	Creator string   `cbor:"4,keyasint,omitempty"`
	Changes []Change `cbor:"13,keyasint,omitempty"`

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

	Settings *audit.Settings `cbor:"14,keyasint,omitempty"`
	// LogOff is when a diagnostic setting of the vault was deleted.
	LogOff Instant `cbor:"26,keyasint,omitempty"`
	// Deleted is when the vault was soft-deleted last, DeletedBy by whom.
	Deleted   Instant `cbor:"22,keyasint,omitempty"`
	DeletedBy string  `cbor:"23,keyasint,omitempty"`
	// Evicted counts members that had to make room.
	Evicted uint32 `cbor:"15,keyasint,omitempty"`
}

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
