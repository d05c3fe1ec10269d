package baseline

import "iter"

// Members are principals' memories on one vault.
type Members struct{ dense[string, *Member] }

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
