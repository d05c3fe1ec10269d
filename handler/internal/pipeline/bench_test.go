//go:build unix

package pipeline

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/load"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// BenchmarkSweep is what a sweep costs on a shared store while every vault speaks 150 times a day: each operation is one
// minute. What the store itself takes is left out as far as a local file can; its work is counted instead.
//
//	go test ./handler/internal/pipeline -run '^$' -bench 'Sweep|TakeOver' -benchtime 20x
func BenchmarkSweep(b *testing.B) {
	for _, vaults := range []int{1000, 5000} {
		b.Run(fmt.Sprintf("vaults=%d", vaults), func(b *testing.B) {
			e := newEstate(b, vaults)
			*e.counts = counts{}
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				e.minute(b)
				before := e.counts.now()
				b.StartTimer()
				e.sweep(b)
				e.swept.add(e.counts.now().less(before))
			}
			e.swept.report(b)
		})
	}
}

// BenchmarkTakeOver is what it takes another process to judge in place of the one before, ten minutes after that began.
func BenchmarkTakeOver(b *testing.B) {
	for _, vaults := range []int{1000, 5000} {
		b.Run(fmt.Sprintf("vaults=%d", vaults), func(b *testing.B) {
			e := newEstate(b, vaults)
			for range 9 {
				e.minute(b)
				e.sweep(b)
			}
			e.minute(b)
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				e.now = e.now.Add(2 * leaseTime)
				before := e.counts.now()
				b.StartTimer()
				e.judge = e.open(b)
				e.sweep(b)
				e.swept.add(e.counts.now().less(before))
			}
			e.swept.report(b)
		})
	}
}

// estate is a detector whose vaults lead the even life of package load.
type estate struct {
	life   load.Estate
	store  store.Store
	counts *counts
	swept  counts
	judge  *Pipeline
	now    time.Time
	next   int64
	part   int
}

// warm is how many records of each vault are judged before anything is measured.
const warm = 12

func newEstate(b *testing.B, vaults int) *estate {
	e := &estate{now: fixedClock(), counts: &counts{}}
	e.life = load.Estate{Vaults: vaults, Principals: 2, Daily: 150, Start: e.now}
	e.store = measured{openBolt(b), e.counts}
	e.judge = e.open(b)
	for e.next < int64(vaults*warm) {
		e.minute(b)
	}
	e.sweep(b)
	return e
}

func (e *estate) open(b *testing.B) *Pipeline {
	return openPipeline(b, e.store, Options{Clock: func() time.Time { return e.now }, Shared: true, Holder: fmt.Sprint("since ", e.now)})
}

// minute lets a minute pass and keeps its records, in batches of four partitions.
func (e *estate) minute(b *testing.B) {
	e.now = e.now.Add(time.Minute)
	end := int64(e.now.Sub(e.life.Start) / e.life.Step())
	for e.next < end {
		n := min(end-e.next, 1000)
		event := invoke.Event{Body: e.life.Body(e.next, int(n)), Sequence: e.next, HasSequence: true}
		if _, err := e.judge.Batch(context.Background(), batchOf(strconv.Itoa(e.part%4), event)); err != nil {
			b.Fatal(err)
		}
		e.next, e.part = e.next+n, e.part+1
	}
}

func (e *estate) sweep(b *testing.B) {
	if report, err := e.judge.Sweep(context.Background()); err != nil || !report.Judged {
		b.Fatalf("judged %t, %v", report.Judged, err)
	}
}

// counts is the work of a store, in transactions and bytes of the rows, and the processor time of all.
type counts struct {
	reads, commits, read, written int
	cpu                           time.Duration
}

// now is the work until now.
func (c *counts) now() counts {
	out := *c
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) == nil {
		out.cpu = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	return out
}

func (c *counts) add(o counts) {
	c.reads, c.commits, c.read, c.written, c.cpu = c.reads+o.reads, c.commits+o.commits, c.read+o.read, c.written+o.written, c.cpu+o.cpu
}

func (c counts) less(o counts) counts {
	return counts{c.reads - o.reads, c.commits - o.commits, c.read - o.read, c.written - o.written, c.cpu - o.cpu}
}

func (c counts) report(b *testing.B) {
	n := float64(b.N)
	b.ReportMetric(float64(c.reads)/n, "reads/op")
	b.ReportMetric(float64(c.commits)/n, "commits/op")
	b.ReportMetric(float64(c.read)/1024/n, "KB-read/op")
	b.ReportMetric(float64(c.written)/1024/n, "KB-written/op")
	b.ReportMetric(float64(c.cpu.Milliseconds())/n, "cpu-ms/op")
}

// measured counts what a store is asked for.
type measured struct {
	store.Store
	counts *counts
}

func (m measured) Rows(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
	m.counts.reads++
	return func(yield func(store.Row, error) bool) {
		for row, err := range m.Store.Rows(ctx, partition, from, to) {
			m.counts.read += len(row.Data)
			if !yield(row, err) {
				return
			}
		}
	}
}

func (m measured) Commit(ctx context.Context, partition string, writes []store.Write) error {
	m.counts.commits++
	for _, w := range writes {
		m.counts.written += len(w.Data)
	}
	return m.Store.Commit(ctx, partition, writes)
}
