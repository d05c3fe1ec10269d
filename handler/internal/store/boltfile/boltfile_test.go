package boltfile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	for name, options := range map[string]boltfile.Options{"synced": {}, "not synced": {NoSync: true}} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) store.Store {
				return open(t, filepath.Join(t.TempDir(), "memory.db"), options)
			})
		})
	}
}

// What was committed is there after the file is closed and opened again, with the same versions, under either option.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	var before store.Row
	for i, options := range []boltfile.Options{{}, {NoSync: true}, {}} {
		s := open(t, path, options)
		if i > 0 {
			if got := first(t, s); got.Version != before.Version || string(got.Data) != string(before.Data) {
				t.Fatalf("opening %d: row %+v, was %+v", i, got, before)
			}
		}
		put := store.Write{Key: "k", Data: fmt.Append(nil, i), If: store.Any}
		if err := s.Commit(context.Background(), "p", []store.Write{put}); err != nil {
			t.Fatal(err)
		}
		before = first(t, s)
		closeStore(t, s)
	}
}

// A long iteration must not keep freed pages from being used again: rewriting one row during it may not grow the file.
func TestIterationHoldsNoTransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s := open(t, path, boltfile.Options{NoSync: true})
	defer closeStore(t, s)
	rewrite := func() {
		write := store.Write{Key: "big", Data: make([]byte, 512<<10), If: store.Any}
		if err := s.Commit(context.Background(), "p", []store.Write{write}); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		rewrite()
	}
	before := size(t, path)
	for _, err := range s.Rows(context.Background(), "p", "", "") {
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			rewrite()
		}
	}
	if after := size(t, path); after > before {
		t.Errorf("60 rewrites of one row during an iteration grew the file from %d to %d bytes", before, after)
	}
}

func open(t testing.TB, path string, options boltfile.Options) *boltfile.Store {
	t.Helper()
	s, err := boltfile.Open(path, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeStore(t testing.TB, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func first(t *testing.T, s store.Store) store.Row {
	t.Helper()
	for row, err := range s.Rows(context.Background(), "p", "", "") {
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	t.Fatal("no row")
	return store.Row{}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
