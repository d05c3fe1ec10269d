package pipeline

import (
	"context"
	"errors"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
)

// judges are two processes on one store, of which the first judges and has something to raise and to save.
func judges(t *testing.T, s, second store.Store) (first, other *Pipeline) {
	t.Helper()
	first = openPipeline(t, s, Options{Clock: fixedClock, Shared: true, Holder: "first"})
	other = openPipeline(t, second, Options{Clock: fixedClock, Shared: true, Holder: "other"})
	if report, err := first.Sweep(t.Context()); err != nil || !report.Judged {
		t.Fatalf("the first one does not judge: %v", err)
	}
	return first, other
}

// overtaken wants to know what a judge that noticed nothing can still write.
func overtakenWrites(t *testing.T, p *Pipeline) (alerts, memory error) {
	t.Helper()
	story, err := scenario.Parse("day 1 10:00 mallory cli tor kv-pay list secrets")
	if err != nil {
		t.Fatal(err)
	}
	p.engine.Queue.Add(story.Records)
	found := p.engine.Settle(fixedClock())
	if len(found) == 0 {
		t.Fatal("there is nothing to raise")
	}
	_, alerts = p.raise(context.Background(), found)
	return alerts, p.save(context.Background())
}

// Behind a fence whoever was overtaken writes neither alerts nor memory. Without one both succeed.
func TestFenceShutsOut(t *testing.T) {
	s := openBolt(t)
	first, _ := judges(t, s, s)
	if alerts, memory := overtakenWrites(t, first); alerts != nil || memory != nil {
		t.Fatalf("nobody took over, and yet: %v, %v", alerts, memory)
	}
	s = openBolt(t)
	first, other := judges(t, s, s)
	if err := other.fence(t.Context()); err != nil {
		t.Fatal(err)
	}
	alerts, memory := overtakenWrites(t, first)
	if !errors.Is(alerts, store.ErrConflict) {
		t.Errorf("writing alerts ended with %v", alerts)
	}
	if !errors.Is(memory, store.ErrConflict) {
		t.Errorf("writing the memory ended with %v", memory)
	}
	if list, err := first.Alerts(t.Context(), scenario.Day1, fixedClock()); err != nil || len(list) > 0 {
		t.Errorf("%d alerts stand in the store (%v)", len(list), err)
	}
}

// A fence that was put up by half keeps others from the alerts, and not yet from the memory. The other way round, one that
// hung between the two posts would write older alerts while the one that overtook it saves a memory that is ahead of them.
func TestHalfAFenceStandsAtTheAlerts(t *testing.T) {
	s := openBolt(t)
	// The calls of a fence: the mark, the root, its new version.
	first, other := judges(t, s, storetest.Faulty(s, storetest.Faults{Plan: storetest.Script(storetest.None, storetest.FailBefore)}))
	if err := other.fence(t.Context()); !errors.Is(err, storetest.ErrInjected) {
		t.Fatalf("the fence was not interrupted: %v", err)
	}
	alerts, memory := overtakenWrites(t, first)
	if !errors.Is(alerts, store.ErrConflict) || memory != nil {
		t.Errorf("writing alerts ended with %v, writing the memory with %v", alerts, memory)
	}
}
