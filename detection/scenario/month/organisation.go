package month

import (
	"fmt"
	"strings"
	"time"
)

// organisation is who lives in the tale: made once from the seed, the same at every telling.
type organisation struct {
	name   string
	tenant string
	start  time.Time
	end    time.Time
	// learned is the end of the days without attacks.
	learned time.Time
	seed    uint64
	pace    float64
	nets    *networks
	vaults  []*vault
	teams   []*team
	people  []*person
	works   []*workload
	actors  []actor
	// services are the jobs that stories turn against the house, by name.
	services map[string]*principal
	// managed is what terraform reads back every night.
	managed []holding
	// clients have been refused for ever.
	clients  []client
	holidays map[int]bool
	// used counts how many stories had a person, workload or vault.
	used map[string]int
}

// team owns vaults and the people who look after them.
type team struct {
	name   string
	people []*person
}

// actor is somebody with habits. Its day is told with its own dice, so that actors do not disturb each other.
type actor struct {
	name        string
	from, until time.Time
	day         func(*day)
}

// day is one day of an actor.
type day struct {
	*organisation
	dice    dice
	start   time.Time
	number  int
	weekend bool
	holiday bool
	emit    func(call)
}

// off tells whether people stay at home.
func (d *day) off() bool { return d.weekend || d.holiday }

// clock is a moment of the day, in hours.
func (d *day) clock(hour float64) time.Time {
	return d.start.Add(time.Duration(hour * float64(time.Hour)))
}

// session opens work of a caller at a moment.
func (d *day) session(at time.Time, who *principal, t tool, from origin) *session {
	return &session{emit: d.emit, dice: d.dice, at: at, who: who, tool: t, from: from}
}

// every calls at about every interval of the day, more often where the organisation's pace is higher.
func (d *day) every(interval time.Duration, call func(at time.Time)) {
	interval = time.Duration(float64(interval) / d.pace)
	for at := d.start.Add(d.dice.span(0, interval)); at.Before(d.start.Add(24 * time.Hour)); at = at.Add(d.dice.span(interval*9/10, interval*11/10)) {
		call(at)
	}
}

func newOrganisation(p Plan) *organisation {
	d := newDice(p.Seed, "organisation", 0)
	o := &organisation{
		name: pick(d, []string{"nordlicht", "halden", "birchgate", "ostrava-rail", "quillworks", "merivale", "tamarind", "lakesong"}),
		seed: p.Seed, start: p.Start, pace: p.Pace, tenant: d.guid(),
		end: p.Start.AddDate(0, 0, p.Days), learned: p.Start.AddDate(0, 0, p.LearnDays),
		nets: newNetworks(d), services: map[string]*principal{}, holidays: map[int]bool{}, used: map[string]int{},
	}
	for range p.Days / 20 {
		o.holidays[d.IntN(p.Days)] = true
	}
	o.found(d, p.Vaults)
	o.hirePeople(newDice(p.Seed, "people", 0))
	o.deploy(newDice(p.Seed, "workloads", 0))
	o.pipelines(newDice(p.Seed, "pipelines", 0))
	o.custody(newDice(p.Seed, "keys", 0))
	o.firstParty(newDice(p.Seed, "first party", 0))
	o.jobs(newDice(p.Seed, "jobs", 0))
	o.notices(newDice(p.Seed, "notices", 0))
	return o
}

// found builds the teams and their vaults: every kind once as far as the number goes, then by weight.
func (o *organisation) found(d dice, vaults int) {
	for _, name := range some(d, []string{"freight", "checkout", "platform", "insight", "identity", "backoffice", "mobile"}, max(2, min(6, vaults/3+1))) {
		o.teams = append(o.teams, &team{name: name})
	}
	kinds := vaultKinds()
	var pool []vaultKind
	for _, k := range kinds {
		for range k.weight {
			pool = append(pool, k)
		}
	}
	for i := range vaults {
		k := pick(d, pool)
		if i < len(kinds) {
			k = kinds[i]
		}
		o.vaults = append(o.vaults, o.newVault(d, k, i))
	}
}

func (o *organisation) newVault(d dice, k vaultKind, number int) *vault {
	subscriptions := []string{newDice(o.seed, "sub", 0).guid(), newDice(o.seed, "sub", 1).guid(), newDice(o.seed, "sub", 2).guid()}
	t := o.teams[number%len(o.teams)]
	style := newDice(o.seed, "style", 0).IntN(3)
	name := [...]string{
		fmt.Sprintf("%s-%s-kv%02d", t.name, k.name, number+1),
		fmt.Sprintf("kv-%s-%s-%s", t.name[:3], k.name, pick(d, []string{"p", "t", "live"})) + fmt.Sprint(number),
		fmt.Sprintf("%s%skv%d", strings.ReplaceAll(o.name, "-", "")[:4], k.name, number+10),
	}[style]
	v := &vault{name: name, kind: k.name, team: t, region: pick(d, []string{"northeurope", "westeurope", "germanywestcentral"}),
		subscription: subscriptions[number%3], group: t.name + "-" + k.name + "-rg", tenant: o.tenant,
		rbac: d.chance(k.roles), purge: d.chance(0.5), terse: d.chance(0.15), noted: d.chance(0.5), role: d.hex(16)}
	if d.chance(k.closed) {
		v.fence = pick(d, []fence{firewall, privateOnly})
	}
	v.host = v.name + ".vault.azure.net"
	v.id = strings.ToUpper("/subscriptions/" + v.subscription + "/resourceGroups/" + v.group + "/providers/Microsoft.KeyVault/vaults/" + v.name)
	v.fill(d, k)
	if len(o.vaults) > 0 {
		v.keeper = o.vaults[0].keeper // vaults founded with the house get one of their own
	}
	return v
}

// ofKind are the vaults of one kind, made before the tale.
func (o *organisation) ofKind(names ...string) []*vault {
	return filter(o.vaults, func(v *vault) bool {
		for _, n := range names {
			if v.kind == n {
				return true
			}
		}
		return false
	})
}

// enlist adds an actor.
func (o *organisation) enlist(name string, tell func(*day)) {
	o.actors = append(o.actors, actor{name: fmt.Sprintf("%s/%d", name, len(o.actors)), day: tell})
}
