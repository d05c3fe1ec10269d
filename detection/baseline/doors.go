package baseline

import (
	"net/netip"
	"slices"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Doors follows the addresses that knock at vaults without a token. Every SDK does so once before it shows one, so an
// address is of interest only as long as no success came from it.
type Doors struct {
	Knocks map[netip.Addr]*Knock `cbor:"1,keyasint,omitempty"`
}

// Knock is what one address did without a token.
type Knock struct {
	First, Last Instant
	Count       uint32
	Vaults      []string // in the order in which it came to them
	// Entered is the last time the address showed a token that was good for anything.
	Entered Instant
}

// Caps of the doors.
const (
	maxKnocks      = 20000
	maxKnockVaults = 64
)

// note takes a record in: a challenge is a knock, a success from a knocking address clears it.
func (d *Doors) note(rec *audit.Record, at Instant) {
	if !rec.Address.IsValid() || rec.Outcome != audit.Challenge && rec.Outcome != audit.Success {
		return
	}
	k := d.Knocks[rec.Address]
	if rec.Outcome == audit.Success {
		if k != nil {
			*k = Knock{First: at, Last: at, Entered: at, Vaults: k.Vaults[:0]}
		}
		return
	}
	if k == nil {
		k = d.enter(rec.Address)
	}
	if k.Last <= at-DayLen {
		*k = Knock{First: at, Vaults: k.Vaults[:0]}
	}
	k.Last, k.Count = max(k.Last, at), k.Count+1
	if len(k.Vaults) < maxKnockVaults && !slices.Contains(k.Vaults, rec.Vault) {
		k.Vaults = append(k.Vaults, rec.Vault)
	}
}

func (d *Doors) enter(a netip.Addr) *Knock {
	if d.Knocks == nil {
		d.Knocks = map[netip.Addr]*Knock{}
	}
	d.makeRoom()
	k := new(Knock)
	d.Knocks[a] = k
	return k
}

func (d *Doors) makeRoom() {
	if len(d.Knocks) < maxKnocks {
		return
	}
	edge := sixteenth(len(d.Knocks), func(yield func(Instant) bool) {
		for _, k := range d.Knocks {
			if !yield(k.Last) {
				return
			}
		}
	})
	for a, k := range d.Knocks {
		if k.Last <= edge {
			delete(d.Knocks, a)
		}
	}
}
