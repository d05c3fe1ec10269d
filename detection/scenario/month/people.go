package month

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// person is somebody with a desk, a home and habits.
type person struct {
	principal
	team *team
	role string
	// tool is the preferred one, other an occasional one.
	tool, other tool
	sometimes   float64
	home        origin
	homeDays    float64
	// visits are how many vault visits a working day holds, on average.
	visits float64
	// usual are the vaults this person works with; the first one most.
	usual []*vault
	// fond are the secrets most often looked at, a few a vault.
	fond map[*vault][]string
	away []span
	// clicks is about how many secrets a look into the portal opens.
	clicks float64
	// guard marks people of the platform team, who grant rights.
	guard bool
	// keeps are the vaults whose settings and rights are this person's duty.
	keeps []*vault
}

func (o *organisation) newPerson(d dice, t *team, role string) *person {
	first := pick(d, []string{"amelie", "bastian", "carmen", "dmitri", "elif", "finn", "greta", "hamza", "ines", "jonas", "katya", "lars", "mina", "nuno", "oona", "pavel", "qiao", "rasmus", "sanne", "teo", "ulla", "vikram", "wanda", "xenia", "yusuf", "zofia"})
	last := pick(d, []string{"adler", "bergman", "castillo", "dubois", "eriksen", "fischer", "grzybowski", "haddad", "ivanov", "jansen", "keller", "lindqvist", "moretti", "novak", "okafor", "petrov", "rossi", "sorensen", "thakur", "vermeer"})
	name := fmt.Sprintf("%s.%s%d@%s.example", first, last, len(o.people)+2, o.name)
	p := &person{principal: principal{id: d.guid(), name: name, roster: pick(d, []roster{usual, usual, full, spare})}, team: t, role: role, fond: map[*vault][]string{},
		home: o.nets.home(d), homeDays: d.Float64() * 0.6, visits: d.spread(1.1, 0.6), clicks: d.spread(1.6, 0.4), sometimes: d.Float64() * 0.15}
	p.equip(d)
	o.people = append(o.people, p)
	t.people = append(t.people, p)
	return p
}

// equip chooses tools by the person's work.
func (p *person) equip(d dice) {
	switch p.role {
	case "operator":
		p.tool, p.other = commandLine(d), browser(d)
	case "administrator":
		p.tool, p.other = pick(d, []tool{shell(d), browser(d), commandLine(d)}), browser(d)
	case "developer":
		p.tool, p.other = pick(d, []tool{browser(d), browser(d), editor(d), commandLine(d)}), browser(d)
	default:
		p.tool, p.other = browser(d), browser(d)
	}
	if p.other.application == p.tool.application {
		p.sometimes = 0
	}
}

func (o *organisation) hirePeople(d dice) {
	for i, t := range o.teams {
		size := d.whole(5, 9)
		for n := range size {
			role := pick(d, []string{"developer", "developer", "developer", "operator", "analyst"})
			if n == 0 {
				role = "operator"
			}
			p := o.newPerson(d, t, role)
			p.guard = i == 0 && n == 0
		}
	}
	for range 3 {
		p := o.newPerson(d, o.teams[0], "administrator")
		p.guard, p.visits = true, d.spread(0.8, 0.4)
	}
	o.appoint(d)
	for _, p := range o.people {
		o.settle(d, p)
		o.enlist("person", p.live)
	}
}

// settle gives a person the vaults of the job: those of the team, and one or two of others.
func (o *organisation) settle(d dice, p *person) {
	own := filter(o.vaults, func(v *vault) bool { return v.team == p.team && v.kind != "glass" })
	p.usual = some(d, own, d.whole(1, 3))
	if d.chance(0.4) || len(p.usual) == 0 {
		if shared := o.ofKind("shared", "dev", "build"); len(shared) > 0 {
			p.usual = append(p.usual, pick(d, shared))
		}
	}
	slices.SortFunc(p.usual, func(a, b *vault) int {
		return cmp.Or(cmp.Compare(a.fence, b.fence), strings.Compare(a.name, b.name))
	})
	p.usual = slices.CompactFunc(p.usual, func(a, b *vault) bool { return a == b })
	for _, v := range p.usual {
		p.fond[v] = some(d, v.secrets, d.whole(2, 5))
	}
	if d.chance(0.5) {
		from := o.start.AddDate(0, 0, d.whole(0, max(1, int(o.end.Sub(o.start).Hours()/24))))
		p.away = append(p.away, span{from, from.AddDate(0, 0, d.whole(3, 12))})
	}
}

// live is a day of a person: a few visits in working hours, a late one now and then.
func (p *person) live(d *day) {
	for _, a := range p.away {
		if !d.start.Before(a.from) && d.start.Before(a.to) {
			return
		}
	}
	mean := d.dice.spread(p.visits, 0.5)
	if d.off() {
		mean *= 0.03
	}
	if d.number < 3 {
		mean += 1 // everybody is seen early: founders, not newcomers
	}
	from := p.place(d)
	for range min(d.dice.count(mean), 8) {
		v := p.usual[0]
		if d.dice.chance(0.45) || d.number < 3 {
			v = pick(d.dice, p.usual)
		}
		hour := 8.3 + d.dice.Float64()*9
		if d.dice.chance(0.03) {
			hour = 19 + d.dice.Float64()*3
		}
		p.visit(d, v, d.clock(hour), from)
	}
}

// place is where a person works today; closed vaults are reached over the company network.
func (p *person) place(d *day) origin {
	if d.off() || d.dice.chance(p.homeDays) {
		return p.home
	}
	return d.nets.office(d.dice)
}

// visit is one look into a vault with the preferred tool, or with another now and then.
func (p *person) visit(d *day, v *vault, at time.Time, from origin) {
	t := p.tool
	if d.dice.chance(p.sometimes) {
		t = p.other
	}
	if v.fence == privateOnly {
		from = origin{address: newDice(d.seed, p.id, 3).lan(), private: true}
	}
	s := d.session(at, &p.principal, t, from).on(v)
	p.work(s)
}

func (d dice) lan() string {
	return fmt.Sprintf("10.%d.%d.%d", d.whole(1, 90), d.whole(1, 250), d.whole(2, 250))
}

// work is what a person does in a vault on an ordinary day.
func (p *person) work(s *session) {
	names := p.fond[s.vault]
	if len(names) == 0 {
		return
	}
	chosen := some(s.dice, names, min(1+s.dice.count(p.clicks*0.4), 3))
	switch s.tool.application {
	case portalBlade:
		s.open(chosen...)
		if s.dice.chance(0.08) {
			s.do("KeyList", "")
			s.do("CertificateList", "")
		}
	default:
		s.hello()
		if s.dice.chance(0.25) {
			s.do("SecretList", "")
		}
		s.read(chosen...)
	}
	if s.dice.chance(0.06) {
		s.do("SecretSet", chosen[0])
	}
	if s.dice.chance(0.01) {
		s.send("SecretGet", chosen[0]+"s", 404)
	}
}
