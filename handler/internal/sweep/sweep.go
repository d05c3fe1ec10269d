package sweep

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Parts are what a sweep works on. Lists may be nil: then no list is fetched. Everything else is required but Clock, for
// which nil means the machine's.
type Parts struct {
	Store    store.Store
	Pipeline *pipeline.Pipeline
	Outbox   *notify.Outbox
	// Queue is the one that the pipeline passes its alerts to.
	Queue *Queue
	Lists *Lists
	Clock func() time.Time
	// Version is the program's, Instance the name of this process: both for people who read the health document.
	Version, Instance string
}

// Sweep does what must be done every minute. One is enough for a process; its methods may be called from several
// goroutines.
type Sweep struct {
	parts Parts

	running sync.Mutex
	// malformed counts, by stream, the malformed records known at the last run; nil before the first.
	malformed map[string]int64
	// forgot is when there was nothing old left to forget.
	forgot time.Time
}

// New checks that the parts are there.
func New(p Parts) (*Sweep, error) {
	if p.Store == nil || p.Pipeline == nil || p.Outbox == nil || p.Queue == nil {
		return nil, errors.New("sweep: a store, a pipeline, an outbox and its queue are required")
	}
	if p.Clock == nil {
		p.Clock = time.Now
	}
	return &Sweep{parts: p}, nil
}

// Run sweeps once. The health document tells what was done and what is late, also when some steps failed; the error
// joins what failed and means that the next run will try again. A run that finds another one of this process at work
// leaves everything to it and returns a document that says so.
func (s *Sweep) Run(ctx context.Context) (Health, error) {
	h := Health{Version: s.parts.Version, Instance: s.parts.Instance, Started: s.now()}
	if !s.running.TryLock() {
		h.Busy = true
		return h, nil
	}
	defer s.running.Unlock()
	var errs []error
	for _, step := range s.steps() {
		errs = append(errs, s.do(ctx, step, &h))
	}
	h.Ended = s.now()
	// What went wrong must be written down even if our time is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepLimit)
	defer cancel()
	errs = append(errs, s.keep(ctx, h))
	return h, errors.Join(errs...)
}

func (s *Sweep) now() time.Time { return s.parts.Clock().UTC() }

// do runs one step within its time. A panic is its failure, not that of the steps after it.
func (s *Sweep) do(ctx context.Context, step step, h *Health) (err error) {
	started := s.now()
	ctx, cancel := context.WithTimeout(ctx, step.limit)
	defer func() {
		cancel()
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		done := Step{Name: step.name, Milliseconds: s.now().Sub(started).Milliseconds()}
		if err != nil {
			err = fmt.Errorf("%s: %w", step.name, err)
			done.Error = err.Error()
		}
		h.Steps = append(h.Steps, done)
	}()
	return step.run(ctx, h)
}
