package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/timeline"
)

// request is what a replay was asked to do.
type request struct {
	paths   []string
	json    bool
	store   string
	scope   scope
	lists   listFiles
	engine  detection.Config
	bait    map[detection.Canary]bool
	started time.Time
}

// replay judges logs as if they came in now, and shows the alerts.
func replay(ctx context.Context, s surroundings, flags *flag.FlagSet, args []string) error {
	r := request{started: time.Now()}
	flags.BoolVar(&r.json, "json", false, "alerts as JSON lines instead of a page")
	other := flags.String("compare", "", "`FILE` of other settings: show what they would have changed")
	report := flags.String("html", "", "write a report into this `FILE`, a page that needs nothing else")
	flags.StringVar(&r.store, "store", "", "keep the memory in this `FILE` and go on from what it remembers; or the table of a detector that is stopped, as VAULTWATCH_STORE names it")
	r.scope.define(flags)
	r.lists.define(flags)
	var err error
	if r.paths, err = parse(flags, args); err != nil {
		return err
	}
	if len(r.paths) == 0 {
		return misused("replay what? Name files, folders, or - for standard input; replay -h shows more")
	}
	book, known, notes, err := r.lists.read()
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(s.Err, printable(note))
	}
	r.engine = detection.Config{Catalogue: catalogue.All(), Addresses: book.Addresses(), Settings: known}
	if *other != "" {
		if r.bait, err = readCanaries(r.lists.canaries); err != nil {
			return err
		}
		return r.comparing(ctx, s, *other)
	}
	run, err := r.judge(ctx, s)
	if err != nil {
		return err
	}
	if err := writeAlerts(s, run.list(), r.json); err != nil {
		return err
	}
	run.summary(s.Err, time.Since(r.started))
	if *report != "" {
		return run.writeReport(ctx, *report)
	}
	return nil
}

// judge reads and judges everything. A log whose records come in the order of a hub streams straight through; should
// another order show on the way, what was judged is forgotten and the whole is sorted first. What cannot be forgotten or
// read twice (a store, a pipe) is sorted in any case.
func (r request) judge(ctx context.Context, s surroundings) (*replaying, error) {
	inputs, twice, err := r.inputs(s)
	if err != nil {
		return nil, err
	}
	if twice && r.store == "" {
		run, err := r.attempt(ctx, s, inputs, (*replaying).straight)
		if !errors.Is(err, errDisorder) {
			return run, err
		}
	}
	return r.attempt(ctx, s, inputs, (*replaying).sorted)
}

// inputs lists the logs, and tells whether all can be read again.
func (r request) inputs(s surroundings) (inputs []logfile.Input, twice bool, err error) {
	files := slices.DeleteFunc(slices.Clone(r.paths), func(p string) bool { return p == logfile.Stdin })
	if len(files) > 0 {
		if inputs, err = logfile.Files(files...); err != nil {
			return nil, false, err
		}
	}
	switch pipes := len(r.paths) - len(files); pipes {
	case 0:
		return inputs, true, nil
	case 1:
		return append(inputs, logfile.FromReader("standard input", s.In)), false, nil
	}
	return nil, false, misused("standard input (-) can be read only once")
}

// attempt makes one run over the inputs.
func (r request) attempt(ctx context.Context, s surroundings, inputs []logfile.Input, way func(*replaying, context.Context) error) (run *replaying, err error) {
	var memory store.Store
	shared := false
	if r.store != "" {
		if memory, shared, err = openMemory(ctx, r.store); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, memory.Close()) }()
	}
	p, err := pipeline.Open(ctx, pipeline.Options{Store: memory, Engine: r.engine, Lessons: lessonsIn(memory), Holder: "replay", Claim: shared})
	if errors.Is(err, pipeline.ErrBusy) {
		return nil, fmt.Errorf("%w: stop the function app, wait three minutes, and start it again afterwards", err)
	}
	if err != nil {
		return nil, err
	}
	run = &replaying{source: source{inputs: inputs, scope: r.scope, now: r.started}, pipeline: p, before: p.Counts(),
		alerts: map[string]detection.Alert{}, bar: newBar(s.Err)}
	defer run.bar.clear()
	return run, way(run, ctx)
}

// openMemory opens what --store names: a file, or the table of a detector in Azure, as VAULTWATCH_STORE names it. A
// table is shared: a running detector may be at work on it.
func openMemory(ctx context.Context, where string) (s store.Store, shared bool, err error) {
	if isTable(where) {
		return openStore(ctx, where)
	}
	s, err = boltfile.Open(strings.TrimPrefix(where, "file:"), boltfile.Options{NoSync: true})
	return s, false, err
}

// replaying is one run over the inputs.
type replaying struct {
	source
	pipeline *pipeline.Pipeline
	before   detection.Counts // of earlier runs on the same store
	after    detection.Counts
	alerts   map[string]detection.Alert
	bar      *bar
	resorted bool
}

var errDisorder = errors.New("the records are not in the order of their times")

// straight judges while reading. The judge itself tells when a record came after later ones had been judged; what comes
// late because it comes twice does no harm.
func (r *replaying) straight(ctx context.Context) error {
	for p, err := range r.portions(ctx) {
		if err != nil {
			return err
		}
		for part := range forwards(p.records) {
			if err := r.take(r.pipeline.Take(ctx, part)); err != nil {
				return err
			}
			if r.pipeline.Counts().Late > 0 {
				return errDisorder
			}
		}
		r.bar.reading(r.counts.read(), p.share)
	}
	return r.finish(ctx)
}

// forwards cuts records into runs within which no time steps back by the judge's lateness. Taken as one, the judge would
// put them in order unseen, but recognise repetitions of the last day only.
func forwards(records []audit.Record) iter.Seq[[]audit.Record] {
	return func(yield func([]audit.Record) bool) {
		start, high := 0, time.Time{}
		for i := range records {
			at := records[i].Time
			if i > start && at.Before(high.Add(-pipeline.Lateness)) {
				if !yield(records[start:i:i]) {
					return
				}
				start, high = i, time.Time{}
			}
			if at.After(high) {
				high = at
			}
		}
		if start < len(records) {
			yield(records[start:])
		}
	}
}

// takeAtOnce is how many sorted records are judged at a time.
const takeAtOnce = 2000

// sorted reads everything, then judges it in order.
func (r *replaying) sorted(ctx context.Context) error {
	r.resorted = true
	sorter := &timeline.Sorter{}
	defer func() { _ = sorter.Close() }() // the system's temporary folder is emptied by itself
	for p, err := range r.portions(ctx) {
		if err != nil {
			return err
		}
		if err := sorter.Add(p.records); err != nil {
			return err
		}
		r.bar.reading(r.counts.read(), p.share)
	}
	done := 0
	for day, err := range sorter.Days() {
		if err != nil {
			return err
		}
		for part := range slices.Chunk(day, takeAtOnce) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := r.take(r.pipeline.Take(ctx, part)); err != nil {
				return err
			}
			done += len(part)
			r.bar.judging(done, float64(done)/float64(sorter.Len()))
		}
	}
	return r.finish(ctx)
}

func (r *replaying) finish(ctx context.Context) error {
	err := r.take(r.pipeline.Finish(ctx))
	r.after = r.pipeline.Counts()
	return err
}

// take notes the latest state of every alert.
func (r *replaying) take(report pipeline.Report, err error) error {
	for _, a := range report.Alerts {
		r.alerts[a.ID] = a
	}
	return err
}

// list is the alerts in order of time.
func (r *replaying) list() []detection.Alert {
	return slices.SortedFunc(maps.Values(r.alerts), func(a, b detection.Alert) int {
		if c := a.Time.Compare(b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}
