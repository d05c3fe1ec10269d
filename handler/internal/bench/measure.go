package bench

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// Result is what a record cost a contestant.
type Result struct {
	Contestant
	// Time is processor time per record, the least of all rounds: noise only ever adds.
	Time time.Duration
	// Allocations and Bytes per record, of the same round.
	Allocations, Bytes float64
}

// Rate is records a second on one core.
func (r Result) Rate() float64 { return float64(time.Second) / float64(r.Time) }

// Race lets all contestants run in turn, for so many rounds, on one core. Turns are interleaved and what counts is the
// processor time of the process, so that a machine that others use, too, favours nobody.
func Race(all []Contestant, l *Load, rounds int) ([]Result, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	results := make([]Result, len(all))
	for round := range rounds {
		for i, c := range all {
			r, err := once(c, l)
			if err != nil {
				return nil, err
			}
			if round == 0 || r.Time < results[i].Time {
				results[i] = r
			}
		}
	}
	return results, nil
}

func once(c Contestant, l *Load) (Result, error) {
	var before, after runtime.MemStats
	var from, to time.Duration
	records, err := c.Lap(l, func() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		from = processorTime()
	}, func() {
		to = processorTime()
		runtime.ReadMemStats(&after)
	})
	if err != nil {
		return Result{}, err
	}
	if records == 0 {
		return Result{}, fmt.Errorf("the load is too short: take more vaults or days")
	}
	n := float64(records)
	return Result{c, (to - from) / time.Duration(records), float64(after.Mallocs-before.Mallocs) / n, float64(after.TotalAlloc-before.TotalAlloc) / n}, nil
}

// processorTime is what the process has used so far, in user mode and in the kernel.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // asking about oneself cannot fail
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
