package pipeline

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// fenceKey is a row among the alerts, before the first of them, that carries the mark of the process that may write
// there. Every commit of alerts replaces it under the version it was just read in, so that a process that was overtaken
// without noticing, since it hung for longer than its lease, writes nothing any more.
const fenceKey = "!judge"

// reachKey is a row beside it that says up to which event time alerts were raised, written with the first of those that
// are raised together: more than the memory in the store need know of.
const reachKey = "!reach"

// fence shuts everyone else out: from the alerts by its mark, from the memory by a new version of the root. Only then may
// the memory be loaded, since only then it stands still. In this order, and not the other way round: whoever was
// overtaken in between could save a memory that is ahead of the alerts.
func (p *Pipeline) fence(ctx context.Context) error {
	p.mark = rand.Text()
	err := p.store.Commit(ctx, alertRows, []store.Write{{Key: fenceKey, Data: []byte(p.mark), If: store.Any}})
	if err != nil {
		return fmt.Errorf("shut others out of the alerts: %w", err)
	}
	root := store.Write{Key: rootKey, Data: []byte("{}"), If: store.Absent}
	for row, err := range p.store.Rows(ctx, memoryRows, rootKey, rootKey+"\x00") {
		if err != nil {
			return fmt.Errorf("read the root of the memory: %w", err)
		}
		root.Data, root.If = row.Data, row.Version
	}
	if err := p.store.Commit(ctx, memoryRows, []store.Write{root}); err != nil {
		return fmt.Errorf("shut others out of the memory: %w", err)
	}
	return nil
}

// commitAlerts writes rows of alerts, if this process may. [store.ErrConflict] says that another one judges by now.
func (p *Pipeline) commitAlerts(ctx context.Context, writes []store.Write) error {
	if len(writes) == 0 {
		return nil
	}
	reach, err := p.reach.MarshalText()
	if err != nil {
		return fmt.Errorf("encode how far was judged: %w", err)
	}
	b := batcher{beside: &store.Write{Key: fenceKey, Data: []byte(p.mark)}}
	b.add(store.Write{Key: reachKey, Data: reach, If: store.Any})
	for _, w := range writes {
		b.add(w)
	}
	for _, part := range b.commits {
		if p.mark != "" {
			fence, err := p.readFence(ctx)
			if err != nil {
				return err
			}
			part = append(part, fence)
		}
		if err := p.store.Commit(ctx, alertRows, part); err != nil {
			return err
		}
	}
	return nil
}

// loadReach brings back how far the alerts in the store go.
func (p *Pipeline) loadReach(ctx context.Context) error {
	for row, err := range p.store.Rows(ctx, alertRows, reachKey, reachKey+"\x00") {
		if err != nil {
			return fmt.Errorf("read how far was judged: %w", err)
		}
		if err := p.reach.UnmarshalText(row.Data); err != nil {
			return fmt.Errorf("how far was judged: %w", err)
		}
	}
	return nil
}

// readFence is the write that holds only as long as nobody else put up a fence.
func (p *Pipeline) readFence(ctx context.Context) (store.Write, error) {
	for row, err := range p.store.Rows(ctx, alertRows, fenceKey, fenceKey+"\x00") {
		if err != nil {
			return store.Write{}, fmt.Errorf("read who may write alerts: %w", err)
		}
		if string(row.Data) == p.mark {
			return store.Write{Key: fenceKey, Data: row.Data, If: row.Version}, nil
		}
	}
	return store.Write{}, fmt.Errorf("another process judges by now: %w", store.ErrConflict)
}
