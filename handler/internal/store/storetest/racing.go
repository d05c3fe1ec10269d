package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// concurrentIncrements has writers add one to a row under its version. Any lost update shows in the sum.
func concurrentIncrements(t *testing.T, s store.Store) {
	const writers, each = 6, 8
	mustCommit(t, s, "p", put("sum", "0"))
	together(writers, func(int) {
		for range each {
			if err := increment(s); err != nil {
				t.Error(err)
				return
			}
		}
	})
	wantRows(t, s, "p", fmt.Sprintf("sum=%d", writers*each))
}

// increment tries until no other writer was first. Of n writers that start together one always gets through, so many
// tries mean that versions are broken.
func increment(s store.Store) error {
	for range 1000 {
		rows, err := read(s, "p", "sum", "sum\x00")
		if err != nil {
			return fmt.Errorf("read the sum: %w", err)
		}
		if len(rows) != 1 {
			return fmt.Errorf("read the sum: %d rows, want one", len(rows))
		}
		sum, err := strconv.Atoi(string(rows[0].Data))
		if err != nil {
			return fmt.Errorf("read the sum: %w", err)
		}
		write := store.Write{Key: "sum", Data: []byte(strconv.Itoa(sum + 1)), If: rows[0].Version}
		err = s.Commit(context.Background(), "p", []store.Write{write})
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return errors.New("a thousand conflicts in a row on one row")
}

func concurrentInserts(t *testing.T, s store.Store) {
	const writers = 6
	for round := range 5 {
		key := fmt.Sprintf("k%d", round)
		var winners atomic.Int32
		together(writers, func(writer int) {
			insert := store.Write{Key: key, Data: []byte(strconv.Itoa(writer)), If: store.Absent}
			mate := store.Write{Key: fmt.Sprintf("%s/%d", key, writer), If: store.Absent}
			switch err := s.Commit(context.Background(), "p", []store.Write{mate, insert}); {
			case err == nil:
				winners.Add(1)
			case !errors.Is(err, store.ErrConflict):
				t.Error(err)
			}
		})
		rows := mustRead(t, s, "p", key, key+"0")
		if winners.Load() != 1 || len(rows) != 2 || rows[1].Key != key+"/"+string(rows[0].Data) {
			t.Fatalf("round %d: %d winners left %q", round, winners.Load(), lines(rows))
		}
	}
}

// wholeCommits has two writers replace the same three rows: afterwards all three must be of one of them.
func wholeCommits(t *testing.T, s store.Store) {
	for round := range 10 {
		together(2, func(writer int) {
			value := fmt.Sprintf("%d of writer %d", round, writer)
			err := s.Commit(context.Background(), "p", []store.Write{put("a", value), put("b", value), put("c", value)})
			if err != nil {
				t.Error(err)
			}
		})
		rows := mustRead(t, s, "p", "", "")
		if len(rows) != 3 || string(rows[0].Data) != string(rows[1].Data) || string(rows[1].Data) != string(rows[2].Data) {
			t.Fatalf("two commits were mixed: %q", lines(rows))
		}
	}
}

// together runs n workers at once and waits for all.
func together(n int, work func(worker int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { work(i) })
	}
	group.Wait()
}
