package baseline

import (
	"iter"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

// Fork is a copy of the estate that may be written without the original noticing. What is touched is copied when it is
// touched, so a fork costs what is done with it and not what is remembered. The original must not be written while the
// fork lives. A fork knows its original's vaults by [Estate.Vault] only, and has no order.
func (e *Estate) Fork() *Estate {
	f := NewEstate()
	f.parent = e
	f.Common = copied(e.Common)
	return f
}

// Vault is what is known of a vault, nil if nothing. It is for reading: in a fork it may be the original's.
func (e *Estate) Vault(id string) *Vault {
	if v := e.Vaults[id]; v != nil || e.parent == nil {
		return v
	}
	return e.parent.Vault(id)
}

// Principal is what is known of a principal, nil if nothing; for reading, as Vault.
func (e *Estate) Principal(id string) *Principal {
	if p := e.Principals[id]; p != nil || e.parent == nil {
		return p
	}
	return e.parent.Principal(id)
}

// size is the number of vaults known.
func (e *Estate) size() int {
	n := len(e.Vaults)
	if e.parent == nil {
		return n
	}
	for id := range e.parent.Vaults {
		if e.Vaults[id] == nil {
			n++
		}
	}
	return n
}

// fork copies a vault but for its members, which are copied one by one when they are touched. Its settings are replaced
// and never written, so that both may hold them.
func (v *Vault) fork() *Vault {
	f := *v
	f.Members, f.lent = Members{}, &v.Members
	f.Applications, f.Networks, f.Objects, f.Agents = v.Applications.fork(), v.Networks.fork(), v.Objects.fork(), v.Agents.fork()
	f.Crypto, f.Changes = v.Crypto.fork(), slices.Clone(v.Changes)
	return &f
}

func (m *Member) fork() *Member {
	f := *m
	f.Applications, f.Agents, f.Networks, f.Operations = m.Applications.fork(), m.Agents.fork(), m.Networks.fork(), m.Operations.fork()
	f.Objects, f.Missing, f.Crypto = m.Objects.fork(), m.Missing.fork(), m.Crypto.fork()
	f.Recent = Recent{Touches: slices.Clone(m.Recent.Touches), Dropped: m.Recent.Dropped}
	return &f
}

func (p *Principal) fork() *Principal {
	f := *p
	f.Ties = Ties{p.Ties.fork()}
	f.Applications, f.Agents, f.Networks = p.Applications.fork(), p.Agents.fork(), p.Networks.fork()
	return &f
}

// fork copies a series, if there is one.
func (s *Series) fork() *Series {
	if s == nil {
		return nil
	}
	f := *s
	return &f
}

func (s *Marks[K]) fork() Marks[K] { return Marks[K]{s.dense.fork(), s.Lost} }

// fork copies the entries, and what they hold only if that lies within them.
func (d *dense[K, V]) fork() dense[K, V] { return dense[K, V]{Entries: slices.Clone(d.Entries)} }

// members yields the vault's members, those that a fork has not touched included.
func (v *Vault) members() iter.Seq2[string, *Member] {
	return func(yield func(string, *Member) bool) {
		for id, m := range v.Members.All() {
			if !yield(id, *m) {
				return
			}
		}
		if v.lent == nil {
			return
		}
		for id, m := range v.lent.All() {
			if v.Members.find(id) == nil && !yield(id, *m) {
				return
			}
		}
	}
}

// borrow copies a member of the original, nil if it has none of that name.
func (v *Vault) borrow(principal string) *Member {
	m := v.lent.find(principal)
	if m == nil {
		return nil
	}
	c := (*m).fork()
	*v.Members.enter(principal) = c
	return c
}

// copied is a deep copy, by the way in which memory is written down anyway.
func copied[T any](x T) (y T) {
	data, err := cbor.Marshal(x)
	if err == nil {
		err = cbor.Unmarshal(data, &y)
	}
	if err != nil {
		panic(err) // what is written down every minute can be
	}
	return y
}
