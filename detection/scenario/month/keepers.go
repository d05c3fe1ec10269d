package month

import "slices"

// appoint gives every vault a keeper of the platform team: who changes its settings and gives rights on it.
func (o *organisation) appoint(d dice) {
	guards := filter(o.people, func(p *person) bool { return p.guard })
	for i, v := range o.vaults {
		v.keeper = guards[i%len(guards)]
	}
	for _, p := range guards {
		p.keeps = filter(o.vaults, func(v *vault) bool { return v.keeper == p && v.kind != "glass" })
		o.enlist("govern", p.govern)
	}
}

// govern is the other half of an administrator's work: settings are changed and rights given to colleagues who have
// them already or work on the team's vaults.
func (p *person) govern(d *day) {
	if len(p.keeps) == 0 || slices.ContainsFunc(p.away, func(a span) bool { return !d.start.Before(a.from) && d.start.Before(a.to) }) {
		return
	}
	if d.number < 3 {
		for i, v := range p.keeps { // known on their vaults from the start
			if i%3 == d.number {
				p.keep(d, v)
			}
		}
	}
	if d.off() {
		return
	}
	for range d.dice.count(0.9) {
		p.keep(d, pick(d.dice, p.keeps))
	}
}

// keep is one change of a vault's settings or rights.
func (p *person) keep(d *day, v *vault) {
	s := d.session(d.clock(9+d.dice.Float64()*7), &p.principal, p.tool, d.nets.office(d.dice)).on(v)
	fellow := pick(d.dice, v.team.people)
	switch {
	case d.dice.chance(0.5):
		s.alter("VaultPatch", &change{})
	case v.rbac:
		s.assign(assignRole, &change{grant: fellow.id, role: secretsUser})
	default:
		s.alter("VaultPatch", &change{grant: fellow.id, rights: []string{"get", "list"}})
	}
}
