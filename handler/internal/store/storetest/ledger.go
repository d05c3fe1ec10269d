package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Load is the size of a [Ledger]: how many writers at once, how many entries each makes, and after how many failed tries
// a writer gives up and fails the test (0: 200).
type Load struct{ Writers, Entries, Patience int }

// Ledger has writers make entries through a faulty store as the pipeline does: load, decide, commit under the version
// that was read, and load again after any error. One commit appends the entry's name to a shared row and inserts a row of
// the entry's own. Then it reads through calm, which must be the same store without faults: every entry stands in the
// shared row exactly once and has its own row, so no commit was lost, halved or done twice. A commit that reported a
// conflict must not have been written.
func Ledger(t *testing.T, faulty, calm store.Store, load Load) {
	t.Helper()
	if load.Patience == 0 {
		load.Patience = 200
	}
	together(load.Writers, func(writer int) {
		for i := range load.Entries {
			if err := enter(faulty, fmt.Sprintf("w%d.%d", writer, i), load.Patience); err != nil {
				t.Error(err)
				return
			}
		}
	})
	if t.Failed() {
		return
	}
	rows := mustRead(t, calm, "ledger", "", "")
	if len(rows) == 0 || rows[0].Key != "all" {
		t.Fatalf("the shared row is missing: %q", lines(rows))
	}
	var own []string
	for _, row := range rows[1:] {
		own = append(own, strings.TrimPrefix(row.Key, "entry/"))
	}
	all := strings.Fields(string(rows[0].Data))
	slices.Sort(all)
	slices.Sort(own)
	if !slices.Equal(all, own) || len(slices.Compact(all)) != load.Writers*load.Entries {
		t.Errorf("entries\nin the shared row %q\nin rows of their own %q\nwant %d, each once", all, own, load.Writers*load.Entries)
	}
}

// enter makes one entry, unless it finds that an earlier try has made it.
func enter(s store.Store, name string, patience int) error {
	var failure error
	conflict, unsure := false, false // unsure: an earlier try may have been written, or may be written yet
	for range patience {
		rows, err := read(s, "ledger", "all", "all\x00")
		if err != nil {
			failure = err
			continue
		}
		var shared store.Row
		if len(rows) > 0 {
			shared = rows[0]
		}
		if slices.Contains(strings.Fields(string(shared.Data)), name) {
			if conflict && !unsure {
				return fmt.Errorf("entry %s was reported as a conflict and is there: %w", name, failure)
			}
			return nil
		}
		failure = s.Commit(context.Background(), "ledger", []store.Write{
			{Key: "all", Data: append(shared.Data, " "+name...), If: shared.Version},
			{Key: "entry/" + name, If: store.Absent},
		})
		if failure == nil {
			return nil
		}
		conflict = errors.Is(failure, store.ErrConflict)
		unsure = unsure || !conflict
	}
	return fmt.Errorf("entry %s: gave up after %d tries: %w", name, patience, failure)
}
