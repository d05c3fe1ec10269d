package intel

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

func openShelf(t *testing.T) Shelf {
	t.Helper()
	s, err := boltfile.Open(filepath.Join(t.TempDir(), "lists.db"), boltfile.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return Shelf{s}
}

// grown is a list of n entries whose labels no compression makes much smaller.
func grown(n int) List {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	l := List{Name: "drop", Kind: Suspicious, Source: "https://lists.example/drop", Taken: day(10, 12, 0, 0), Count: n, ETag: `"e"`}
	for i := range n {
		a := netip.AddrFrom4([4]byte{45, byte(i >> 16), byte(i >> 8), byte(i)})
		l.Entries = append(l.Entries, Entry{Prefix: netip.PrefixFrom(a, 32), First: l.Taken, Last: l.Taken, Label: fmt.Sprintf("%x%x", random.Uint64(), random.Uint64())})
	}
	return l
}

func load(t *testing.T, s Shelf, name string) Kept {
	t.Helper()
	k, err := s.Load(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A list comes back as it was kept, small and large, and shrinks without a trace; other lists are left alone.
func TestShelfKeepsLists(t *testing.T) {
	s := openShelf(t)
	if err := s.Save(t.Context(), "drop-v6", Kept{List: grown(1)}); err != nil {
		t.Fatal(err)
	}
	k := load(t, s, "drop")
	if !k.Due.IsZero() || len(k.List.Entries) != 0 {
		t.Fatalf("a list nobody kept: %+v", k)
	}
	for _, n := range []int{3, 60_000, 5} {
		k.List, k.Due = grown(n), day(10, 13, 7, 0)
		if err := s.Save(t.Context(), "drop", k); err != nil {
			t.Fatal(err)
		}
		k = load(t, s, "drop")
		if diff := cmp.Diff(grown(n), k.List, equalPrefixes); diff != "" || !k.Due.Equal(day(10, 13, 7, 0)) {
			t.Fatalf("%d entries, due %v (-want +got):\n%.2000s", n, k.Due, diff)
		}
		t.Logf("%d entries in %d pieces", n, k.pieces)
	}
	if other := load(t, s, "drop-v6"); len(other.List.Entries) != 1 {
		t.Errorf("the other list has %d entries", len(other.List.Entries))
	}
}

// Of two instances that fetched at the same time one is told so; a failed try is remembered beside the last good list.
func TestShelfIsShared(t *testing.T) {
	s := openShelf(t)
	one, two := load(t, s, "drop"), load(t, s, "drop")
	one.List = grown(3)
	if err := s.Save(t.Context(), "drop", one); err != nil {
		t.Fatal(err)
	}
	two.List = grown(4)
	if err := s.Save(t.Context(), "drop", two); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the second save: %v, want a conflict", err)
	}
	k := load(t, s, "drop")
	k.Due, k.Problem = day(11, 0, 0, 0), "503"
	if err := s.Postpone(t.Context(), "drop", k); err != nil {
		t.Fatal(err)
	}
	if k = load(t, s, "drop"); len(k.List.Entries) != 3 || k.Problem != "503" || !k.Due.Equal(day(11, 0, 0, 0)) {
		t.Errorf("after a failed try: %+v", k)
	}
	never := load(t, s, "never")
	never.Due, never.Problem = day(11, 0, 0, 0), "refused"
	if err := s.Postpone(t.Context(), "never", never); err != nil {
		t.Fatal(err)
	}
	if never = load(t, s, "never"); !never.Due.Equal(day(11, 0, 0, 0)) || never.Problem != "refused" {
		t.Errorf("a list that never came: %+v", never)
	}
}

// Damage is no error: the list is due, and the next save mends it.
func TestShelfMends(t *testing.T) {
	s := openShelf(t)
	if err := s.Save(t.Context(), "drop", Kept{List: grown(3), Due: day(12, 0, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	for what, write := range map[string]store.Write{
		"damaged": {Key: pieceKey("drop", 0), Data: []byte{1, 2, 3}, If: store.Any},
		"gone":    {Key: pieceKey("drop", 0), If: store.Any, Delete: true},
		"more":    {Key: pieceKey("drop", 1), Data: []byte("x"), If: store.Any},
		"no head": {Key: "drop/head", Data: []byte("?"), If: store.Any},
	} {
		if err := s.Store.Commit(t.Context(), shelfRows, []store.Write{write}); err != nil {
			t.Fatal(err)
		}
		k := load(t, s, "drop")
		if k.Due.After(time.Time{}) || len(k.List.Entries) > 0 {
			t.Errorf("%s: due %v with %d entries, want none and due", what, k.Due, len(k.List.Entries))
		}
		k.List, k.Due = grown(3), day(12, 0, 0, 0)
		if err := s.Save(t.Context(), "drop", k); err != nil {
			t.Fatal(err)
		}
		if k = load(t, s, "drop"); len(k.List.Entries) != 3 {
			t.Errorf("%s: not mended: %d entries", what, len(k.List.Entries))
		}
	}
}

func TestShelfRefusesTheEndless(t *testing.T) {
	if err := openShelf(t).Save(t.Context(), "drop", Kept{List: grown(300_000)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want %v", err, ErrTooLarge)
	}
}
