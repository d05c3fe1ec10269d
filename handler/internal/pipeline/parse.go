package pipeline

import (
	"slices"
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

// parse reads every body of a batch. A body that holds anything malformed keeps its event, for the dead letter.
func (p *Pipeline) parse(b invoke.Batch) []parsed {
	parser, ok := p.parsers.Get().(*audit.Parser)
	if !ok {
		parser = audit.NewParser(audit.Limits{})
	}
	defer p.parsers.Put(parser)
	parser.SetNotAfter(p.clock().Add(clockSkew))
	size := 0
	for _, e := range b.Events {
		size += len(e.Body)
	}
	out := make([]parsed, 0, len(b.Events))
	all := make([]audit.Record, 0, size/usualRecord)
	for _, e := range b.Events {
		before := len(all)
		var tally audit.Tally
		all, tally = parser.Body(e.Body, all)
		out = append(out, parsed{e, all[before:], tally})
	}
	return out
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
