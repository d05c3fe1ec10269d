package pipeline

import (
	"runtime"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// What a reader remembers outlives collections between batches, but not the bodies that it read, and no flood's room.
func TestReadersRemember(t *testing.T) {
	var all readers
	first, second := all.lend(), all.lend()
	if first == second {
		t.Fatal("one reader was lent twice")
	}
	first.events = append(first.events, parsed{event: invoke.Event{Body: []byte("{}")}})
	first.records = make([]audit.Record, 0, maxRoom+1)
	all.back(second)
	all.back(first)
	runtime.GC()
	runtime.GC()
	runtime.GC()
	if got := all.lend(); got != first {
		t.Error("the last one back is not the first to go")
	}
	if first.events[0].event.Body != nil || first.records != nil {
		t.Error("a body or the room of a flood is kept")
	}
	if got := all.lend(); got != second {
		t.Error("a reader was forgotten")
	}
	for range maxIdle + 3 {
		all.back(new(reader))
	}
	if len(all.idle) != maxIdle {
		t.Errorf("%d readers wait", len(all.idle))
	}
}
