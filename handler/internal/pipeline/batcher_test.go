package pipeline

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Whatever is gathered, nothing is lost or moved, and each commit is one that a store takes, with the row beside.
func TestBatcherKeepsWithinTheLimits(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 4))
		b := batcher{}
		if seed%2 == 0 {
			b.beside = &store.Write{Key: fenceKey, Data: make([]byte, 26)}
		}
		top := []int{300, 60_000, store.MaxData}[rng.IntN(3)]
		for i := range 400 {
			b.add(store.Write{Key: fmt.Sprintf("shelf/v%03d/%0200d", i, i), Data: make([]byte, rng.IntN(top+1))})
		}
		n := 0
		for i, commit := range b.commits {
			size := 0
			for _, w := range commit {
				if w.Key != fmt.Sprintf("shelf/v%03d/%0200d", n, n) {
					t.Fatalf("seed %d: row %d is %s", seed, n, w.Key)
				}
				size += len(w.Key) + len(w.Data)
				n++
			}
			rows := len(commit)
			if b.beside != nil {
				rows, size = rows+1, size+len(b.beside.Key)+len(b.beside.Data)
			}
			if rows > store.MaxWrites || size > store.MaxCommit {
				t.Fatalf("seed %d: commit %d has %d rows of %d bytes", seed, i, rows, size)
			}
		}
		if n != 400 {
			t.Fatalf("seed %d: %d of 400 rows are left", seed, n)
		}
	}
}
