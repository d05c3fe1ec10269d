package storetest_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
)

const flawName = "VAULTWATCH_TEST_FLAW" // which flawed store the child of TestSuiteNotices runs

// TestSuiteNotices runs the suite, in a child process, on stores with one flaw each: the subtest that holds the broken
// promise must fail. A suite that lets flaws pass would prove nothing of the adapters.
func TestSuiteNotices(t *testing.T) {
	if name := os.Getenv(flawName); name != "" {
		storetest.Run(t, func(t *testing.T) store.Store { return flaws()[name].spoil(open(t)) })
		return
	}
	for name, flaw := range flaws() {
		t.Run(name, func(t *testing.T) {
			promise := strings.ReplaceAll(flaw.promise, " ", "_")
			child := exec.Command(os.Args[0], "-test.run=^TestSuiteNotices$/^"+promise+"$", "-test.timeout=30s")
			child.Env = append(os.Environ(), flawName+"="+name)
			out, err := child.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestSuiteNotices/"+promise) {
				t.Errorf("the promise %q holds, or does not fail as a test does:\n%s", flaw.promise, out)
			}
		})
	}
}

type flaw struct {
	promise string
	spoil   func(store.Store) store.Store
}

// flawed replaces the verbs of a good store; a nil verb stays good.
type flawed struct {
	store.Store
	commit func(ctx context.Context, partition string, writes []store.Write) error
	rows   func(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error]
}

func (f flawed) Commit(ctx context.Context, partition string, writes []store.Write) error {
	if f.commit == nil {
		return f.Store.Commit(ctx, partition, writes)
	}
	return f.commit(ctx, partition, writes)
}

func (f flawed) Rows(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
	if f.rows == nil {
		return f.Store.Rows(ctx, partition, from, to)
	}
	return f.rows(ctx, partition, from, to)
}

func flaws() map[string]flaw {
	return map[string]flaw{
		"no condition": {"a version holds only for its state", eachWrite(func(w *store.Write) { w.If = store.Any })},
		"data cut":     {"data of every size comes back", eachWrite(func(w *store.Write) { w.Data = w.Data[:min(len(w.Data), 64<<10)] })},
		"keys folded":  {"rows come in byte order of keys", eachWrite(func(w *store.Write) { w.Key = strings.ToLower(w.Key) })},
		"no deletes":   {"deletes keep to their condition", eachWrite(func(w *store.Write) { w.Delete, w.Data = false, nil })},
		"one by one":   {"a conflict leaves nothing", oneByOne},
		"same version": {"versions never repeat", eachRow(func(r *store.Row) { r.Version = "1" })},
		"range closed": {"ranges are half open", rangeClosed},
		"first page":   {"a thousand rows are scanned", firstPage},
		"separator":    {"partitions are isolated", separator},
		"lock in scan": {"commits during an iteration do not deadlock", lockWhileScanning},
		"deaf":         {"a finished context writes nothing", deaf},
		"unlimited":    {"limits are reached and not passed", unlimited},
		"lost updates": {"writers under a version lose no update", loseUpdates},
	}
}

func eachWrite(change func(*store.Write)) func(store.Store) store.Store {
	return func(s store.Store) store.Store {
		return flawed{Store: s, commit: func(ctx context.Context, partition string, writes []store.Write) error {
			writes = slices.Clone(writes)
			for i := range writes {
				change(&writes[i])
			}
			return s.Commit(ctx, partition, writes)
		}}
	}
}

func eachRow(change func(*store.Row)) func(store.Store) store.Store {
	return func(s store.Store) store.Store {
		return flawed{Store: s, rows: func(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
			return func(yield func(store.Row, error) bool) {
				for row, err := range s.Rows(ctx, partition, from, to) {
					change(&row)
					if !yield(row, err) {
						return
					}
				}
			}
		}}
	}
}

func oneByOne(s store.Store) store.Store {
	return flawed{Store: s, commit: func(ctx context.Context, partition string, writes []store.Write) error {
		if err := store.Check(partition, writes); err != nil {
			return err
		}
		for _, w := range writes {
			if err := s.Commit(ctx, partition, []store.Write{w}); err != nil {
				return err
			}
		}
		return s.Commit(ctx, partition, nil)
	}}
}

func rangeClosed(s store.Store) store.Store {
	return flawed{Store: s, rows: func(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
		if to != "" {
			to += "\x00"
		}
		return s.Rows(ctx, partition, from, to)
	}}
}

func firstPage(s store.Store) store.Store {
	return flawed{Store: s, rows: func(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
		return func(yield func(store.Row, error) bool) {
			count := 0
			for row, err := range s.Rows(ctx, partition, from, to) {
				if count++; count > 1000 || !yield(row, err) {
					return
				}
			}
		}
	}}
}

// separator keeps all partitions in one and tells them apart by a slash.
func separator(s store.Store) store.Store {
	return flawed{
		Store: s,
		commit: func(ctx context.Context, partition string, writes []store.Write) error {
			if err := store.Check(partition, writes); err != nil {
				return err
			}
			writes = slices.Clone(writes)
			for i := range writes {
				writes[i].Key = partition + "/" + writes[i].Key
			}
			return s.Commit(ctx, "one", writes)
		},
		rows: func(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
			end := partition + "0"
			if to != "" {
				end = partition + "/" + to
			}
			return func(yield func(store.Row, error) bool) {
				for row, err := range s.Rows(ctx, "one", partition+"/"+from, end) {
					row.Key = strings.TrimPrefix(row.Key, partition+"/")
					if !yield(row, err) {
						return
					}
				}
			}
		},
	}
}

func lockWhileScanning(s store.Store) store.Store {
	var mu sync.Mutex
	return flawed{
		Store: s,
		commit: func(ctx context.Context, partition string, writes []store.Write) error {
			if !mu.TryLock() { // stands for waiting without end
				return errors.New("a deadlock")
			}
			defer mu.Unlock()
			return s.Commit(ctx, partition, writes)
		},
		rows: func(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
			return func(yield func(store.Row, error) bool) {
				mu.Lock()
				defer mu.Unlock()
				s.Rows(ctx, partition, from, to)(yield)
			}
		},
	}
}

func deaf(s store.Store) store.Store {
	return flawed{Store: s, commit: func(ctx context.Context, partition string, writes []store.Write) error {
		return s.Commit(context.WithoutCancel(ctx), partition, writes)
	}}
}

func unlimited(s store.Store) store.Store {
	return flawed{Store: s, commit: func(ctx context.Context, partition string, writes []store.Write) error {
		if len(writes) > store.MaxWrites {
			if err := s.Commit(ctx, partition, writes[:store.MaxWrites]); err != nil {
				return err
			}
			writes = writes[store.MaxWrites:]
		}
		return s.Commit(ctx, partition, writes)
	}}
}

// loseUpdates checks versions by itself, outside the transaction.
func loseUpdates(s store.Store) store.Store {
	return flawed{Store: s, commit: func(ctx context.Context, partition string, writes []store.Write) error {
		writes = slices.Clone(writes)
		for i, w := range writes {
			if w.If == store.Absent || w.If == store.Any || w.Key == "" || len(w.Key) > store.MaxKey {
				continue
			}
			for row, err := range s.Rows(ctx, partition, w.Key, w.Key+"\x00") {
				if err != nil {
					return err
				}
				if row.Version == w.If {
					writes[i].If = store.Any
					time.Sleep(time.Millisecond) // widens the gap between the check and the commit, lest the flaw go unseen
				}
			}
		}
		return s.Commit(ctx, partition, writes)
	}}
}
