package boltfile_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

func BenchmarkCommit(b *testing.B) {
	for _, noSync := range []bool{false, true} {
		for _, size := range []int{1 << 10, 60 << 10} {
			for _, rows := range []int{1, 20, 100} {
				if rows*size > store.MaxCommit {
					rows = store.MaxCommit/(size+10) - 1 // as many as one commit holds
				}
				b.Run(fmt.Sprintf("nosync=%v/bytes=%d/rows=%d", noSync, size, rows), func(b *testing.B) {
					s := open(b, filepath.Join(b.TempDir(), "memory.db"), boltfile.Options{NoSync: noSync})
					defer closeStore(b, s)
					writes := sample(rows, size)
					b.SetBytes(int64(rows * size))
					for b.Loop() {
						if err := s.Commit(context.Background(), "p", writes); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

func BenchmarkScan(b *testing.B) {
	const rows = 1000
	s := open(b, filepath.Join(b.TempDir(), "memory.db"), boltfile.Options{NoSync: true})
	defer closeStore(b, s)
	writes := sample(rows, 1<<10)
	for at := 0; at < rows; at += store.MaxWrites {
		if err := s.Commit(context.Background(), "p", writes[at:at+store.MaxWrites]); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(rows << 10)
	for b.Loop() {
		count := 0
		for _, err := range s.Rows(context.Background(), "p", "", "") {
			if err != nil {
				b.Fatal(err)
			}
			count++
		}
		if count != rows {
			b.Fatalf("scanned %d rows", count)
		}
	}
}

func sample(rows, size int) []store.Write {
	writes := make([]store.Write, rows)
	for i := range writes {
		writes[i] = store.Write{Key: fmt.Sprintf("row/%05d", i), Data: make([]byte, size), If: store.Any}
	}
	return writes
}
