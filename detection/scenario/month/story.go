package month

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// story is one thing that can happen, with what may be said about it.
type story struct {
	// name is the scenario's name in labels and tables.
	name string
	// about is a sentence for people: what happens, and after which model.
	about string
	// class is Attack, Novel or Routine.
	class string
	tell  func(*scene)
	needs need
}

// need is what a story cannot do without: days told before it, and vaults that a stranger can reach.
type need struct{ days, vaults int }

// Story describes a story to people.
type Story struct{ Name, Class, About string }

// Stories lists all that a plan can name, attacks first.
func Stories() []Story {
	var all []Story
	for _, s := range stories() {
		all = append(all, Story{s.name, s.class, s.about})
	}
	return all
}

// part is a story with its time.
type part struct {
	story
	at     time.Time
	number int
}

// cast draws which stories are told when: evenly over the days after learning, in random order.
func cast(p Plan, o *organisation) []part {
	d := newDice(p.Seed, "cast", 0)
	var parts []part
	for n := range p.Times {
		for _, s := range stories() {
			if (p.Stories == nil || slices.Contains(p.Stories, s.name)) && s.needs.days < p.Days-1 && s.needs.vaults <= len(o.reachable()) {
				parts = append(parts, part{story: s, number: n})
			}
		}
	}
	room := o.end.Sub(o.learned) - 60*time.Hour
	d.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	for i := range parts {
		at := o.learned.Add(12*time.Hour + time.Duration(float64(room)*(float64(i)+d.Float64())/float64(len(parts))))
		if least := o.start.AddDate(0, 0, parts[i].needs.days); at.Before(least) {
			at = least
		}
		parts[i].at = at
	}
	return parts
}

// scene is where one story is told: it collects the calls and writes the label alongside.
type scene struct {
	*organisation
	dice  dice
	at    time.Time
	calls []call
	must  []*Requirement
	label Episode
	// last is the time of the latest call, until an end that outlives the calls.
	last, until time.Time
}

func newScene(o *organisation, p part) *scene {
	id := fmt.Sprintf("%s-%d", p.name, p.number)
	return &scene{organisation: o, dice: newDice(o.seed, id, p.number), at: p.at,
		label: Episode{ID: id, Scenario: p.name, Class: p.class, Must: []Requirement{}, May: []string{}, Forbid: []string{}, Limits: []Limit{},
			Addresses: []string{}, Vaults: []string{}, Callers: []string{}, Applications: []string{}}}
}

// hour moves the scene to a time of its day.
func (s *scene) hour(low, high float64) {
	s.at = s.at.Truncate(24 * time.Hour).Add(time.Duration((low + s.dice.Float64()*(high-low)) * float64(time.Hour)))
}

// workday moves the scene to a day on which people work, in office hours: a later one, at the end an earlier one.
func (s *scene) workday() {
	step := 1
	if s.at.AddDate(0, 0, 5).After(s.end) {
		step = -1
	}
	for s.at.Weekday() == time.Saturday || s.at.Weekday() == time.Sunday || s.holidays[int(s.at.Sub(s.start).Hours()/24)] {
		s.at = s.at.AddDate(0, 0, step)
	}
	s.hour(8.5, 15)
}

// as brings a caller on stage.
func (s *scene) as(who *principal, t tool, from origin) *session {
	return &session{emit: s.record, dice: s.dice, at: s.at, who: who, tool: t, from: from}
}

// record keeps a call and derives from it whom and what the label is about.
func (s *scene) record(c call) {
	s.calls = append(s.calls, c)
	if c.at.After(s.last) {
		s.last = c.at
	}
	l := &s.label
	l.Vaults = with(l.Vaults, c.vault.id)
	if c.from.foreign {
		l.Addresses = with(l.Addresses, c.from.address)
	}
	if c.who == nil {
		return
	}
	l.Callers = with(l.Callers, c.who.id)
	l.Applications = with(l.Applications, c.client())
	if l.Class == Attack && c.object != "" && c.status < 300 && !strings.HasSuffix(c.operation, "ListVersions") {
		l.Objects = with(l.Objects, Object{Vault: c.vault.lower(), Name: plural(c.operation) + "/" + strings.ToLower(c.object)})
	}
}

func with[T comparable](list []T, x T) []T {
	if slices.Contains(list, x) {
		return list
	}
	return append(list, x)
}

// require adds a requirement on the session's caller and vault, decided at the latest call so far.
func (s *scene) require(by *session, types ...string) *Requirement {
	decided := s.last
	r := &Requirement{Any: types, Callers: []string{}, Decided: &decided}
	if by.who != nil {
		r.Callers = []string{by.who.id}
	}
	if by.vault != nil {
		r.Vaults = []string{by.vault.id}
	}
	s.must = append(s.must, r)
	return r
}

// extra is a requirement that only a type of our own can meet.
func (s *scene) extra(by *session, types ...string) *Requirement {
	r := s.require(by, types...)
	r.Extension = true
	return r
}

// on widens a requirement to several vaults, of which at least min must be named.
func (r *Requirement) on(min int, vaults ...*vault) {
	r.Vaults, r.Min = nil, min
	for _, v := range vaults {
		r.Vaults = append(r.Vaults, v.id)
	}
}

func (s *scene) may(types ...string)    { s.label.May = append(s.label.May, types...) }
func (s *scene) forbid(types ...string) { s.label.Forbid = append(s.label.Forbid, types...) }
func (s *scene) limit(max int, types ...string) {
	s.label.Limits = append(s.label.Limits, Limit{Types: types, Max: max})
}

// excuse allows at most max alerts of types: what is understandable on something new.
func (s *scene) excuse(max int, types ...string) {
	s.may(types...)
	s.limit(max, types...)
}

// finish closes the label.
func (s *scene) finish() Episode {
	l := s.label
	l.Operations = len(s.calls)
	l.Start, l.End = s.at, s.last
	for _, c := range s.calls {
		if c.at.Before(l.Start) {
			l.Start = c.at
		}
	}
	if s.until.After(l.End) {
		l.End = s.until
	}
	if l.End.After(s.end) {
		l.End = s.end
	}
	for _, r := range s.must {
		l.Must = append(l.Must, *r)
	}
	return l
}

// fresh keeps those of a list that the fewest stories have used.
func fresh[T any](used map[string]int, list []T, name func(T) string) []T {
	least := math.MaxInt
	for _, x := range list {
		least = min(least, used[name(x)])
	}
	return filter(list, func(x T) bool { return used[name(x)] == least })
}

// victim draws one of the staff, of those that the fewest stories have used. Where nobody fits the first wish, the next
// is tried; the last resort is anybody.
func (s *scene) victim(wishes ...func(*person) bool) *person {
	fits := s.people // everybody may be on leave; somebody is at home all the same
	for _, keep := range append(wishes, anybody) {
		some := filter(s.people, func(p *person) bool { return len(p.usual) > 0 && !s.gone(p) && keep(p) })
		if len(some) > 0 {
			fits = some
			break
		}
	}
	p := pick(s.dice, fresh(s.used, fits, func(p *person) string { return p.id }))
	s.used[p.id]++
	return p
}

// gone tells whether a person is away on the scene's day.
func (s *scene) gone(p *person) bool {
	return slices.ContainsFunc(p.away, func(a span) bool { return !s.at.Before(a.from) && s.at.Before(a.to) })
}

// place draws a vault that a stranger can reach and that the keep function accepts.
func (s *scene) place(keep func(*vault) bool) *vault { return s.places(1, keep)[0] }

// reachable are the vaults without a fence that hold something.
func (o *organisation) reachable() []*vault {
	return filter(o.vaults, func(v *vault) bool {
		return v.fence == openFence && v.born.IsZero() && v.kind != "glass" && len(v.secrets) > 3
	})
}

func (s *scene) places(n int, keep func(*vault) bool) []*vault {
	open := filter(s.vaults, func(v *vault) bool {
		return v.fence == openFence && v.born.IsZero() && v.kind != "glass" && len(v.secrets) > 2
	})
	fits := filter(open, keep)
	if len(fits) < n {
		for _, v := range open {
			fits = with(fits, v)
		}
	}
	var chosen []*vault
	for len(chosen) < min(n, len(fits)) {
		rest := filter(fits, func(v *vault) bool { return !slices.Contains(chosen, v) })
		v := pick(s.dice, fresh(s.used, rest, func(v *vault) string { return v.id }))
		s.used[v.id]++
		chosen = append(chosen, v)
	}
	return chosen
}

func anyVault(*vault) bool   { return true }
func anybody(*person) bool   { return true }
func policies(v *vault) bool { return !v.rbac && !v.terse }
func roles(v *vault) bool    { return v.rbac }
func portalUser(p *person) bool {
	return p.tool.application == portalBlade && p.sometimes == 0 && p.usual[0].fence == openFence && len(p.usual[0].secrets) > 3
}

// holder is a portal user whose first vault is worth dumping.
func holder(secrets int) func(*person) bool {
	return func(p *person) bool { return portalUser(p) && len(p.usual[0].secrets) >= secrets }
}

// stranger is somebody of the tenant whom nobody has seen before.
func (s *scene) stranger() *principal {
	n := s.dice.whole(100, 999)
	return &principal{id: s.dice.guid(), name: fmt.Sprintf("guest%d_partner.example#EXT#@%s.example", n, s.name), roster: usual}
}

// machine is an application that nobody has seen before.
func (s *scene) machine(name string) *principal {
	return &principal{id: s.dice.guid(), application: s.dice.guid(), name: name, roster: usual}
}
