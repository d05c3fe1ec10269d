package pipeline

import (
	"context"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Take is [Pipeline.Batch] for records that were read elsewhere, as a replay reads them from files. They are kept in an
// inbox of their own, and judged as those of one stream partition: up to the highest time taken, less [Lateness].
func (p *Pipeline) Take(ctx context.Context, records []audit.Record) (Report, error) {
	if p.shared {
		return p.keepOnly(ctx, replayInbox, taken(records))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var report Report
	in, err := p.inbox(ctx, replayInbox)
	if err != nil {
		return report, err
	}
	fresh, err := p.keep(ctx, in, taken(records), &report)
	p.queue(fresh)
	if err != nil {
		return report, err
	}
	in.active = p.clock()
	if err := p.settle(ctx, p.until(in.active), &report); err != nil {
		return report, err
	}
	return report, p.saveIfFull(ctx)
}

// replayInbox keeps what comes from files.
const replayInbox = "inbox/replay"

// taken makes events of records, each small enough for one commit.
func taken(records []audit.Record) (out []parsed) {
	for len(records) > 0 {
		n := min(len(records), sliceRecords)
		out = append(out, parsed{records: records[:n:n], tally: audit.Tally{Records: n}})
		records = records[n:]
	}
	return out
}

// Pack writes records down in the form of the inbox: some 60 to 100 bytes each, if they resemble one another.
func Pack(records []audit.Record) []byte { return encodeChunk(records) }

// Unpack reads back what Pack wrote. It fails on damage.
func Unpack(data []byte) ([]audit.Record, error) { return decodeChunk(data) }
