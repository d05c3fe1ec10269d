package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
)

// A faulty store without faults is a store.
func TestFaultlessConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return storetest.Faulty(open(t), storetest.Faults{Plan: storetest.Script()})
	})
}

// Each fault of a commit: what is reported, and whether the row is there.
func TestCommitFaults(t *testing.T) {
	for _, c := range []struct {
		fault   storetest.Fault
		err     error
		written bool
	}{
		{storetest.None, nil, true},
		{storetest.FailBefore, storetest.ErrInjected, false},
		{storetest.FailAfter, storetest.ErrInjected, true},
		{storetest.Conflict, store.ErrConflict, false},
		{storetest.Slow, nil, true},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			calm := open(t)
			defer calm.Close()
			paused := 0
			s := storetest.Faulty(calm, storetest.Faults{
				Plan:  storetest.Script(c.fault),
				Pause: func(context.Context) { paused++ },
			})
			err := s.Commit(context.Background(), "p", []store.Write{{Key: "k", If: store.Absent}})
			if !errors.Is(err, c.err) {
				t.Errorf("reported %v, want %v", err, c.err)
			}
			if rows, _ := count(s, "p"); (rows == 1) != c.written {
				t.Errorf("%d rows, written should be %v", rows, c.written)
			}
			if (paused == 1) != (c.fault == storetest.Slow) {
				t.Errorf("paused %d times", paused)
			}
		})
	}
}

// Each fault of a read: how many rows come before the error.
func TestReadFaults(t *testing.T) {
	calm := open(t)
	defer calm.Close()
	for i := range 3 {
		if err := calm.Commit(context.Background(), "p", []store.Write{{Key: fmt.Sprint(i), If: store.Absent}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		fault storetest.Fault
		rows  int
		err   error
	}{
		{storetest.None, 3, nil},
		{storetest.FailBefore, 0, storetest.ErrInjected},
		{storetest.FailAfter, 1, storetest.ErrInjected},
		{storetest.Conflict, 3, nil},
		{storetest.Slow, 3, nil},
	} {
		s := storetest.Faulty(calm, storetest.Faults{Plan: storetest.Script(c.fault)})
		rows, err := count(s, "p")
		if rows != c.rows || !errors.Is(err, c.err) {
			t.Errorf("%v: %d rows and error %v, want %d and %v", c.fault, rows, err, c.rows, c.err)
		}
		if rows, err := count(s, "p"); rows != 3 || err != nil {
			t.Errorf("after %v: %d rows and error %v, want all", c.fault, rows, err)
		}
	}
}

// The ledger holds under any schedule, and the schedules do hurt.
func TestLedgerUnderFaults(t *testing.T) {
	hurt := map[storetest.Fault]int{}
	for seed := range uint64(20) {
		plan := storetest.Seeded(seed, 60)
		for number := range 20 {
			hurt[plan(storetest.Call{Number: number})]++
		}
		calm := open(t)
		storetest.Ledger(t, storetest.Faulty(calm, storetest.Faults{Plan: plan}), calm, storetest.Load{Writers: 3, Entries: 4})
		if err := calm.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for fault := storetest.None; fault <= storetest.Slow; fault++ {
		if hurt[fault] == 0 {
			t.Errorf("no schedule holds %q: %v", fault, hurt)
		}
	}
}

func open(t *testing.T) store.Store {
	t.Helper()
	s, err := boltfile.Open(filepath.Join(t.TempDir(), "memory.db"), boltfile.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func count(s store.Store, partition string) (rows int, err error) {
	for _, err := range s.Rows(context.Background(), partition, "", "") {
		if err != nil {
			return rows, err
		}
		rows++
	}
	return rows, nil
}
