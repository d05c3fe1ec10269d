package baseline

import "github.com/vaultwatch/vaultwatch/detection/audit"

// fetch brings from memory what noting, judging and learning will ask for: of thousands of vaults that speak in turn nothing is
// in the processor's caches, and a record would wait for some fifty lines of it. Each step goes over all records, since it
// needs what the one before it brought. Go has no instruction for it, so that the lines are read.
func (a *ahead) fetch() {
	all := a.noted[:a.n]
	for i := range all {
		if v := all[i].Vault; v != nil {
			a.fetched += v.fetch()
		}
	}
	for i := range all {
		a.fetched += all[i].relate(a.records[i])
	}
	for i := range all {
		if m := all[i].Member; m != nil {
			a.fetched += m.fetch()
		}
	}
	for i := range all {
		if m := all[i].Member; m != nil {
			a.fetched += m.fetchSets() + all[i].fetchFirsts()
		}
	}
}

// relate finds what vault and principal have to do with one another.
func (n *Noted) relate(rec *audit.Record) (fetched Instant) {
	if v := n.Vault; v != nil {
		if m := v.Members.seek(rec.Caller.ID); m != nil {
			n.Member = *m
		}
	}
	if n.Principal != nil {
		if t := n.Principal.Ties.seek(rec.Vault); t != nil {
			fetched += t.Access.Last
		}
	}
	return fetched
}

// fetch reads a field of each line that a record needs, in the order of the fields; so do those of [Member] and [Series].
func (v *Vault) fetch() Instant {
	return v.Heard + v.Born + Instant(len(v.Changes)) + v.Requests.fetch() + Instant(v.Newcomers[0].Until+v.Usual.Block) + Instant(v.Spoke.Weight)
}

func (m *Member) fetch() Instant {
	return m.Access.First + Instant(len(m.Recent.Touches)) + Instant(m.Applications.last+m.Agents.last+m.Networks.last+m.Operations.last+m.Objects.last) +
		m.Requests.fetch() + Instant(m.Breadth.On) + m.Classes[audit.Value].Last + m.Classes[audit.Revive].Last
}

func (m *Member) fetchSets() Instant {
	sum := m.Applications.first() + m.Agents.first() + m.Networks.first() + m.Operations.first() + m.Objects.first()
	if touches := m.Recent.Touches; len(touches) > 0 {
		sum += touches[0].First + touches[len(touches)-1].First
	}
	return sum
}

func (s *Series) fetch() Instant {
	return s.At + Instant(s.Slots[8]+s.Hours[2]+s.Hours[20]) + Instant(s.Hourly.Sum) + Instant(s.TopDay.Block)
}

// fetchFirsts reads what is needed only for what a caller does first in an hour, or on a day.
func (n *Noted) fetchFirsts() (sum Instant) {
	last := n.Member.Access.Last
	if n.at/Hour > last/Hour {
		week := &n.Vault.Week[sortOf(n.Member.Kind)]
		sum = Instant(week.Block) + Instant(week.Counts[HourOfWeek(n.at)])
	}
	if last < n.at.Dawn() {
		v := n.Vault
		sum += v.Applications.first() + v.Networks.first() + v.Agents.first() + v.Objects.first()
	}
	return sum
}

func (s *Marks[K]) first() Instant {
	if len(s.Entries) == 0 {
		return 0
	}
	return s.Entries[0].Value.Last
}
