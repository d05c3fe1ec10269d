package pipeline

import (
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
	out := make([]parsed, 0, len(b.Events))
	for _, e := range b.Events {
		records, tally := parser.Body(e.Body, nil)
		out = append(out, parsed{e, records, tally})
	}
	return out
}
