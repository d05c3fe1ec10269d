package storetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// awkward are names in ascending byte order that an escaping, a separator or a collation may get wrong: prefixes of one
// another, separators, characters that Azure forbids in keys, control characters, mixed case, quotes, non-ASCII, and
// bytes that are no UTF-8.
func awkward() []string {
	return []string{
		"\x00", "\x00\x00", "\x01", "\t", "\n", "\x1f", " ", "  ", "!", `"`, "#", "$", "%", "%2F", "&", "'", "''", "(", "*", "+",
		",", "-", "--", ".", "..", "./", "/", "/.", "//", "0", "00", "0:", "1", "10", "2", "9", ":", ";", "<", "=", ">", "?", "@",
		"A", "B", "Z", "[", `\`, `\\`, "]", "^", "_", "`", "a", "a b", "a!", "a-b", "a/b", "aB", "a_b", "aa", "ab", "b", "z", "{",
		"|", "}", "~", "~~", "\x7f", "\x80", "\xc3", "Ä", "ß", "é", "日本", "日本/語", "🔑", "\xff", "\xff\xff",
	}
}

func emptyPartition(t *testing.T, s store.Store) {
	wantRows(t, s, "nobody")
	mustCommit(t, s, "somebody", put("k", "v"))
	wantRows(t, s, "nobody")
}

func byteOrder(t *testing.T, s store.Store) {
	keys := awkward()
	if !slices.IsSorted(keys) {
		t.Fatal("the suite's own keys are not in byte order")
	}
	var want []string
	writes := make([]store.Write, len(keys))
	for i, key := range keys {
		writes[i] = put(key, fmt.Sprint(i))
		want = append(want, key+"="+fmt.Sprint(i))
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(writes), func(i, j int) { writes[i], writes[j] = writes[j], writes[i] })
	for chunk := range slices.Chunk(writes, store.MaxWrites) {
		mustCommit(t, s, "p", chunk...)
	}
	wantRows(t, s, "p", want...)
	for i, key := range keys {
		if got := one(t, s, "p", key); string(got.Data) != fmt.Sprint(i) {
			t.Fatalf("key %q holds %q, want %d", key, got.Data, i)
		}
	}
}

func ranges(t *testing.T, s store.Store) {
	mustCommit(t, s, "p", put("a", ""), put("a/1", ""), put("a/2", ""), put("a/20", ""), put("a0", ""), put("b", ""))
	for _, c := range []struct{ from, to, want string }{
		{"", "", "a a/1 a/2 a/20 a0 b"},
		{"a", "b", "a a/1 a/2 a/20 a0"},
		{"a/", "a0", "a/1 a/2 a/20"},
		{"a/2", "a/2\x00", "a/2"},
		{"a/2", "", "a/2 a/20 a0 b"},
		{"", "a/2", "a a/1"},
		{"a/3", "a0", ""},
		{"b", "a", ""},
		{"a", "a", ""},
		{"c", "", ""},
	} {
		var got []string
		for _, row := range mustRead(t, s, "p", c.from, c.to) {
			got = append(got, row.Key)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("range [%q, %q): got %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func isolation(t *testing.T, s store.Store) {
	names := awkward()
	for _, name := range names {
		mustCommit(t, s, name, put("k", "data of "+name), put(name, "key like its partition"))
	}
	for _, name := range names {
		rows := mustRead(t, s, name, "", "")
		if len(rows) != 2 {
			t.Fatalf("partition %q: %q, want its two rows", name, lines(rows))
		}
		if got := one(t, s, name, "k"); string(got.Data) != "data of "+name {
			t.Fatalf("partition %q holds %q", name, got.Data)
		}
	}
	mustCommit(t, s, "a", store.Write{Key: "k", If: store.Any, Delete: true})
	if got := one(t, s, "ab", "k"); string(got.Data) != "data of ab" {
		t.Fatalf("a delete in %q changed %q", "a", "ab")
	}
}

// dataSizes tries the ends of the 64 KiB that a property of Azure Tables holds, and bytes of every value.
func dataSizes(t *testing.T, s store.Store) {
	const property = 64 << 10
	for _, size := range []int{0, 1, 255, property - 1, property, property + 1, 3 * property, store.MaxData - 1, store.MaxData} {
		data := randomBytes(uint64(size), size)
		mustCommit(t, s, "p", store.Write{Key: "k", Data: data, If: store.Any})
		if got := one(t, s, "p", "k"); !bytes.Equal(got.Data, data) {
			t.Fatalf("%d bytes came back as %d other bytes", size, len(got.Data))
		}
	}
}

func thousandRows(t *testing.T, s store.Store) {
	const n = 1030 // more than one page of Azure Tables, which holds a thousand
	var want []string
	var writes []store.Write
	for i := range n {
		key := fmt.Sprintf("row/%05d", i)
		writes = append(writes, put(key, "v"))
		want = append(want, key+"=v")
	}
	for chunk := range slices.Chunk(writes, store.MaxWrites) {
		mustCommit(t, s, "p", chunk...)
	}
	wantRows(t, s, "p", want...)
	wantLines(t, lines(mustRead(t, s, "p", "row/00500", "row/00502")), []string{"row/00500=v", "row/00501=v"})
}

func readAfterCommit(t *testing.T, s store.Store) {
	for i := range 20 {
		value := fmt.Sprint(i)
		mustCommit(t, s, "p", put("k", value), put("k"+value, value))
		if got := one(t, s, "p", "k"); string(got.Data) != value {
			t.Fatalf("after committing %q the row holds %q", value, got.Data)
		}
		if rows := mustRead(t, s, "p", "", ""); len(rows) != i+2 {
			t.Fatalf("after commit %d the partition has %d rows", i, len(rows))
		}
	}
}

func stopEarly(t *testing.T, s store.Store) {
	mustCommit(t, s, "p", put("a", "1"), put("b", "2"), put("c", "3"))
	for range 50 { // many times, to notice a store that runs out of whatever an unfinished iteration holds
		for row, err := range s.Rows(context.Background(), "p", "", "") {
			if err != nil || row.Key != "a" {
				t.Fatalf("first row: %q, %v", row.Key, err)
			}
			break
		}
	}
	sequence := s.Rows(context.Background(), "p", "", "")
	for range 2 { // a sequence may be ranged over again
		count := 0
		for _, err := range sequence {
			if err != nil {
				t.Fatal(err)
			}
			count++
		}
		if count != 3 {
			t.Fatalf("ranged over %d rows, want 3", count)
		}
	}
}

func commitWhileIterating(t *testing.T, s store.Store) {
	for i := range 10 {
		mustCommit(t, s, "p", put(fmt.Sprintf("k%d", i), "old"))
	}
	seen := 0
	for row, err := range s.Rows(context.Background(), "p", "", "") {
		if err != nil {
			t.Fatal(err)
		}
		mustCommit(t, s, "p", store.Write{Key: row.Key, Data: []byte("new"), If: row.Version})
		mustCommit(t, s, "other", put(row.Key, "copy"))
		seen++
	}
	if seen != 10 {
		t.Fatalf("saw %d rows, want 10", seen)
	}
	for _, row := range mustRead(t, s, "p", "", "") {
		if string(row.Data) != "new" {
			t.Fatalf("row %q holds %q", row.Key, row.Data)
		}
	}
}

func noSharedData(t *testing.T, s store.Store) {
	data := []byte("kept")
	mustCommit(t, s, "p", store.Write{Key: "k", Data: data, If: store.Any})
	copy(data, "lost")
	row := one(t, s, "p", "k")
	if string(row.Data) != "kept" {
		t.Fatalf("changing the writer's slice changed the row to %q", row.Data)
	}
	copy(row.Data, "lost") // must neither fault nor reach the store
	wantRows(t, s, "p", "k=kept")
}
