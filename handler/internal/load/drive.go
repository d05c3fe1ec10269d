package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// Drive says what to post, where and how fast. The zero value of the last five takes the number named with it.
type Drive struct {
	// Bases are the handlers, as "http://127.0.0.1:7071". Stream partitions are dealt over them, as the host deals them
	// over instances; the first one sweeps and is asked for its health.
	Bases  []string
	Estate Estate
	// Rate is records a second; 0 posts the next as soon as the last are answered.
	Rate int
	For  time.Duration
	// Partitions of the hub (4), Events in a batch (40, the most that host.json lets the host hand over), Records in an
	// event (25).
	Partitions, Events, Records int
	// Sweep is how often the timer calls (15 s). It calls a last time when all batches are answered.
	Sweep time.Duration
	// Client is http.DefaultClient if nil.
	Client *http.Client
}

// refusals is how often a batch is offered before the run is given up; pause is the time between.
const (
	refusals = 5
	pause    = time.Second
)

func (d Drive) withDefaults() Drive {
	for _, f := range []struct {
		field *int
		value int
	}{{&d.Partitions, 4}, {&d.Events, 40}, {&d.Records, 25}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	if d.Sweep == 0 {
		d.Sweep = 15 * time.Second
	}
	if d.Client == nil {
		d.Client = http.DefaultClient
	}
	return d
}

func (d Drive) check() error {
	e := d.Estate
	switch {
	case len(d.Bases) == 0:
		return errors.New("there is no handler to post to: give its address, as http://127.0.0.1:7071")
	case e.Vaults < 1 || e.Principals < 1 || e.Daily < 1 || e.Step() == 0:
		return fmt.Errorf("an estate of %d vaults with %d principals and %d records a day: take at least 1 of each, and fewer than 10,000 million records a day", e.Vaults, e.Principals, e.Daily)
	case d.Rate < 0 || d.For <= 0 || d.Partitions < 1 || d.Events < 1 || d.Records < 1 || d.Sweep < 0:
		return errors.New("rate, time, partitions, events, records and sweep must not be negative, and time not zero")
	}
	return nil
}

// Run posts rounds of one batch to each partition, all at the same time, and the next round when those are answered and
// it is due: partitions stay as close to each other as the host keeps them. A batch that is not taken comes again. The
// error says what kept the run from its end; the report holds what came before it.
func (d Drive) Run(ctx context.Context) (Report, error) {
	d = d.withDefaults()
	if err := d.check(); err != nil {
		return Report{}, err
	}
	r := &run{Drive: d, started: time.Now()}
	r.base = r.started.UnixMicro() // a later run on the same memory must not look like a repetition of this one
	err := r.rounds(ctx)
	r.report.Took = time.Since(r.started)
	if err != nil {
		return r.finished(), err
	}
	if err := r.sweep(ctx); err != nil {
		return r.finished(), err
	}
	r.report.Health, err = r.health(ctx)
	return r.finished(), err
}

// run is one drive on its way.
type run struct {
	Drive
	started time.Time
	base    int64 // sequence number of the first events

	mu        sync.Mutex
	report    Report
	latencies []time.Duration
	sweeps    []time.Duration
}

func (r *run) rounds(ctx context.Context) error {
	whole := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	var beside sync.WaitGroup
	beside.Go(func() {
		// A sweep under way when the rounds end goes on to its end: cut off, it would look like a failing one.
		if err := r.timer(ctx, whole); ctx.Err() == nil {
			cancel(err)
		}
	})
	defer beside.Wait()
	defer cancel(nil)
	perRound := int64(r.Partitions * r.Events * r.Records)
	for round := int64(0); ; round++ {
		due := time.Duration(0)
		if r.Rate > 0 {
			due = time.Duration(round * perRound * int64(time.Second) / int64(r.Rate))
		}
		if max(due, time.Since(r.started)) >= r.For {
			return nil
		}
		if err := wait(ctx, due-time.Since(r.started)); err != nil {
			return err
		}
		if err := r.round(ctx, round); err != nil {
			return err
		}
	}
}

// round offers one batch to each partition.
func (r *run) round(ctx context.Context, round int64) error {
	errs := make([]error, r.Partitions)
	var lanes sync.WaitGroup
	for p := range r.Partitions {
		lanes.Go(func() { errs[p] = r.offer(ctx, p, r.batch(round, p)) })
	}
	lanes.Wait()
	return errors.Join(errs...)
}

func (r *run) batch(round int64, partition int) invoke.Batch {
	b := invoke.Batch{Function: "AuditBatch", Namespace: "load.servicebus.windows.net", Hub: "keyvault-logs", ConsumerGroup: "vaultwatch",
		Partition: strconv.Itoa(partition)}
	first := (round*int64(r.Partitions) + int64(partition)) * int64(r.Events*r.Records)
	for i := range int64(r.Events) {
		at := r.base + round*int64(r.Events) + i
		b.Events = append(b.Events, invoke.Event{Body: r.Estate.Body(first+i*int64(r.Records), r.Records), Sequence: at, HasSequence: true,
			Enqueued: time.Now(), Offset: strconv.FormatInt(at, 10)})
	}
	return b
}

// offer posts a batch until it is taken.
func (r *run) offer(ctx context.Context, partition int, b invoke.Batch) error {
	n := r.Events * r.Records
	for try := 1; ; try++ {
		request, err := invoke.HostRequest(ctx, r.Bases[partition%len(r.Bases)], b)
		if err != nil {
			return err
		}
		from := time.Now()
		err = invoke.Deliver(r.Client, request)
		r.note(n, time.Since(from), err)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if try == refusals {
			return fmt.Errorf("offer a batch %d times: %w", try, err)
		}
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

func (r *run) note(records int, took time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Batches++
	r.report.Sent += records
	if err != nil {
		r.report.Failures++
		return
	}
	r.report.Answered += records
	r.latencies = append(r.latencies, took)
}

// timer sweeps until ticking ends.
func (r *run) timer(ticking, ctx context.Context) error {
	for {
		if err := wait(ticking, r.Sweep); err != nil {
			return err
		}
		if err := r.sweep(ctx); err != nil {
			return err
		}
	}
}

// sweep calls as the host's timer does.
func (r *run) sweep(ctx context.Context) error {
	request, err := invoke.TimerRequest(ctx, r.Bases[0], "Sweep")
	if err != nil {
		return err
	}
	from := time.Now()
	if err := invoke.Deliver(r.Client, request); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweeps = append(r.sweeps, time.Since(from))
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r *run) finished() Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.latencies)
	slices.Sort(r.sweeps)
	out := r.report
	out.Latency, out.Sweep = spread(r.latencies), spread(r.sweeps)
	return out
}
