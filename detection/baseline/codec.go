package baseline

import (
	"fmt"

	"github.com/cespare/xxhash/v2"
	"github.com/fxamacker/cbor/v2"
)

// shelfVersion is written in front of every encoded shelf; others are refused.
const shelfVersion = 2

// Shelves is how many shelves the vaults and the principals of an estate are kept on, each. A shelf is the smallest
// piece of memory that is written down: few enough to count, small enough that little is written again for nothing.
const Shelves = 256

// Shelf is one piece of the estate's memory as it is written down.
type Shelf struct {
	Version    int          `cbor:"0,keyasint"`
	Vaults     []*Vault     `cbor:"1,keyasint,omitempty"`
	Principals []*Principal `cbor:"2,keyasint,omitempty"`
}

// ShelfOf is the number of the shelf on which a vault or principal stands.
func ShelfOf(id string) uint8 { return uint8(xxhash.Sum64String(id)) }

// touched are the shelves that changed since they were written down last.
type touched [Shelves]bool

// take returns the shelves that changed, empty, and forgets that they did.
func (t *touched) take() map[uint8]*Shelf {
	out := map[uint8]*Shelf{}
	for n, changed := range t {
		if changed {
			out[uint8(n)] = new(Shelf)
		}
	}
	*t = touched{}
	return out
}

// Dirty returns, by number, the shelves that changed since the last call: first all vaults', then all principals'. One
// from which everything was forgotten is empty.
func (e *Estate) Dirty() (vaults, principals map[uint8]*Shelf) {
	vaults, principals = e.touchedVaults.take(), e.touchedPrincipals.take()
	for _, v := range e.Vaults {
		if s := vaults[v.shelf]; s != nil {
			s.Vaults = append(s.Vaults, v)
		}
	}
	for _, p := range e.Principals {
		if s := principals[p.shelf]; s != nil {
			s.Principals = append(s.Principals, p)
		}
	}
	return vaults, principals
}

// Soil marks a shelf as changed, because writing it down failed.
func (e *Estate) Soil(vaults bool, number uint8) {
	if vaults {
		e.touchedVaults[number] = true
	} else {
		e.touchedPrincipals[number] = true
	}
}

// Encode writes a shelf down.
func (s *Shelf) Encode() ([]byte, error) {
	s.Version = shelfVersion
	return cbor.Marshal(s)
}

// Place puts an encoded shelf back into the estate.
func (e *Estate) Place(data []byte) error {
	var s Shelf
	if err := cbor.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("memory shelf: %w", err)
	}
	if s.Version != shelfVersion {
		return fmt.Errorf("memory shelf has version %d, this program reads version %d: use the program that wrote it, or start with an empty store", s.Version, shelfVersion)
	}
	for _, v := range s.Vaults {
		if v != nil {
			e.enter(v)
		}
	}
	for _, p := range s.Principals {
		if p != nil {
			e.admit(p)
		}
	}
	return nil
}
