package detection

import (
	"cmp"
	"slices"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

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
	asked := &e.always
	if c.known() {
		asked = &e.known
	}
	for _, q := range asked[c.Record.Outcome][c.Record.Class] {
		if f := q.judge(c); f != nil {
			out = append(out, found{q.detection, f})
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
		if !c.known() && !due.detection.Anonymous {
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
