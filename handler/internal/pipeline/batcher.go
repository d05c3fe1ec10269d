package pipeline

import (
	"context"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

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

// commitFull commits what cannot grow any more: all but the last.
func (b *batcher) commitFull(ctx context.Context, s store.Store, partition string) error {
	for len(b.commits) > 1 {
		if err := s.Commit(ctx, partition, b.commits[0]); err != nil {
			return err
		}
		b.commits = b.commits[1:]
	}
	return nil
}

// commit commits what is left.
func (b *batcher) commit(ctx context.Context, s store.Store, partition string) error {
	for _, writes := range b.commits {
		if err := s.Commit(ctx, partition, writes); err != nil {
			return err
		}
	}
	return nil
}
