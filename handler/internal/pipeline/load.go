package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// load brings the memory back as of the last checkpoint, and queues what the inboxes hold beyond it.
func (p *Pipeline) load(ctx context.Context) error {
	if err := p.loadRoot(ctx); err != nil {
		return err
	}
	if err := p.loadShelves(ctx); err != nil {
		return err
	}
	if err := p.loadReach(ctx); err != nil {
		return err
	}
	if err := p.loadEarly(ctx); err != nil {
		return err
	}
	if err := p.learn(ctx); err != nil {
		return err
	}
	for row, err := range p.store.Rows(ctx, inboxIndex, "", "") {
		if err != nil {
			return fmt.Errorf("list the inboxes: %w", err)
		}
		// A partition that moved before the start may move again: it gets the patience of an active one.
		in := &inbox{name: row.Key, head: head{Position: -1}, active: p.clock()}
		p.inboxes[row.Key] = in
		if err := p.loadInbox(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

func (p *Pipeline) loadRoot(ctx context.Context) error {
	for row, err := range p.store.Rows(ctx, memoryRows, rootKey, rootKey+"\x00") {
		if err != nil {
			return err
		}
		if err := json.Unmarshal(row.Data, &p.saved); err != nil {
			return fmt.Errorf("the root of the memory: %w", err)
		}
		p.saved.version = row.Version
	}
	return nil
}

// loadShelves puts together the parts of every shelf that the root names.
func (p *Pipeline) loadShelves(ctx context.Context) error {
	data := map[string][]byte{}
	for row, err := range p.store.Rows(ctx, memoryRows, shelfKeys, shelfEnd) {
		if err != nil {
			return err
		}
		name, mark, err := parseShelfKey(row.Key)
		if err != nil {
			return err
		}
		if p.saved.Shelves[name] != mark {
			p.garbage = append(p.garbage, row.Key)
			continue
		}
		data[name] = append(data[name], row.Data...)
		rows := p.shelves[name]
		p.shelves[name] = shelfRows{append(rows.keys, row.Key), rows.size + len(row.Data)}
	}
	if len(data) != len(p.saved.Shelves) {
		return fmt.Errorf("%d of %d shelves are there: rows were removed from the store by hand", len(data), len(p.saved.Shelves))
	}
	defer func() { p.saved.counts = p.engine.Counts() }()
	for name, d := range data {
		place := p.engine.Estate.Place
		if name[0] == 'e' {
			place = p.engine.Restore
		}
		if err := place(d); err != nil {
			return err
		}
	}
	return nil
}

// loadInbox queues the records that the checkpoint does not cover. Of those it covers, the ones up to the horizon were
// judged and are only recognised should they come again; the others still wait.
func (p *Pipeline) loadInbox(ctx context.Context, in *inbox) error {
	covered := chunkKey(p.saved.Chunks[in.name])
	for row, err := range p.store.Rows(ctx, in.name, chunkKeys, chunkEnd) {
		if err != nil {
			return fmt.Errorf("read the inbox %s: %w", in.name, err)
		}
		records, err := decodeChunk(row.Data)
		if err != nil {
			return fmt.Errorf("inbox %s, row %s: %w", in.name, row.Key, err)
		}
		number, err := strconv.ParseInt(row.Key[len(chunkKeys):], 10, 64)
		if err != nil {
			return fmt.Errorf("inbox %s, row %s: %w", in.name, row.Key, err)
		}
		in.chunks = append(in.chunks, chunkInfo{number, highest(records)})
		if row.Key >= covered {
			p.queue(records)
			continue
		}
		for i := range records {
			if baseline.At(records[i].Time) <= p.engine.Settled {
				p.engine.Queue.Know(&records[i])
			} else {
				p.engine.Queue.Add(records[i : i+1])
			}
		}
	}
	in.loaded = p.saved.Chunks[in.name]
	if n := len(in.chunks); n > 0 {
		in.loaded = max(in.loaded, in.chunks[n-1].number+1)
	}
	return p.readHead(ctx, in)
}
