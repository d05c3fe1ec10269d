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
	always    interests // the detections that are asked whoever called,
	known     interests // and all, asked where memory knows the caller
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
	if d.Judge == nil {
		return
	}
	if d.Anonymous {
		e.always.enter(d)
	}
	e.known.enter(d)
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
	for i, w := range due {
		if i%baseline.Block == 0 {
			e.expect(due[i:])
		}
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

// expect lets memory look up whom the next records concern.
func (e *Engine) expect(due []waiting) {
	var next [baseline.Block]*audit.Record
	due = due[:min(len(due), len(next))]
	for i, w := range due {
		next[i] = w.record
	}
	e.Estate.Expect(next[:len(due)])
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
