package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Judged records stay in the inbox for recognising them should they come again: keepSpan of event time, and not more
// than keepChunks batches of a stream partition.
const (
	keepSpan   = 26 * time.Hour
	keepChunks = 4096
)

// tidy removes what the checkpoint just saved made needless: older generations of its shelves, and chunks that lie
// behind the horizon by more than is kept to recognise repetitions. It asks the store for neither: this process wrote
// them or met them when it loaded. What a process that lost the right to judge writes later is met by the next load.
func (p *Pipeline) tidy(ctx context.Context) error {
	var b batcher
	for _, key := range p.garbage {
		b.add(store.Write{Key: key, If: store.Any, Delete: true})
	}
	if err := b.commit(ctx, p.store, memoryRows); err != nil {
		return fmt.Errorf("tidy the memory: %w", err)
	}
	p.garbage = nil
	for _, in := range p.inboxes {
		if err := p.tidyInbox(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// tidyInbox removes the oldest chunks that are behind the horizon and covered by the checkpoint.
func (p *Pipeline) tidyInbox(ctx context.Context, in *inbox) error {
	settled := p.engine.Settled.Time()
	var b batcher
	n := 0
	for n < len(in.chunks) && in.chunks[n].number < p.saved.Chunks[in.name] && !in.chunks[n].high.After(settled) {
		old := in.chunks[n].high.Before(settled.Add(-keepSpan))
		if !old && len(in.chunks)-n <= keepChunks {
			break
		}
		b.add(store.Write{Key: chunkKey(in.chunks[n].number), If: store.Any, Delete: true})
		n++
	}
	if err := b.commit(ctx, p.store, in.name); err != nil {
		return fmt.Errorf("tidy the inbox %s: %w", in.name, err)
	}
	in.chunks = in.chunks[n:]
	return nil
}
