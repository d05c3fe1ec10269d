package baseline

import "github.com/vaultwatch/vaultwatch/detection/audit"

// learn takes a judged record for usual.
func (v *Vault) learn(rec *audit.Record, n *Noted, guard Guard) {
	at, m := n.at, n.Member
	v.learnSettings(rec, at)
	switch {
	case m == nil:
		return
	case !Accessed(rec):
		m.learnFailure(rec, n)
		return
	}
	v.countClass(m, rec, at)
	v.countHour(m, at)
	m.learn(rec, n, guard)
	v.learnCircumstances(rec, n)
	if s := v.Series(rec.Class); guard.Volume > 0 {
		s.Winsorise(s.TopHour.Top(at.Day()))
	} else {
		s.Usual()
	}
}

// learnCircumstances learns what one of the members shows for the first time on a day.
func (v *Vault) learnCircumstances(rec *audit.Record, n *Noted) {
	if n.first.application {
		v.Applications.Meet(rec.Caller.Application, n.at, maxVaultApps)
	}
	if n.first.network {
		v.Networks.Meet(n.Network, n.at, maxVaultNets)
	}
	if n.first.agent {
		v.Agents.Meet(n.Agent, n.at, maxAgents)
	}
	if rec.Object.Name != "" && (n.first.object || !Reads(rec)) {
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
	if m.Classes[rec.Class].Last < at.Dawn() {
		days[rec.Class]++
	}
	if m.Access.Last < at.Dawn() {
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
