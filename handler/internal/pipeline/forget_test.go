package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// What is old goes, slice by slice; what happened long ago but was raised lately stays, and so does what is not old.
func TestForget(t *testing.T) {
	now := scenario.Day1.AddDate(2, 0, 0)
	p := openPipeline(t, openBolt(t), Options{Clock: func() time.Time { return now }})
	keep := func(id string, happened, seen time.Time) {
		a := detection.Alert{ID: id, Time: happened, Seen: seen}
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.store.Commit(context.Background(), alertRows, []store.Write{{Key: alertKey(a), Data: data}}); err != nil {
			t.Fatal(err)
		}
	}
	long := scenario.Day1
	for i := range maxForget + 3 {
		keep(fmt.Sprintf("old-%d", i), long.Add(time.Duration(i)*time.Second), long)
	}
	keep("replayed", long, now)
	keep("new", now, now)
	poison := func(sequence int64) {
		t.Helper()
		if _, err := p.Batch(context.Background(), batchOf("0", invoke.Event{Body: []byte("{"), Sequence: sequence, HasSequence: true})); err != nil {
			t.Fatal(err)
		}
	}
	poison(1)
	poison(2)
	now = now.AddDate(0, 3, 0)
	poison(3)
	old := Old{Alerts: scenario.Day1.AddDate(1, 0, 0), Letters: now.AddDate(0, -1, 0)}
	want := []Forgotten{{maxForget - 1, 2, false}, {4, 0, false}, {0, 0, false}}
	for _, w := range want {
		got, err := p.Forget(context.Background(), old)
		if err != nil || got != w {
			t.Errorf("forgot %+v, error %v; want %+v", got, err, w)
		}
	}
	letters, err := p.DeadLetters(context.Background())
	if err != nil || len(letters) != 1 || letters[0].Sequence != 3 {
		t.Errorf("dead letters left: %+v, error %v; want the new one", letters, err)
	}
	var left []string
	for _, a := range stored(t, p) {
		left = append(left, a.ID)
	}
	if fmt.Sprint(left) != "[replayed new]" {
		t.Errorf("alerts left: %v", left)
	}
}

// Every event is counted once, whatever comes again, and the counts survive the process.
func TestTotals(t *testing.T) {
	s := openBolt(t)
	p := openPipeline(t, s, Options{Clock: fixedClock})
	story, err := scenario.Parse("day 1 09:00 alice portal office kv-pay get a, b, c")
	if err != nil {
		t.Fatal(err)
	}
	good := invoke.Event{Body: scenario.Body(story.Records), Sequence: 1, HasSequence: true, Enqueued: fixedClock().Add(-time.Minute)}
	bad := invoke.Event{Body: []byte("{"), Sequence: 2, HasSequence: true}
	for range 2 {
		if _, err := p.Batch(context.Background(), batchOf("0", good, bad)); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []*Pipeline{p, openPipeline(t, s, Options{Clock: fixedClock})} {
		got := p.Standing()
		if len(got.Streams) != 1 || got.Streams[0].Totals != (Totals{Events: 2, Records: 3, Malformed: 1}) || got.Streams[0].Lag() != time.Minute {
			t.Errorf("standing %+v", got)
		}
	}
}
