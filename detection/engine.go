package detection

import (
	"cmp"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Engine judges records in the order of their event times, however they arrive: they wait in a queue until the caller
// says that no earlier ones are to be expected ([Engine.Settle]), and then go one by one before the catalogue and into
// memory. Equal sets of records give equal alerts. An engine is not safe for concurrent use.
type Engine struct {
	Estate *baseline.Estate
	// Settled is the horizon: everything up to it was judged. What arrives with an earlier time is late and is judged
	// at the next settling.
	Settled Instant
	// Queue are the records waiting to be judged.
	Queue Queue

	catalogue []*Detection
	ticking   []*Detection
	// ticked is the number of the last tick.
	ticked    Instant
	interests [8][audit.Classes][]*Detection
	addresses Addresses
	settings  *Settings
	alike     *Tuning            // of all vaults, nil if settings make a difference between them
	tunings   map[string]*Tuning // by vault
	stories   Stories
	deferred  deferred
	changed   []*story
	counts    Counts
	// scratch is the case at hand with the objects it counts, silence the record of a tick's, and found what was found in
	// it: they are looked at and never kept, so that one serves for all.
	scratch Case
	objects Objects
	silence audit.Record
	found   []found
}

// Config is what an engine is made of. Nil Addresses know nothing, nil Settings say nothing, a nil Estate is empty.
type Config struct {
	Catalogue []*Detection
	Addresses Addresses
	Settings  *Settings
	Estate    *baseline.Estate
}

// Counts is what became of the records.
type Counts struct {
	Judged     int
	Duplicates int
	Late       int
}

// NewEngine makes an engine.
func NewEngine(c Config) *Engine {
	e := &Engine{Estate: c.Estate, catalogue: c.Catalogue, addresses: c.Addresses, settings: c.Settings, tunings: map[string]*Tuning{}}
	if e.Estate == nil {
		e.Estate = baseline.NewEstate()
	}
	for _, d := range c.Catalogue {
		if d.Tick != nil {
			e.ticking = append(e.ticking, d)
		}
	}
	if e.settings == nil {
		e.settings = new(Settings)
	}
	if len(e.settings.Subscriptions)+len(e.settings.Vaults)+len(e.settings.Canaries) == 0 {
		everywhere := e.settings.For("")
		e.alike = &everywhere
	}
	e.stories.init()
	e.deferred.init(c.Catalogue)
	for _, d := range c.Catalogue {
		e.enter(d)
	}
	return e
}

// enter notes a detection under every kind of record it is interested in.
func (e *Engine) enter(d *Detection) {
	for o := range e.interests {
		for c := range e.interests[o] {
			if d.Judge != nil && d.Interest.Has(&audit.Record{Outcome: audit.Outcome(o), Class: audit.Class(c)}) {
				e.interests[o][c] = append(e.interests[o][c], d)
			}
		}
	}
}

// SetAddresses changes the address lists in force for records judged from now on.
func (e *Engine) SetAddresses(a Addresses) { e.addresses = a }

// Counts tells what became of the records so far.
func (e *Engine) Counts() Counts {
	c := e.counts
	c.Duplicates = e.Queue.Duplicates
	return c
}

// Settle judges everything queued up to an instant, and what came late for an earlier one, and returns the alerts that
// were raised or changed by it, in order of their times.
func (e *Engine) Settle(until time.Time) []Alert {
	// Not less than before: whoever saves the memory then takes every record up to Settled for judged.
	horizon := max(baseline.At(until), e.Settled)
	due := e.Queue.due(horizon)
	for _, w := range due {
		if w.at <= e.Settled {
			e.counts.Late++
		}
		e.step(w.record)
		e.counts.Judged++
	}
	e.Queue.drop(len(due))
	e.confirm(horizon)
	e.Settled = horizon
	e.stories.close(horizon)
	return e.report()
}

// step judges one record, after what was due before it.
func (e *Engine) step(rec *audit.Record) {
	at := baseline.At(rec.Time)
	e.confirm(at)
	// By the record's clock and not by the caller's: how much is settled at once must not change what is said.
	e.stories.close(at)
	e.tick(at)
	e.judge(rec)
}

// report hands out the alerts that changed since the last one.
func (e *Engine) report() []Alert {
	alerts := make([]Alert, 0, len(e.changed))
	for _, s := range e.changed {
		s.changed = false
		a := s.snapshot()
		e.tune(&a)
		alerts = append(alerts, a)
	}
	e.changed = e.changed[:0]
	slices.SortFunc(alerts, func(a, b Alert) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	return alerts
}

// tune lets the settings have the last word on an alert.
func (e *Engine) tune(a *Alert) {
	observed := len(a.Vaults) > 0
	for _, v := range a.Vaults {
		observed = observed && e.tuningOf(v).Mode == Observe
	}
	if s, ok := e.tuningOf(a.Vaults[0]).Severity[a.Type]; ok {
		a.Severity = s
	}
	if observed {
		a.Suppressed = "observe only"
	}
	for _, s := range e.settings.Suppressions {
		if s.matches(a) {
			a.Suppressed = s.Reason
			return
		}
	}
}

// judge takes one record before the catalogue and into memory.
func (e *Engine) judge(rec *audit.Record) {
	c := e.newCase(rec, e.Estate.Note(rec))
	own := e.stories.own(c)
	e.continued(c, own)
	if found := e.findings(c); len(found) > 0 {
		for _, x := range found {
			e.take(x.detection, c, x.finding)
		}
		own = e.stories.own(c)
	}
	e.Estate.Learn(rec, e.guard(c, own))
}

// continued lets the open stories of the case's caller follow its record, as far as it is of the same hand.
func (e *Engine) continued(c *Case, own []*story) {
	for _, s := range own {
		if s.continues(c) && !e.stories.ended(s, c.At) {
			s.follow(c)
			e.touch(s)
		}
	}
}

type found struct {
	detection *Detection
	finding   *Finding
}

// findings asks the detections that are interested in the case, and orders what they found by family and rank, so that
// of one family the foremost is raised and the others fold into it.
func (e *Engine) findings(c *Case) []found {
	out := e.found[:0]
	for _, d := range e.interests[c.Record.Outcome][c.Record.Class] {
		if (c.Member == nil || c.Principal == nil) && !d.Anonymous {
			continue
		}
		if f := d.Judge(c); f != nil {
			out = append(out, found{d, f})
		}
	}
	e.found = out
	if len(out) > 1 {
		slices.SortStableFunc(out, found.compare)
	}
	return out
}

func (f found) compare(o found) int {
	return cmp.Or(cmp.Compare(f.detection.Family, o.detection.Family), cmp.Compare(f.rank(), o.rank()))
}

func (f found) rank() int { return cmp.Or(f.finding.Rank, f.detection.Rank) }

func (e *Engine) newCase(rec *audit.Record, known *baseline.Noted) *Case {
	c := &e.scratch
	*c = Case{Record: rec, At: baseline.At(rec.Time), Estate: e.Estate, Vault: known.Vault, Member: known.Member, Principal: known.Principal, Tie: known.Tie,
		Network: known.Network, Agent: known.Agent, Object: known.Object, Addresses: e.addresses, Settings: e.settings, objects: &e.objects}
	c.Tuning = e.tuningOf(rec.Vault)
	c.Place = c.whereabouts(e.addresses)
	return c
}

// tuningOf is what the settings say about a vault, worked out once.
func (e *Engine) tuningOf(vault string) *Tuning {
	if e.alike != nil {
		return e.alike
	}
	t := e.tunings[vault]
	if t == nil {
		made := e.settings.For(vault)
		t = &made
		e.tunings[vault] = t
	}
	return t
}

// take raises a finding, or puts it off.
func (e *Engine) take(d *Detection, c *Case, f *Finding) {
	if d.Wait > 0 {
		e.deferred.put(d, c, f)
		return
	}
	e.raise(d, c, f)
}

// confirm looks again at the verdicts put off until an instant.
func (e *Engine) confirm(until Instant) {
	for {
		due := e.deferred.due(until)
		if due == nil {
			return
		}
		e.stories.close(due.Due)
		rec := &due.Record
		known := e.Estate.Look(rec)
		c := e.newCase(rec, &known)
		if (c.Member == nil || c.Principal == nil) && !due.detection.Anonymous {
			continue // forgotten meanwhile, under a flood of strangers
		}
		if f := due.detection.Confirm(c, &due.Finding); f != nil {
			e.raise(due.detection, c, f)
		}
	}
}

func (e *Engine) raise(d *Detection, c *Case, f *Finding) {
	if c.Tuning.Mode == Off || c.Tuning.Silenced[d.ID] || e.stories.explain(d, c, f) {
		return
	}
	e.touch(e.stories.tell(d, c, f))
}

// touch remembers that a story changed.
func (e *Engine) touch(s *story) {
	if s != nil && !s.changed {
		s.changed = true
		e.changed = append(e.changed, s)
	}
}

// guard keeps a record that belongs to an open alert from becoming the norm.
func (e *Engine) guard(c *Case, own []*story) baseline.Guard {
	if !e.stories.suspect(c, own) {
		return baseline.Guard{}
	}
	top := c.Member.Series(c.Record.Class).TopHour.Top(c.At.Day())
	return baseline.Guard{Suspect: true, Volume: max(top, 1)}
}
