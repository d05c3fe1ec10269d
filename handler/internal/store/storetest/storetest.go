// Package storetest holds every store to the promises of package store, and breaks stores on purpose.
//
//   - [Run] is the conformance suite: one subtest a promise. Every adapter runs it.
//   - [Faulty] wraps a store and injects errors, conflicts and delays by a plan, for fault schedules.
//   - [Ledger] has several writers work through a faulty store and proves that nothing was lost, halved or done twice.
//
// It keeps no store of its own: the fake of this project is boltfile in a temporary folder. Start reading at [Run].
package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Run holds a store to every promise of the port, one subtest a promise, each on a store of its own: open gives a fresh,
// empty one, or fails the test; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, promise := range []struct {
		name string
		hold func(t *testing.T, s store.Store)
	}{
		{"an empty partition has no rows", emptyPartition},
		{"rows come in byte order of keys", byteOrder},
		{"ranges are half open", ranges},
		{"partitions are isolated", isolation},
		{"data of every size comes back", dataSizes},
		{"a thousand rows are scanned", thousandRows},
		{"a commit is seen by the next read", readAfterCommit},
		{"iteration may stop early", stopEarly},
		{"commits during an iteration do not deadlock", commitWhileIterating},
		{"the store keeps no hold on data", noSharedData},

		{"an empty commit does nothing", emptyCommit},
		{"absent holds only while the row is absent", conditionAbsent},
		{"any replaces whatever stands there", conditionAny},
		{"a version holds only for its state", conditionVersion},
		{"deletes keep to their condition", deletes},
		{"deleting what is not there is no error", deleteMissing},
		{"a conflict leaves nothing", conflictLeavesNothing},
		{"versions never repeat", versionsNeverRepeat},

		{"limits are reached and not passed", limits},
		{"commits without sense are refused", senseless},
		{"a finished context writes nothing", finishedContext},
		{"writers under a version lose no update", concurrentIncrements},
		{"inserts of one row have one winner", concurrentInserts},
		{"commits are seen whole", wholeCommits},
	} {
		t.Run(promise.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			promise.hold(t, s)
		})
	}
}

// put is a write without condition.
func put(key, data string) store.Write {
	return store.Write{Key: key, Data: []byte(data), If: store.Any}
}

func mustCommit(t *testing.T, s store.Store, partition string, writes ...store.Write) {
	t.Helper()
	if err := s.Commit(context.Background(), partition, writes); err != nil {
		t.Fatalf("commit to %q: %v", partition, err)
	}
}

// wantError commits and insists on an error of a kind.
func wantError(t *testing.T, s store.Store, kind error, partition string, writes ...store.Write) {
	t.Helper()
	if err := s.Commit(context.Background(), partition, writes); !errors.Is(err, kind) {
		t.Fatalf("commit to %q: got error %v, want one that is %q", partition, err, kind)
	}
}

// read collects a range; an error is the error that ended it.
func read(s store.Store, partition, from, to string) ([]store.Row, error) {
	var rows []store.Row
	for row, err := range s.Rows(context.Background(), partition, from, to) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func mustRead(t *testing.T, s store.Store, partition, from, to string) []store.Row {
	t.Helper()
	rows, err := read(s, partition, from, to)
	if err != nil {
		t.Fatalf("read %q [%q, %q): %v", partition, from, to, err)
	}
	return rows
}

// one reads a single row that must exist.
func one(t *testing.T, s store.Store, partition, key string) store.Row {
	t.Helper()
	rows := mustRead(t, s, partition, key, key+"\x00")
	if len(rows) != 1 || rows[0].Key != key {
		t.Fatalf("read %q %q: got %d rows, want this one", partition, key, len(rows))
	}
	return rows[0]
}

// wantRows compares a whole partition with lines of the form "key=data", in order.
func wantRows(t *testing.T, s store.Store, partition string, want ...string) {
	t.Helper()
	wantLines(t, lines(mustRead(t, s, partition, "", "")), want)
}

func lines(rows []store.Row) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = row.Key + "=" + string(row.Data)
	}
	return out
}

func wantLines(t *testing.T, got, want []string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Fatalf("rows\n got %q\nwant %q", got, want)
	}
}
