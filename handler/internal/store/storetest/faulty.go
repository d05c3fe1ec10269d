package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Fault is what befalls one call of a faulty store.
type Fault int

// The faults. A read knows no conflict and takes it for None; FailBefore a read is an error as its first element,
// FailAfter one in the midst of the rows.
const (
	None       Fault = iota
	FailBefore       // an error, nothing was written
	FailAfter        // written, and yet an error: the answer was lost
	Conflict         // store.ErrConflict, nothing was written
	Slow             // a pause, then as usual
)

// String names a fault in test output.
func (f Fault) String() string {
	return [...]string{"none", "fail before", "fail after", "conflict", "slow"}[f]
}

// Call is what a plan is asked about: Number counts the calls of one faulty store from 0, in the order they arrive.
type Call struct {
	Number int
	Commit bool // else a read
}

// Plan decides what befalls a call. It is asked from several goroutines, so it should be a pure function.
type Plan func(Call) Fault

// Faults is a plan, and what a slow call does.
type Faults struct {
	Plan  Plan
	Pause func(ctx context.Context) // nil: a millisecond, or less when ctx ends
}

// ErrInjected is wrapped by every error a faulty store makes up, except conflicts.
var ErrInjected = errors.New("storetest: injected fault")

// Faulty wraps a store so that its calls suffer a plan. Closing it closes the store. What it reports is within the
// port's promises: an injected conflict has written nothing, another injected error may or may not have.
func Faulty(s store.Store, faults Faults) store.Store {
	if faults.Pause == nil {
		faults.Pause = func(ctx context.Context) {
			timer := time.NewTimer(time.Millisecond)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		}
	}
	return &faulty{Store: s, faults: faults}
}

// Script suffers one fault a call, in order, reads and commits alike, and none once the script is over.
func Script(faults ...Fault) Plan {
	return func(call Call) Fault {
		if call.Number < len(faults) {
			return faults[call.Number]
		}
		return None
	}
}

// Seeded lets so many percent of the calls suffer a random fault. The same seed makes the same plan.
func Seeded(seed uint64, percent int) Plan {
	return func(call Call) Fault {
		random := rand.New(rand.NewPCG(seed, uint64(call.Number)))
		if random.IntN(100) >= percent {
			return None
		}
		return FailBefore + Fault(random.IntN(int(Slow)))
	}
}

type faulty struct {
	store.Store
	faults Faults
	calls  atomic.Int64
}

func (f *faulty) next(commit bool) (Fault, int) {
	number := int(f.calls.Add(1) - 1)
	return f.faults.Plan(Call{Number: number, Commit: commit}), number
}

func (f *faulty) Commit(ctx context.Context, partition string, writes []store.Write) error {
	fault, number := f.next(true)
	switch fault {
	case FailBefore:
		return fmt.Errorf("call %d, before the commit: %w", number, ErrInjected)
	case FailAfter:
		if err := f.Store.Commit(ctx, partition, writes); err != nil {
			return err
		}
		return fmt.Errorf("call %d, after the commit: %w", number, ErrInjected)
	case Conflict:
		return fmt.Errorf("call %d, injected: %w", number, store.ErrConflict)
	case Slow:
		f.faults.Pause(ctx)
	}
	return f.Store.Commit(ctx, partition, writes)
}

func (f *faulty) Rows(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
	fault, number := f.next(false)
	rows := f.Store.Rows(ctx, partition, from, to)
	switch fault {
	case FailBefore:
		return failAfter(nil, fmt.Errorf("call %d, before the first row: %w", number, ErrInjected))
	case FailAfter:
		return failAfter(rows, fmt.Errorf("call %d, after the first row: %w", number, ErrInjected))
	case Slow:
		return func(yield func(store.Row, error) bool) {
			f.faults.Pause(ctx)
			rows(yield)
		}
	}
	return rows
}

// failAfter yields at most one row, then an error.
func failAfter(rows iter.Seq2[store.Row, error], failure error) iter.Seq2[store.Row, error] {
	return func(yield func(store.Row, error) bool) {
		if rows != nil {
			for row, err := range rows {
				if !yield(row, err) || err != nil {
					return
				}
				break
			}
		}
		yield(store.Row{}, failure)
	}
}
