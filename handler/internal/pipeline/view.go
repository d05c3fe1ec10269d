package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Viewer reads what people want to see: memory, alerts, streams, dead letters. Where this process judges, it looks at
// the live memory; where another does, at the last checkpoint, which is kept as long as the root stays the same, so that
// a look costs one round trip. Its methods may be called from several goroutines.
type Viewer struct {
	pipeline *Pipeline

	mu sync.Mutex
	// copy holds the last checkpoint of another judge; it judges nothing.
	copy *Pipeline
	// root and sweep are the root, without shelves, and the lease as they were read last.
	root  checkpoint
	sweep lease
	// streams as of read, by the clock: heads are one row a partition, and a page must not wait for thirty of them.
	streams []Stream
	read    time.Time
}

// streamsFor is how long the heads of a shared store are taken for fresh.
const streamsFor = 30 * time.Second

// Viewer returns a viewer of the pipeline. One is enough: it keeps what it read.
func (p *Pipeline) Viewer() *Viewer { return &Viewer{pipeline: p} }

// Alerts reads the alerts of an event-time span [from, to), oldest first; a zero to means no end. Without a store there
// are none.
func (v *Viewer) Alerts(ctx context.Context, from, to time.Time) ([]detection.Alert, error) {
	if v.pipeline.store == nil {
		return nil, nil
	}
	return v.pipeline.Alerts(ctx, from, to)
}

// Stream is where one stream partition stands.
type Stream struct {
	// Name is the inbox's: namespace, hub, consumer group and partition.
	Name string
	// Position is the highest sequence number kept, -1 before the first; High the highest event time kept.
	Position int64
	High     time.Time
	// Chunks counts the batches ever kept; Behind those that the last checkpoint does not cover.
	Chunks, Behind int64
	// Kept is when the last batch was kept, by the clock; Totals what became of everything that came.
	Kept   time.Time
	Totals Totals
}

// Streams lists the stream partitions. In a process that does not judge the answer may be half a minute old.
func (v *Viewer) Streams(ctx context.Context) ([]Stream, error) {
	p := v.pipeline
	if !p.shared {
		p.mu.Lock()
		defer p.mu.Unlock()
		var list []Stream
		for _, in := range p.inboxes {
			list = append(list, newStream(in, p.saved))
		}
		return list, nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if age := p.clock().Sub(v.read); v.streams != nil && age >= 0 && age < streamsFor {
		return v.streams, nil
	}
	list, err := v.readStreams(ctx)
	if err != nil {
		return nil, err
	}
	v.streams, v.read = list, p.clock()
	return list, nil
}

func newStream(in *inbox, saved checkpoint) Stream {
	return Stream{Name: strings.TrimPrefix(in.name, "inbox/"), Position: in.head.Position, High: in.head.High, Chunks: in.head.Chunks, Behind: max(0, in.head.Chunks-saved.Chunks[in.name]), Kept: in.head.Kept, Totals: in.head.Totals}
}

func (v *Viewer) readStreams(ctx context.Context) ([]Stream, error) {
	if err := v.readRoot(ctx); err != nil {
		return nil, fmt.Errorf("read the last checkpoint: %w", err)
	}
	list := []Stream{}
	for row, err := range v.pipeline.store.Rows(ctx, inboxIndex, "", "") {
		if err != nil {
			return nil, fmt.Errorf("list the inboxes: %w", err)
		}
		in := &inbox{name: row.Key, head: head{Position: -1}}
		if err := v.pipeline.readHead(ctx, in); err != nil {
			return nil, err
		}
		list = append(list, newStream(in, v.root))
	}
	return list, nil
}

// Letter is a dead letter and where it stands.
type Letter struct {
	// Key is the row's, unique within the letter's inbox.
	Key string
	DeadLetter
}

// Letters lists the dead letters, by inbox, oldest first within one, at most limit an inbox; more tells whether there
// are others.
func (v *Viewer) Letters(ctx context.Context, limit int) (list []Letter, more bool, err error) {
	if v.pipeline.store == nil {
		return nil, false, nil
	}
	for index, err := range v.pipeline.store.Rows(ctx, inboxIndex, "", "") {
		if err != nil {
			return nil, false, fmt.Errorf("list the inboxes: %w", err)
		}
		n := 0
		for row, err := range v.pipeline.store.Rows(ctx, index.Key, deadKeys, deadEnd) {
			if err != nil {
				return nil, false, fmt.Errorf("list the dead letters of %s: %w", index.Key, err)
			}
			if n++; n > limit {
				more = true
				break
			}
			letter, err := newLetter(row)
			if err != nil {
				return nil, false, err
			}
			list = append(list, letter)
		}
	}
	return list, more, nil
}

func newLetter(row store.Row) (Letter, error) {
	l := Letter{Key: row.Key}
	if err := json.Unmarshal(row.Data, &l.DeadLetter); err != nil {
		return l, fmt.Errorf("dead letter %s: %w", row.Key, err)
	}
	return l, nil
}

// Replay reads a dead letter again, with the program of now, and hands what it holds to the judge. The letter is taken
// away once everything in it is durable. An error says why it stays: it is still malformed, or it was kept in part only.
func (v *Viewer) Replay(ctx context.Context, inbox, key string) (Report, error) {
	letter, err := v.letter(ctx, inbox, key)
	if err != nil {
		return Report{}, err
	}
	if letter.Size > len(letter.Body) {
		return Report{}, fmt.Errorf("only the first %d of %d bytes of this event were kept, so it cannot be read again: look for the event in the hub by its sequence number", len(letter.Body), letter.Size)
	}
	_, tally := audit.NewParser(audit.Limits{NotAfter: v.pipeline.clock().Add(clockSkew)}).Body(letter.Body, nil)
	if tally.Malformed > 0 {
		return Report{}, fmt.Errorf("it still cannot be read: %s", tally.Problems[0].Reason)
	}
	report, err := v.pipeline.Batch(ctx, invoke.Batch{Events: []invoke.Event{{Body: letter.Body}}})
	if err != nil {
		return report, fmt.Errorf("replay a dead letter: %w", err)
	}
	if err := v.pipeline.store.Commit(ctx, inbox, []store.Write{{Key: key, If: store.Any, Delete: true}}); err != nil {
		return report, fmt.Errorf("take the replayed dead letter away: %w", err)
	}
	return report, nil
}

// letter reads one dead letter. Names that are no inbox's or no letter's find nothing, whatever stands there.
func (v *Viewer) letter(ctx context.Context, inbox, key string) (Letter, error) {
	gone := fmt.Errorf("there is no such dead letter: it may have been replayed meanwhile")
	if v.pipeline.store == nil || !strings.HasPrefix(inbox, "inbox/") || !strings.HasPrefix(key, deadKeys) {
		return Letter{}, gone
	}
	for row, err := range v.pipeline.store.Rows(ctx, inbox, key, key+"\x00") {
		if err != nil {
			return Letter{}, fmt.Errorf("read a dead letter: %w", err)
		}
		return newLetter(row)
	}
	return Letter{}, gone
}
