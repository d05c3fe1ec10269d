package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

func emptyCommit(t *testing.T, s store.Store) {
	mustCommit(t, s, "p")
	wantRows(t, s, "p")
	mustCommit(t, s, "p", put("k", "v"))
	before := one(t, s, "p", "k").Version
	mustCommit(t, s, "p")
	if after := one(t, s, "p", "k").Version; after != before {
		t.Fatalf("an empty commit changed the version from %q to %q", before, after)
	}
}

func conditionAbsent(t *testing.T, s store.Store) {
	insert := store.Write{Key: "k", Data: []byte("first"), If: store.Absent}
	mustCommit(t, s, "p", insert)
	insert.Data = []byte("second")
	wantError(t, s, store.ErrConflict, "p", insert)
	wantRows(t, s, "p", "k=first")
	mustCommit(t, s, "p", store.Write{Key: "k", If: store.Any, Delete: true})
	mustCommit(t, s, "p", insert)
	wantRows(t, s, "p", "k=second")
}

func conditionAny(t *testing.T, s store.Store) {
	mustCommit(t, s, "p", put("k", strings.Repeat("long", 40_000)))
	mustCommit(t, s, "p", put("k", "short"), put("fresh", "v")) // nothing of the longer value may shine through
	wantRows(t, s, "p", "fresh=v", "k=short")
}

func conditionVersion(t *testing.T, s store.Store) {
	mustCommit(t, s, "p", put("k", "1"), put("other", "1"))
	first := one(t, s, "p", "k")
	if first.Version == store.Absent || first.Version == store.Any {
		t.Fatalf("version %q cannot be told from a condition", first.Version)
	}
	mustCommit(t, s, "p", store.Write{Key: "k", Data: []byte("2"), If: first.Version})
	wantError(t, s, store.ErrConflict, "p", store.Write{Key: "k", Data: []byte("3"), If: first.Version})
	wantRows(t, s, "p", "k=2", "other=1")

	second := one(t, s, "p", "k")
	mustCommit(t, s, "p", store.Write{Key: "k", If: store.Any, Delete: true})
	wantError(t, s, store.ErrConflict, "p", store.Write{Key: "k", Data: []byte("3"), If: second.Version})
	wantRows(t, s, "p", "other=1")
}

func deletes(t *testing.T, s store.Store) {
	mustCommit(t, s, "p", put("a", "1"), put("b", "1"), put("c", "1"))
	stale := one(t, s, "p", "a").Version
	mustCommit(t, s, "p", put("a", "2"))
	wantError(t, s, store.ErrConflict, "p", store.Write{Key: "a", If: stale, Delete: true})
	wantRows(t, s, "p", "a=2", "b=1", "c=1")

	fresh := one(t, s, "p", "a").Version
	mustCommit(t, s, "p",
		store.Write{Key: "a", If: fresh, Delete: true},
		store.Write{Key: "b", If: store.Any, Delete: true},
		put("d", "1"))
	wantRows(t, s, "p", "c=1", "d=1")
	wantError(t, s, store.ErrConflict, "p", store.Write{Key: "a", If: fresh, Delete: true})
}

func deleteMissing(t *testing.T, s store.Store) {
	gone := func(key string) store.Write { return store.Write{Key: key, If: store.Any, Delete: true} }
	mustCommit(t, s, "p", gone("never"))
	mustCommit(t, s, "p", put("a", "1"), put("c", "1"))
	mustCommit(t, s, "p", gone("a"), gone("b"), put("c", "2"), gone("d"), put("e", "1"), gone("f"))
	wantRows(t, s, "p", "c=2", "e=1")
	stale := one(t, s, "p", "c").Version
	mustCommit(t, s, "p", put("c", "3"))
	wantError(t, s, store.ErrConflict, "p", gone("b"), gone("e"), store.Write{Key: "c", Data: []byte("4"), If: stale})
	wantRows(t, s, "p", "c=3", "e=1")
}

// conflictLeavesNothing puts the failing write first, in the middle and last, of each kind.
func conflictLeavesNothing(t *testing.T, s store.Store) {
	mustCommit(t, s, "p", put("there", "old"), put("stale", "old"))
	stale := one(t, s, "p", "stale").Version
	mustCommit(t, s, "p", put("stale", "newer"))
	for _, failing := range []store.Write{
		{Key: "there", Data: []byte("x"), If: store.Absent},
		{Key: "stale", Data: []byte("x"), If: stale},
		{Key: "stale", If: stale, Delete: true},
		{Key: "gone", Data: []byte("x"), If: stale},
		{Key: "gone", If: stale, Delete: true},
	} {
		for at := range 4 {
			writes := []store.Write{
				{Key: "n1", Data: []byte("x"), If: store.Absent}, put("n2", "x"), {Key: "n3", Data: []byte("x"), If: store.Absent},
			}
			wantError(t, s, store.ErrConflict, "p", slices.Insert(writes, at, failing)...)
			wantRows(t, s, "p", "stale=newer", "there=old")
		}
	}
}

func versionsNeverRepeat(t *testing.T, s store.Store) {
	seen := map[store.Version]int{}
	note := func(step int) {
		version := one(t, s, "p", "k").Version
		if earlier, ok := seen[version]; ok {
			t.Fatalf("version %q of state %d was that of state %d", version, step, earlier)
		}
		seen[version] = step
	}
	for i := range 30 {
		mustCommit(t, s, "p", put("k", "same data every time"))
		note(2 * i)
		mustCommit(t, s, "p", store.Write{Key: "k", If: store.Any, Delete: true})
		mustCommit(t, s, "p", store.Write{Key: "k", Data: []byte("same data every time"), If: store.Absent})
		note(2*i + 1)
	}
}

// limits reaches every limit, all at once where they meet, and passes each by one.
func limits(t *testing.T, s store.Store) {
	longest := strings.Repeat("\xff", store.MaxKey)
	mustCommit(t, s, longest, put(longest, "v"), put(strings.Repeat("k", store.MaxKey), "v"))
	if got := one(t, s, longest, longest[:store.MaxKey]); string(got.Data) != "v" {
		t.Fatalf("the row with the longest key holds %q", got.Data)
	}
	wantError(t, s, store.ErrTooLarge, "p", put(longest+"x", "v"))
	wantError(t, s, store.ErrTooLarge, longest+"x", put("k", "v"))

	full := fullest()
	mustCommit(t, s, "full", full...)
	rows := mustRead(t, s, "full", "", "")
	for i, row := range rows {
		if row.Key != full[i].Key || !bytes.Equal(row.Data, full[i].Data) {
			t.Fatalf("row %d of the fullest commit came back changed", i)
		}
	}
	if len(rows) != store.MaxWrites {
		t.Fatalf("the fullest commit has %d rows, want %d", len(rows), store.MaxWrites)
	}

	more := append(slices.Clone(full[:1]), full[1:]...)
	more[0].Data = append(slices.Clone(full[0].Data), 'x')
	wantError(t, s, store.ErrTooLarge, "p", more...)
	wantError(t, s, store.ErrTooLarge, "p", store.Write{Key: "k", Data: make([]byte, store.MaxData+1), If: store.Any})
	var many []store.Write
	for i := range store.MaxWrites + 1 {
		many = append(many, put(fmt.Sprint(i), "v"))
	}
	wantError(t, s, store.ErrTooLarge, "p", many...)
	wantRows(t, s, "p")
}

// fullest is a commit of MaxWrites rows under the longest keys that together hold exactly MaxCommit bytes.
func fullest() []store.Write {
	writes := make([]store.Write, store.MaxWrites)
	size := store.MaxCommit/store.MaxWrites - store.MaxKey
	rest := store.MaxCommit - store.MaxWrites*(size+store.MaxKey)
	for i := range writes {
		key := strings.Repeat("/", store.MaxKey-3) + fmt.Sprintf("%03d", i)
		writes[i] = store.Write{Key: key, Data: randomBytes(uint64(i), size), If: store.Absent}
	}
	writes[0].Data = append(writes[0].Data, make([]byte, rest)...)
	return writes
}

func senseless(t *testing.T, s store.Store) {
	mustCommit(t, s, "p", put("k", "v"))
	for what, writes := range map[string][]store.Write{
		"a key twice":             {put("a", "1"), put("b", "1"), put("a", "2")},
		"a key written, deleted":  {put("a", "1"), {Key: "a", If: store.Any, Delete: true}},
		"an empty key":            {put("a", "1"), put("", "2")},
		"a delete under Absent":   {put("a", "1"), {Key: "k", Delete: true}},
		"a delete that has data":  {{Key: "k", Data: []byte("x"), If: store.Any, Delete: true}},
		"a key twice, one absent": {{Key: "a", If: store.Absent}, put("a", "2")},
	} {
		if err := s.Commit(context.Background(), "p", writes); !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("%s: got %v, want ErrTooLarge", what, err)
		}
	}
	wantError(t, s, store.ErrTooLarge, "", put("k", "v"))
	wantRows(t, s, "p", "k=v")
}

func finishedContext(t *testing.T, s store.Store) {
	mustCommit(t, s, "p", put("k", "old"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Commit(ctx, "p", []store.Write{put("k", "new"), put("k2", "new")}); !errors.Is(err, context.Canceled) {
		t.Errorf("commit under a cancelled context: got %v, want context.Canceled", err)
	}
	count, last := 0, error(nil)
	for _, err := range s.Rows(ctx, "p", "", "") {
		count, last = count+1, err
	}
	if count != 1 || !errors.Is(last, context.Canceled) {
		t.Errorf("rows under a cancelled context: %d elements, the last with error %v, want only context.Canceled", count, last)
	}
	wantRows(t, s, "p", "k=old")
}

func randomBytes(seed uint64, n int) []byte {
	random := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}
