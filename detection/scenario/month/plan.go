package month

import (
	"fmt"
	"iter"
	"slices"
	"time"
)

// Plan says what to tell. The zero value of a field takes the default named with it.
type Plan struct {
	Seed uint64
	// Start is the first day; its midnight UTC is taken. Default: 5 January 2026, a Monday.
	Start time.Time
	// Days is the length (42), LearnDays how many of them pass without attacks (21), Vaults how many there are at the
	// start (16; at least 4).
	Days, LearnDays, Vaults int
	// Pace scales the traffic of workloads (1).
	Pace float64
	// Stories are the names to tell; nil tells all of Stories(), an empty slice none.
	Stories []string
	// Times is how often each story is told, with other people and vaults (1).
	Times int
}

// Demo is a small plan for showing: 30 days of 8 vaults and one stolen token amid everyday traffic.
func Demo(seed uint64, start time.Time) Plan {
	return Plan{Seed: seed, Start: start, Days: 30, LearnDays: 21, Vaults: 8, Pace: 0.7,
		Stories: []string{"stolen_token", "joiner", "quarterly_rotation", "on_call_at_three"}}
}

// Month is a planned tale, ready to be told any number of times.
type Month struct {
	house   *organisation
	stories []call
	labels  Labels
}

// Make plans a tale. It fails on a plan that cannot be told, and names what to change.
func Make(p Plan) (*Month, error) {
	p = p.withDefaults()
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("plan a month: %w", err)
	}
	house := newOrganisation(p)
	m := &Month{house: house}
	m.labels = Labels{Seed: p.Seed, Days: p.Days, Vaults: len(house.vaults), Start: house.start, Learned: house.learned, End: house.end}
	for _, part := range cast(p, house) {
		m.play(part)
	}
	slices.SortStableFunc(m.stories, byTime)
	m.labels.Episodes = append(m.labels.Episodes, survey(house)...)
	slices.SortStableFunc(m.labels.Episodes, func(a, b Episode) int { return a.Start.Compare(b.Start) })
	m.labels.VaultMonthsLearning, m.labels.VaultMonths = house.exposure()
	return m, nil
}

// play tells one story, unless this organisation has no place for it.
func (m *Month) play(p part) {
	s := newScene(m.house, p)
	p.tell(s)
	if len(s.label.Vaults) == 0 {
		return
	}
	m.stories = append(m.stories, s.calls...)
	m.labels.Episodes = append(m.labels.Episodes, s.finish())
}

func (p Plan) withDefaults() Plan {
	if p.Start.IsZero() {
		p.Start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	}
	p.Start = p.Start.UTC().Truncate(24 * time.Hour)
	for _, f := range []struct {
		field *int
		value int
	}{{&p.Days, 42}, {&p.LearnDays, 21}, {&p.Vaults, 16}, {&p.Times, 1}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	if p.Pace == 0 {
		p.Pace = 1
	}
	return p
}

func (p Plan) check() error {
	switch {
	case p.Vaults < 4:
		return fmt.Errorf("%d vaults are too few: an organisation has at least 4", p.Vaults)
	case p.Days < 7 || p.LearnDays < 1:
		return fmt.Errorf("%d days with %d to learn: take at least 7 and 1", p.Days, p.LearnDays)
	case p.LearnDays > p.Days-3 && len(p.Stories) != 0:
		return fmt.Errorf("no room for stories: %d days to learn leave less than 3 of %d", p.LearnDays, p.Days)
	case p.Pace < 0 || p.Times < 0:
		return fmt.Errorf("pace %g and times %d must not be negative", p.Pace, p.Times)
	}
	for _, name := range p.Stories {
		if !slices.ContainsFunc(stories(), func(s story) bool { return s.name == name }) {
			return fmt.Errorf("there is no story %q: the names are those of Stories()", name)
		}
	}
	return nil
}

// Labels say what was told and what a judge should make of it.
func (m *Month) Labels() Labels { return m.labels }

// Lists are the address lists and the bait of this organisation.
func (m *Month) Lists() Lists {
	l := m.house.nets.lists()
	for _, v := range m.house.ofKind("glass") {
		l.Canaries = append(l.Canaries, v.name+" "+v.secrets[0])
	}
	return l
}

// Messages yields what the hub would carry, in order of arrival. Each run of the sequence tells the whole tale again.
func (m *Month) Messages() iter.Seq[Message] { return m.export }

// days yields each day's calls of the house and of the stories, in order of time.
func (m *Month) days(yield func(start time.Time, calls []call) bool) {
	stories := m.stories
	tell(m.house, func(start time.Time, calls []call) bool {
		end := start.Add(24 * time.Hour)
		n, _ := slices.BinarySearchFunc(stories, end, func(c call, t time.Time) int { return c.at.Compare(t) })
		calls, stories = append(calls, stories[:n]...), stories[n:]
		slices.SortStableFunc(calls, byTime)
		return yield(start, calls)
	})
}

// tell lets every actor live day by day. What runs past midnight is told with the next day.
func tell(o *organisation, yield func(start time.Time, calls []call) bool) {
	var late []call
	for n := 0; o.start.AddDate(0, 0, n).Before(o.end); n++ {
		start := o.start.AddDate(0, 0, n)
		end := start.Add(24 * time.Hour)
		calls := late
		late = nil
		emit := func(c call) {
			if c.at.Before(end) {
				calls = append(calls, c)
			} else {
				late = append(late, c)
			}
		}
		weekend := start.Weekday() == time.Saturday || start.Weekday() == time.Sunday
		for _, a := range o.actors {
			if start.Before(a.from.Truncate(24*time.Hour)) || !a.until.IsZero() && !start.Before(a.until) {
				continue
			}
			a.day(&day{organisation: o, dice: newDice(o.seed, a.name, n), start: start, number: n, weekend: weekend, holiday: o.holidays[n], emit: emit})
		}
		if !yield(start, calls) {
			return
		}
	}
}

func byTime(a, b call) int { return a.at.Compare(b.at) }

// exposure is how long vaults were watched, in vaults times 30 days, while learning and after.
func (o *organisation) exposure() (learning, after float64) {
	const month = 30 * 24
	for _, v := range o.vaults {
		born := o.start
		if v.born.After(born) {
			born = v.born
		}
		if born.Before(o.learned) {
			learning += o.learned.Sub(born).Hours() / month
			born = o.learned
		}
		after += o.end.Sub(born).Hours() / month
	}
	return learning, after
}
