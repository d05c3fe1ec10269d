package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Store partitions of the inbox. Every stream partition has one of its own; inboxIndex lists their names.
const (
	inboxIndex = "inboxes"
	headKey    = "head"
	chunkKeys  = "chunk/" // + first position, 20 digits
	chunkEnd   = "chunk0" // '0' follows '/'
)

// head is where a stream partition stands, written in the same commit as the records that brought it there.
type head struct {
	// Position is the highest sequence number kept; -1 before the first.
	Position int64 `json:"position"`
	// Chunks counts the chunks ever kept; the next one gets this number as its key.
	Chunks int64 `json:"chunks"`
	// High is the highest event time kept.
	High time.Time `json:"high"`
	// Enqueued is when the last event came to the hub, Kept when it was kept, by the clocks of hub and process.
	Enqueued time.Time `json:"enqueued,omitzero"`
	Kept     time.Time `json:"kept,omitzero"`
	// Totals counts everything that was kept by this inbox, each event once.
	Totals
}

// Totals is what became of what an inbox was given.
type Totals struct {
	Events    int64 `json:"events"`
	Records   int64 `json:"records"`
	Skipped   int64 `json:"skipped"`
	Malformed int64 `json:"malformed"`
}

func (t *Totals) add(e parsed) {
	t.Events++
	t.Records += int64(e.tally.Records)
	t.Skipped += int64(e.tally.Skipped)
	t.Malformed += int64(e.tally.Malformed)
}

// inbox is one stream partition's part of the write-ahead log, as this process knows it.
type inbox struct {
	name    string
	head    head
	version store.Version
	// loaded counts the chunks whose records this process has queued.
	loaded int64
	// chunks are those that stand in the store, oldest first, with the highest event time in each.
	chunks []chunkInfo
	// high is the head's high at the last refresh.
	high time.Time
	// active is when this process last saw the partition move, by the clock.
	active time.Time
}

type chunkInfo struct {
	number int64
	high   time.Time
}

// inboxName is the store partition of a stream partition. Batches without one (a run by hand) share one.
func inboxName(b invoke.Batch) string {
	if b.Partition == "" {
		return "inbox/by-hand"
	}
	return "inbox/" + b.Namespace + "/" + b.Hub + "/" + b.ConsumerGroup + "/" + b.Partition
}

// keep makes the events of a batch durable, in slices that fit a commit, and returns the records that are new. Events
// at or below the position were kept before. Records returned beside an error are kept all the same.
func (p *Pipeline) keep(ctx context.Context, in *inbox, events []parsed, report *Report) ([]audit.Record, error) {
	fresh, err := p.missed(ctx, in)
	if err != nil {
		return fresh, err
	}
	for len(events) > 0 {
		part, rest := slice(events)
		records, err := p.keepSlice(ctx, in, part, report)
		if errors.Is(err, store.ErrConflict) {
			// Another owner of the partition was here. What it kept is ours to judge as well.
			more, err := p.behind(ctx, in)
			fresh = append(fresh, more...)
			if err != nil {
				return fresh, err
			}
			continue
		}
		fresh = joined(fresh, records)
		if err != nil {
			return fresh, err
		}
		events = rest
	}
	return fresh, nil
}

// missed reads what an earlier batch found kept by others, or by its own commit that was thought to have failed, but could
// not read before the store failed: by then the head was known, so that nothing else would bring these records back.
func (p *Pipeline) missed(ctx context.Context, in *inbox) ([]audit.Record, error) {
	if p.shared || in.loaded >= in.head.Chunks {
		return nil, nil
	}
	return p.catchUp(ctx, in)
}

// sliceRecords bounds the records of one commit: at some 100 to 400 bytes each they stay below the limits of a row.
const sliceRecords = 1500

// slice takes as many events as fit one commit, at least one.
func slice(events []parsed) (part, rest []parsed) {
	n, records := 0, 0
	for n < len(events) && n < store.MaxWrites/4 && (n == 0 || records+len(events[n].records) <= sliceRecords) {
		records += len(events[n].records)
		n++
	}
	return events[:n], events[n:]
}

// keepSlice commits one slice: chunks, dead letters and the head together.
func (p *Pipeline) keepSlice(ctx context.Context, in *inbox, events []parsed, report *Report) ([]audit.Record, error) {
	next := in.head
	var s sliceOf
	for _, e := range events {
		if e.event.HasSequence {
			if e.event.Sequence <= next.Position {
				s.redelivered++
				continue
			}
			next.Position = e.event.Sequence
		}
		s.tally.Add(e.tally)
		next.Totals.add(e)
		next.Enqueued = later(next.Enqueued, e.event.Enqueued)
		s.records = joined(s.records, e.records)
		if e.tally.Malformed > 0 {
			s.dead = append(s.dead, newDeadLetter(in.name, e, p.clock()))
		}
	}
	if err := p.keepNext(ctx, in, next, s); err != nil {
		return nil, err
	}
	// Not before: a slice that met a conflict comes here twice.
	report.Redelivered += s.redelivered
	report.Tally.Add(s.tally)
	if p.store == nil || next == in.head {
		return s.records, nil
	}
	return s.records, p.readHead(ctx, in) // for its new version
}

// sliceOf is what one slice of events holds.
type sliceOf struct {
	records     []audit.Record
	dead        []deadLetter
	tally       audit.Tally
	redelivered int
}

func (p *Pipeline) keepNext(ctx context.Context, in *inbox, next head, s sliceOf) error {
	switch {
	case next == in.head: // all of it was kept before
		return nil
	case p.store == nil:
		in.head = advanced(next, s.records, 0)
		return nil
	}
	next.Kept = p.clock().UTC()
	return p.commit(ctx, in, next, s.records, s.dead)
}

func (p *Pipeline) commit(ctx context.Context, in *inbox, next head, records []audit.Record, dead []deadLetter) error {
	var writes []store.Write
	var infos []chunkInfo
	chunks := int64(0)
	for _, c := range chunked(records) {
		writes = append(writes, store.Write{Key: chunkKey(next.Chunks + chunks), Data: c.data, If: store.Absent})
		infos = append(infos, chunkInfo{next.Chunks + chunks, c.high})
		chunks++
	}
	next = advanced(next, records, chunks)
	data, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("encode the head of %s: %w", in.name, err)
	}
	writes = append(writes, store.Write{Key: headKey, Data: data, If: in.version})
	for _, d := range dead {
		writes = append(writes, d.write())
	}
	if err := p.store.Commit(ctx, in.name, writes); err != nil {
		return fmt.Errorf("keep %d records of %s: %w", len(records), in.name, err)
	}
	if !p.shared {
		in.loaded += chunks
		in.chunks = append(in.chunks, infos...)
	}
	return nil
}

func (in *inbox) take(row store.Row) error {
	in.version = row.Version
	if err := json.Unmarshal(row.Data, &in.head); err != nil {
		return fmt.Errorf("head of %s: %w", in.name, err)
	}
	return nil
}

func advanced(h head, records []audit.Record, chunks int64) head {
	h.Chunks += chunks
	h.High = later(h.High, highest(records))
	return h
}

func highest(records []audit.Record) (high time.Time) {
	for i := range records {
		high = later(high, records[i].Time)
	}
	return high
}

func chunkKey(n int64) string { return fmt.Sprintf("%s%020d", chunkKeys, n) }

type chunk struct {
	data []byte
	high time.Time
}

// chunked encodes records as one chunk, or, should they not fit a row, as several.
func chunked(records []audit.Record) []chunk {
	if len(records) == 0 {
		return nil
	}
	data := encodeChunk(records)
	if len(data) <= store.MaxData || len(records) == 1 {
		return []chunk{{data, highest(records)}}
	}
	half := len(records) / 2
	return append(chunked(records[:half]), chunked(records[half:])...)
}

// behind learns where an inbox stands after another owner moved it. Who judges here reads the records as well.
func (p *Pipeline) behind(ctx context.Context, in *inbox) ([]audit.Record, error) {
	if p.shared {
		return nil, p.readHead(ctx, in)
	}
	return p.catchUp(ctx, in)
}

func (p *Pipeline) readHead(ctx context.Context, in *inbox) error {
	for row, err := range p.store.Rows(ctx, in.name, headKey, headKey+"\x00") {
		if err != nil {
			return fmt.Errorf("read the head of %s: %w", in.name, err)
		}
		return in.take(row)
	}
	return nil
}

// catchUp reads what others kept in an inbox since this process last looked. Records returned beside an error count as
// read and must be queued all the same.
func (p *Pipeline) catchUp(ctx context.Context, in *inbox) ([]audit.Record, error) {
	if err := p.readHead(ctx, in); err != nil || in.loaded >= in.head.Chunks {
		return nil, err
	}
	var records []audit.Record
	for row, err := range p.store.Rows(ctx, in.name, chunkKey(in.loaded), chunkKey(in.head.Chunks)) {
		if err != nil {
			return records, fmt.Errorf("read the inbox %s: %w", in.name, err)
		}
		more, err := decodeChunk(row.Data)
		if err != nil {
			return records, fmt.Errorf("inbox %s, row %s: %w", in.name, row.Key, err)
		}
		records = append(records, more...)
		in.chunks = append(in.chunks, chunkInfo{in.loaded, highest(more)})
		in.loaded++
	}
	in.loaded = in.head.Chunks
	return records, nil
}

// inbox returns the judge's view of an inbox, entering it into the index when it is new.
func (p *Pipeline) inbox(ctx context.Context, name string) (*inbox, error) {
	if in := p.inboxes[name]; in != nil {
		return in, nil
	}
	in := &inbox{name: name, head: head{Position: -1}, active: p.clock()}
	if p.store != nil {
		if err := p.enter(ctx, name); err != nil {
			return nil, err
		}
	}
	p.inboxes[name] = in
	return in, nil
}

// enter writes an inbox into the index, where the judge looks.
func (p *Pipeline) enter(ctx context.Context, name string) error {
	err := p.store.Commit(ctx, inboxIndex, []store.Write{{Key: name, Data: []byte("{}"), If: store.Any}})
	if err != nil {
		return fmt.Errorf("enter %s into the index: %w", name, err)
	}
	return nil
}
