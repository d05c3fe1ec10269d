package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// memoryRows is the store partition of the checkpoint: the memory as of some horizon, in shelves, and the root, which
// says how far in each inbox it reaches.
//
// Since memory is a fold over the inbox, which is durable, a checkpoint is only a shortcut for the next start; when one is
// worth its while, [Pipeline.due] decides.
//
// The shelves of a checkpoint are written before its root, under keys that carry the checkpoint's own random mark; the
// root names the mark under which each shelf counts. A crash in between, or a process that was too slow and lost the
// right to judge, leaves shelves that no root names.
const (
	memoryRows = "memory"
	rootKey    = "root"
	shelfKeys  = "shelf/" // + kind, number, "/" + mark, "/" + part
	shelfEnd   = "shelf0"
)

// checkpoint is the root row.
type checkpoint struct {
	// Shelves is, by shelf, the mark under which it was last written.
	Shelves map[string]string `json:"shelves"`
	// Chunks is, by inbox, how many chunks the memory and the queue behind it had taken in.
	Chunks map[string]int64 `json:"chunks"`
	// Saved is when it was written, by the clock.
	Saved time.Time `json:"saved,omitzero"`

	version store.Version
	counts  detection.Counts
}

// shelf names a piece of memory: kind 'v' for vaults, 'p' for principals, 'e' for the engine's own state.
type shelf struct {
	kind   byte
	number uint8
}

func (s shelf) String() string { return fmt.Sprintf("%c%03d", s.kind, s.number) }

func (s shelf) key(mark string, part int) string {
	return fmt.Sprintf("%s%s/%s/%04d", shelfKeys, s, mark, part)
}

// parseShelfKey tells the shelf and the mark of a row.
func parseShelfKey(key string) (name, mark string, err error) {
	f := strings.Split(strings.TrimPrefix(key, shelfKeys), "/")
	if len(f) != 3 || len(f[0]) != 4 {
		return "", "", fmt.Errorf("memory row %q: not a shelf", key)
	}
	return f[0], f[1], nil
}

// shelfRows are the rows of one shelf, and how many bytes they hold.
type shelfRows struct {
	keys []string
	size int
}

// save writes a checkpoint. Nothing depends on it but how long the next start takes. Memory that is ahead of the alerts
// is not written: they would not be raised again.
func (p *Pipeline) save(ctx context.Context) error {
	if p.store == nil || len(p.unraised) > 0 {
		return nil
	}
	next := checkpoint{Shelves: maps.Clone(p.saved.Shelves), Chunks: map[string]int64{}, Saved: p.clock().UTC(), version: p.saved.version}
	if next.Shelves == nil {
		next.Shelves = map[string]string{}
	}
	for name, in := range p.inboxes {
		next.Chunks[name] = in.loaded
	}
	vaults, principals := p.engine.Estate.Dirty()
	d := draft{checkpoint: next, store: p.store, mark: rand.Text(), rows: map[string]shelfRows{}}
	err := p.write(ctx, &d, map[byte]map[uint8]*baseline.Shelf{'v': vaults, 'p': principals})
	if err == nil {
		err = p.adopt(ctx, d)
	}
	if err != nil {
		for n := range vaults {
			p.engine.Estate.Soil(true, n)
		}
		for n := range principals {
			p.engine.Estate.Soil(false, n)
		}
		return fmt.Errorf("save memory: %w", err)
	}
	return p.tidy(ctx)
}

// draft is a checkpoint that is being written.
type draft struct {
	checkpoint
	store store.Store
	mark  string
	rows  map[string]shelfRows
	b     batcher
}

// put writes a shelf and enters it into the root. What fills a commit goes to the store at once, so that the memory is
// not held a second time, encoded.
func (d *draft) put(ctx context.Context, s shelf, data []byte) error {
	d.Shelves[s.String()] = d.mark
	written := shelfRows{size: len(data)}
	for part, piece := range split(data) {
		written.keys = append(written.keys, s.key(d.mark, part))
		d.b.add(store.Write{Key: s.key(d.mark, part), Data: piece, If: store.Any})
	}
	d.rows[s.String()] = written
	return d.b.commitFull(ctx, d.store, memoryRows)
}

// write puts down the shelves, then the engine's own state, and the root last.
func (p *Pipeline) write(ctx context.Context, d *draft, shelves map[byte]map[uint8]*baseline.Shelf) error {
	for kind, numbered := range shelves {
		for n, s := range numbered {
			data, err := s.Encode()
			if err != nil {
				return err
			}
			if err := d.put(ctx, shelf{kind, n}, data); err != nil {
				return err
			}
		}
	}
	state, err := p.engine.State()
	if err != nil {
		return err
	}
	if err := d.put(ctx, shelf{'e', 0}, state); err != nil {
		return err
	}
	root, err := json.Marshal(d.checkpoint)
	if err != nil {
		return err
	}
	d.b.add(store.Write{Key: rootKey, Data: root, If: d.version}) // in the last commit, together with shelves or alone
	return d.b.commit(ctx, p.store, memoryRows)
}

// adopt makes a written checkpoint the one that this process goes on from. The rows of the shelves it replaced are
// garbage now.
func (p *Pipeline) adopt(ctx context.Context, d draft) error {
	next := d.checkpoint
	for row, err := range p.store.Rows(ctx, memoryRows, rootKey, rootKey+"\x00") {
		if err != nil {
			return err
		}
		next.version = row.Version
	}
	next.counts = p.engine.Counts()
	p.saved, p.unsaved = next, 0
	for name, written := range d.rows {
		p.garbage = append(p.garbage, p.shelves[name].keys...)
		p.shelves[name] = written
	}
	return nil
}

// split cuts data into pieces that fit a row, at least one.
func split(data []byte) [][]byte {
	var out [][]byte
	for len(data) > store.MaxData {
		out, data = append(out, data[:store.MaxData]), data[store.MaxData:]
	}
	return append(out, data)
}
