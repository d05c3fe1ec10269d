package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// memoryRows is the store partition of the checkpoint: the memory as of some horizon, in shelves, and the root, which
// says how far in each inbox it reaches.
//
// The shelves of a checkpoint are written before its root, under keys that carry the checkpoint's own random mark; the
// root names the mark under which each shelf counts. A crash in between, or a process that was too slow and lost the
// right to judge, leaves shelves that no root names.
const (
	memoryRows = "memory"
	rootKey    = "root"
	shelfKeys  = "shelf/" // + kind, number, "/" + mark, "/" + part
	shelfEnd   = "shelf0"
	saveEvery  = 200 // batches
)

// checkpoint is the root row.
type checkpoint struct {
	// Shelves is, by shelf, the mark under which it was last written.
	Shelves map[string]string `json:"shelves"`
	// Chunks is, by inbox, how many chunks the memory and the queue behind it had taken in.
	Chunks map[string]int64 `json:"chunks"`

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

// save writes a checkpoint. Nothing depends on it but how long the next start takes.
func (p *Pipeline) save(ctx context.Context) error {
	p.pending = 0
	if p.store == nil {
		return nil
	}
	next := checkpoint{Shelves: maps.Clone(p.saved.Shelves), Chunks: map[string]int64{}, version: p.saved.version}
	if next.Shelves == nil {
		next.Shelves = map[string]string{}
	}
	for name, in := range p.inboxes {
		next.Chunks[name] = in.loaded
	}
	pieces, err := p.pieces()
	if err != nil {
		return fmt.Errorf("encode memory: %w", err)
	}
	var b batcher
	mark, rows := rand.Text(), map[string][]string{}
	for s, data := range pieces {
		name := s.String()
		next.Shelves[name] = mark
		for part, piece := range split(data) {
			rows[name] = append(rows[name], s.key(mark, part))
			b.add(store.Write{Key: s.key(mark, part), Data: piece, If: store.Any})
		}
	}
	root, err := json.Marshal(next)
	if err != nil {
		return p.unsaved(pieces, err)
	}
	b.add(store.Write{Key: rootKey, Data: root, If: next.version}) // in the last commit, together with shelves or alone
	if err := b.commit(ctx, p.store, memoryRows); err != nil {
		return p.unsaved(pieces, err)
	}
	if err := p.adopt(ctx, next, rows); err != nil {
		return p.unsaved(pieces, err)
	}
	return p.tidy(ctx)
}

// moved tells whether there is anything to save that a start could not as well work out again.
func (p *Pipeline) moved() bool {
	for name, in := range p.inboxes {
		if in.loaded != p.saved.Chunks[name] {
			return true
		}
	}
	return p.engine.Counts() != p.saved.counts || p.saved.version == store.Absent
}

// unsaved marks everything for the next checkpoint, since this one failed.
func (p *Pipeline) unsaved(pieces map[shelf][]byte, err error) error {
	for s := range pieces {
		p.engine.Estate.Soil(s.kind == 'v', s.number)
	}
	return fmt.Errorf("save memory: %w", err)
}

// pieces encodes what changed since the last checkpoint.
func (p *Pipeline) pieces() (map[shelf][]byte, error) {
	out := map[shelf][]byte{}
	vaults, principals := p.engine.Estate.Dirty()
	for kind, dirty := range map[byte]map[uint8]*baseline.Shelf{'v': vaults, 'p': principals} {
		for n, s := range dirty {
			data, err := s.Encode()
			if err != nil {
				return nil, err
			}
			out[shelf{kind, n}] = data
		}
	}
	state, err := p.engine.State()
	out[shelf{'e', 0}] = state
	return out, err
}

// adopt makes a written checkpoint the one that this process goes on from. The rows of the shelves it replaced are
// garbage now.
func (p *Pipeline) adopt(ctx context.Context, next checkpoint, rows map[string][]string) error {
	for row, err := range p.store.Rows(ctx, memoryRows, rootKey, rootKey+"\x00") {
		if err != nil {
			return err
		}
		next.version = row.Version
	}
	next.counts = p.engine.Counts()
	p.saved = next
	for name, keys := range rows {
		p.garbage = append(p.garbage, p.shelfRows[name]...)
		p.shelfRows[name] = keys
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

// batcher gathers writes into commits that keep within the limits, also when whoever commits adds the row beside to each.
type batcher struct {
	beside  *store.Write
	commits [][]store.Write
	rows    int // of the last commit
	size    int // of the last commit, in bytes
}

func (b *batcher) add(w store.Write) {
	size := len(w.Key) + len(w.Data)
	if len(b.commits) == 0 || b.rows == store.MaxWrites || b.size+size > store.MaxCommit {
		b.commits, b.rows, b.size = append(b.commits, nil), 0, 0
		if b.beside != nil {
			b.rows, b.size = 1, len(b.beside.Key)+len(b.beside.Data)
		}
	}
	last := &b.commits[len(b.commits)-1]
	*last = append(*last, w)
	b.rows++
	b.size += size
}

func (b *batcher) commit(ctx context.Context, s store.Store, partition string) error {
	for _, writes := range b.commits {
		if err := s.Commit(ctx, partition, writes); err != nil {
			return err
		}
	}
	return nil
}
