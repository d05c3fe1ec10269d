package bench

import (
	"fmt"
	"runtime"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
)

// Growth is what a record costs and what is remembered in an estate.
type Growth struct {
	Estate
	// Judging is what it costs to judge and absorb one record that was parsed, Whole what the whole job on it costs, from
	// the host's body on.
	Judging, Whole Cost
	// Memory is the live heap that the engine holds, in bytes.
	Memory uint64
}

// Cost is processor time and allocations per record.
type Cost struct {
	Time        time.Duration
	Allocations float64
}

// Axis is one direction in which an estate grows.
type Axis struct {
	// Name is what grows, Fixed what does not.
	Name, Fixed string
	// Count is how far an estate has grown in this direction.
	Count   func(Estate) int
	Estates []Estate
}

// Axes are the directions: vaults, principals on a vault, and history.
func Axes() []Axis {
	vaults := Axis{Name: "vaults", Fixed: "4 principals on each, a day of history", Count: func(e Estate) int { return e.Vaults }}
	principals := Axis{Name: "principals", Fixed: "one vault, 5 days of history", Count: func(e Estate) int { return e.Principals }}
	days := Axis{Name: "days of history", Fixed: "10 vaults, 8 principals on each", Count: func(e Estate) int { return e.Days }}
	for _, n := range []int{10, 100, 1000, 10_000} {
		vaults.Estates = append(vaults.Estates, Estate{Vaults: n, Principals: 4, Days: 1, Daily: 24})
	}
	for _, n := range []int{10, 100, 1000, 5000} {
		principals.Estates = append(principals.Estates, Estate{Vaults: 1, Principals: n, Days: 5, Daily: 20_000})
	}
	for _, n := range []int{1, 30, 90, 365} {
		days.Estates = append(days.Estates, Estate{Vaults: 10, Principals: 8, Days: n, Daily: 200})
	}
	return []Axis{vaults, principals, days}
}

// Measured is how many records the cost is taken over, chunk how many come at a time.
const (
	Measured = 40_000
	chunk    = 1000
)

// Grow builds an estate up and measures the next records, the least of so many stretches; once parsed, and once as bodies
// that the host posts. It uses one core.
func Grow(e Estate, stretches int) (Growth, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	g := Growth{Estate: e}
	g.Judging, g.Memory = e.judging(stretches)
	err := error(nil)
	if g.Whole, err = e.whole(stretches); err != nil {
		return g, fmt.Errorf("grow to %d vaults: %w", e.Vaults, err)
	}
	return g, nil
}

// judging measures the engine alone, and the heap that it holds.
func (e Estate) judging(stretches int) (Cost, uint64) {
	empty := heap()
	w := newWriter(e)
	engine := detection.NewEngine(detection.Config{Catalogue: catalogue.All()})
	next := func() func() {
		records := w.next(chunk)
		return func() {
			engine.Queue.Add(records)
			engine.Settle(records[len(records)-1].Time.Add(-time.Minute))
		}
	}
	cost := e.cost(next, stretches)
	full := heap()
	runtime.KeepAlive(engine)
	return cost, full - min(empty, full)
}

// whole measures the whole job in memory.
func (e Estate) whole(stretches int) (Cost, error) {
	w, err := e.job()
	if err != nil {
		return Cost{}, err
	}
	return e.cost(w.next, stretches), w.failed
}

// grow builds an estate up.
func (e Estate) grow(next func() (work func())) {
	for range max(1, e.Vaults*e.Daily*e.Days/chunk) {
		next()()
	}
}

// cost builds an estate up and takes the least of so many stretches. Next prepares a chunk and returns the work on it.
func (e Estate) cost(next func() (work func()), stretches int) (least Cost) {
	e.grow(next)
	for s := range stretches {
		if c := stretch(next); s == 0 || c.Time < least.Time {
			least = c
		}
	}
	return least
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first only brought to the pools' second generation
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// stretch works on the measured number of records and tells what one of them cost. They are made before, and the garbage of
// that is collected before: else the collector would be at work while the clock runs, the more so the less is remembered.
func stretch(next func() (work func())) Cost {
	works := make([]func(), Measured/chunk)
	for i := range works {
		works[i] = next()
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	from := processorTime()
	for _, work := range works {
		work()
	}
	spent := processorTime() - from
	runtime.ReadMemStats(&after)
	return Cost{spent / Measured, float64(after.Mallocs-before.Mallocs) / Measured}
}
