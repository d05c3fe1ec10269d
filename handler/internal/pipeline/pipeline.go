package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Pipeline is the whole job on one store. Its methods may be called from several goroutines; parsing runs at the same
// time, everything after it one batch after the other.
type Pipeline struct {
	store  store.Store // nil: nothing outlives the process
	clock  func() time.Time
	engine *detection.Engine
	config detection.Config
	onset  func(context.Context, []detection.Alert) error
	taught func(context.Context, time.Time) ([]detection.Lesson, error)
	shared bool
	holder string

	readers readers

	kept keepers // shared: where the partitions stand that this process keeps

	mu      sync.Mutex        // of the steps, from the first to the last; taken before memory
	inboxes map[string]*inbox // of the judge
	seen    map[string]time.Time
	// unraised alerts are decided, but the store did not take them yet.
	unraised []detection.Alert
	// reach is the event time up to which alerts were raised, by this process or by one before it; see [Pipeline.until].
	reach time.Time
	saved checkpoint
	// shelves are the rows of each shelf that the root names; garbage are those it names no more.
	shelves map[string]shelfRows
	garbage []string
	// unsaved counts the records taken in since the last checkpoint.
	unsaved int
	pace    pace
	// provisional are the early alerts by id; looked is when they were looked for last.
	provisional map[string]provisional
	looked      time.Time
	judging     bool   // shared: this process held the lease at the last sweep
	mark        string // of the fence that this process put up, empty without one

	// memory is held while the engine changes, so that pages can look at it while a sweep waits for its store.
	memory sync.Mutex
	live   *Memory // nil where another process may judge
}

// Options is what a pipeline is made of.
type Options struct {
	// Store keeps inboxes, memory and alerts. Nil keeps nothing: for a replay that only wants the alerts.
	Store store.Store
	// Engine configures the judge.
	Engine detection.Config
	// Clock tells the time; nil means the machine's. Verdicts do not depend on it.
	Clock func() time.Time
	// Shared says that other processes write to the store, too. Then Batch keeps records and leaves judging to Sweep,
	// which one process at a time does, by a lease under the name Holder.
	Shared bool
	Holder string
	// Claim takes that lease once, when the pipeline opens, for a process that wants to itself what others share: Open
	// fails with ErrBusy if another judges.
	Claim bool
	// OnAlerts, if set, is called with the alerts that a batch raised or changed, after they are durable and before the
	// memory that moves on from them. If it fails, so does the batch, and it is called again with them: the queue of
	// deliveries stands behind it, and must not miss one.
	OnAlerts func(context.Context, []detection.Alert) error
	// Lessons, if set, returns all that people taught. It is asked before anything is judged and with every sweep, gets
	// the event time up to which everything was judged, and has given every lesson its place in event time, durably.
	Lessons func(ctx context.Context, settled time.Time) ([]detection.Lesson, error)
}

// Report is what became of a batch.
type Report struct {
	Tally audit.Tally
	// Events of the batch, Redelivered of them, which were kept before and changed nothing.
	Events, Redelivered int
	// Alerts are those raised or changed.
	Alerts []detection.Alert
	// Early counts alerts told ahead of their time; EarlyError is why that failed, if it did: nothing is lost by it.
	Early      int
	EarlyError error
	// Waiting records are kept but not judged yet.
	Waiting int
	// Judged tells whether this process judged: on a shared store another may hold the right to.
	Judged bool
}

// Open makes a pipeline and loads what its store remembers.
func Open(ctx context.Context, o Options) (*Pipeline, error) {
	p := &Pipeline{store: o.Store, clock: o.Clock, config: o.Engine, onset: o.OnAlerts, taught: o.Lessons, shared: o.Shared, holder: o.Holder,
		kept: keepers{inboxes: map[string]*keeper{}}, seen: map[string]time.Time{}, pace: usualPace}
	if p.clock == nil {
		p.clock = time.Now
	}
	if p.onset == nil {
		p.onset = func(context.Context, []detection.Alert) error { return nil }
	}
	p.restart()
	if p.shared {
		return p, nil
	}
	defer p.show()
	if p.store == nil {
		return p, nil
	}
	if o.Claim {
		if err := p.claim(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.load(ctx); err != nil {
		return nil, fmt.Errorf("load memory: %w", err)
	}
	return p, nil
}

// Batch takes one batch through all steps. A nil error means that everything in it is durable: records, position, dead
// letters, and the alerts that could be decided. On error the same batch may come again.
func (p *Pipeline) Batch(ctx context.Context, b invoke.Batch) (Report, error) {
	r := p.readers.lend()
	defer p.readers.back(r)
	r.parser.SetNotAfter(p.clock().Add(clockSkew))
	events := r.parse(b)
	if p.shared {
		return p.keepOnly(ctx, inboxName(b), events)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	report := Report{Events: len(events)}
	in, err := p.inbox(ctx, inboxName(b))
	if err != nil {
		return report, err
	}
	fresh, err := p.keep(ctx, in, events, &report)
	p.queue(fresh)
	if err != nil {
		return report, err
	}
	in.active = p.clock()
	if err := p.settle(ctx, p.until(in.active), &report); err != nil {
		return report, err
	}
	if err := p.saveIfFull(ctx); err != nil {
		return report, err
	}
	report.Early, report.EarlyError = p.early(ctx)
	return report, nil
}

// queue lets records wait for the judge.
func (p *Pipeline) queue(records []audit.Record) {
	p.engine.Queue.Add(records)
	p.unsaved += len(records)
}

// Sweep settles what the clock allows, so that verdicts fall when the log has gone quiet, and saves the memory if it is
// time to.
func (p *Pipeline) Sweep(ctx context.Context) (Report, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var report Report
	now := p.clock() // of the whole sweep: it may hang on the way, and must not take what it has seen by then for all there is
	if p.shared {
		if ok, err := p.takeOver(ctx, now); !ok || err != nil {
			return report, err
		}
	}
	if err := p.learn(ctx); err != nil {
		return report, err
	}
	if err := p.settleAndSave(ctx, now, &report); err != nil {
		return report, err
	}
	report.Early, report.EarlyError = p.early(ctx)
	return report, nil
}

// settleAndSave leaves the process unsure of what it knows when it fails on a shared store: another may be judging. The
// next sweep loads anew.
func (p *Pipeline) settleAndSave(ctx context.Context, now time.Time, report *Report) error {
	err := p.settle(ctx, p.until(now), report)
	if err == nil && p.due(now) {
		err = p.save(ctx)
	}
	if err != nil && p.shared {
		p.resign()
	}
	return err
}

// Finish judges everything that waits and every verdict put off: the end of a log. The memory is saved before, not
// after: should the log go on after all, in a later run on the same store, it goes on from there, as if it had never
// stopped, and the alerts of this end are raised again, the same or with what they missed.
func (p *Pipeline) Finish(ctx context.Context) (Report, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var report Report
	if p.shared {
		if ok, err := p.takeOver(ctx, p.clock()); !ok || err != nil {
			return report, err
		}
	}
	p.judging = false // what this process knows at the end has no future
	if err := p.learn(ctx); err != nil {
		return report, err
	}
	end := time.Time{}
	for _, in := range p.inboxes {
		end = later(end, in.head.High)
	}
	if err := p.save(ctx); err != nil {
		return report, err
	}
	return report, p.settle(ctx, end.Add(24*time.Hour), &report)
}

// Save saves the memory if this process judges, so that the next one need not judge again what came since the last
// checkpoint: for an end that is foreseen. Nothing is lost without it.
func (p *Pipeline) Save(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shared && !p.judging || !p.moved() {
		return nil
	}
	err := p.save(ctx)
	if p.shared && errors.Is(err, store.ErrConflict) {
		return nil // another judges by now
	}
	return err
}

// Learn takes in at once what people taught. Where other processes judge as well it does nothing: the next sweep learns.
func (p *Pipeline) Learn(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shared {
		return nil
	}
	return p.learn(ctx)
}

func (p *Pipeline) learn(ctx context.Context) error {
	if p.taught == nil {
		return nil
	}
	// A lesson must not stand before alerts that were raised without it: a process before this one may have come further
	// than the memory that was loaded.
	list, err := p.taught(ctx, later(settledTime(p.engine), p.reach))
	if err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	p.engine.Teach(list)
	return nil
}

// Counts tells what became of all records so far.
func (p *Pipeline) Counts() detection.Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.engine.Counts()
}

// settle judges up to a horizon and makes the alerts durable. If that fails, they are not lost: the records stay in the
// inbox, and the alerts are raised again when the store is back.
func (p *Pipeline) settle(ctx context.Context, until time.Time, report *Report) error {
	p.judge(until)
	report.Waiting, report.Judged = p.engine.Queue.Len(), true
	raised, err := p.raise(ctx, p.unraised)
	if err != nil {
		return err
	}
	if len(raised) > 0 {
		if err := p.onset(ctx, raised); err != nil {
			return fmt.Errorf("pass %d alerts on: %w", len(raised), err)
		}
	}
	if err := p.takeBack(ctx, raised); err != nil {
		return err
	}
	p.unraised = nil
	report.Alerts = raised
	return nil
}

// judge lets verdicts fall, and lets pages see what is known by them.
func (p *Pipeline) judge(until time.Time) {
	p.memory.Lock()
	defer p.memory.Unlock()
	p.unraised = append(p.unraised, p.engine.Settle(until)...)
	p.show()
}
