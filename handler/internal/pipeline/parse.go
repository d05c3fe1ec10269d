package pipeline

import (
	"slices"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// parsed is one event of a batch, read.
type parsed struct {
	event   invoke.Event
	records []audit.Record
	tally   audit.Tally
}

// clockSkew is how far ahead of the clock a record's time may be: services' clocks differ by little, and a record from
// 2100 must not make all others look late.
const clockSkew = time.Hour

// reader reads batches, one after the other, into the same memory.
type reader struct {
	parser  *audit.Parser
	events  []parsed
	records []audit.Record
}

// readers wait for their next batch. What one is worth is the texts that it remembers, so that they are no [sync.Pool]: that
// forgets whom nobody asked for while the collector ran twice. The last one back is the first to go, which remembers best.
type readers struct {
	mu   sync.Mutex
	idle []*reader
}

const (
	// maxIdle is how many wait. The host asks for one at a time for each partition that this instance reads.
	maxIdle = 8
	// maxRoom is the room for records that one may wait with, some 5 MB.
	maxRoom = 16 << 10
)

// lend hands out a reader that nobody else uses. What it reads holds until it is back.
func (r *readers) lend() *reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.idle) - 1
	if last < 0 {
		return &reader{parser: audit.NewParser(audit.Limits{})}
	}
	one := r.idle[last]
	r.idle = r.idle[:last]
	return one
}

func (r *readers) back(one *reader) {
	clear(one.events) // the bodies are the host's
	if cap(one.records) > maxRoom {
		one.records = nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) < maxIdle {
		r.idle = append(r.idle, one)
	}
}

// parse reads every body of a batch. A body that holds anything malformed keeps its event, for the dead letter.
func (r *reader) parse(b invoke.Batch) []parsed {
	size := 0
	for _, e := range b.Events {
		size += len(e.Body)
	}
	all := slices.Grow(r.records[:0], size/usualRecord)
	r.events = r.events[:0]
	for _, e := range b.Events {
		before := len(all)
		var tally audit.Tally
		all, tally = r.parser.Body(e.Body, all)
		r.events = append(r.events, parsed{e, all[before:], tally})
	}
	r.records = all
	return r.events
}

// usualRecord is a length, in bytes, that most records exceed.
const usualRecord = 1000

// joined are two lists of records, without a copy if the second stands behind the first, as the events of one batch do.
// What stands behind a is never overwritten.
func joined(a, b []audit.Record) []audit.Record {
	n := len(a) + len(b)
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	case cap(a) >= n && &a[:n][len(a)] == &b[0]:
		return a[:n]
	}
	return append(slices.Clip(a), b...)
}
