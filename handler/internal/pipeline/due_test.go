package pipeline

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// A memory that fits one commit is written with every sweep, a larger one as seldom as it is large, and none later than
// after ten minutes or when a start would have too much to judge again.
func TestDue(t *testing.T) {
	now := fixedClock()
	for _, c := range []struct {
		size, unsaved int
		age           time.Duration
		want          bool
	}{
		{store.MaxCommit - 1, 1, time.Second, true},
		{3 * store.MaxCommit, 1, 2 * time.Minute, false},
		{3 * store.MaxCommit, 1, 3 * time.Minute, true},
		{50 * store.MaxCommit, 1, 9 * time.Minute, false},
		{50 * store.MaxCommit, 1, 10 * time.Minute, true},
		{50 * store.MaxCommit, usualPace.again, time.Second, true},
		{50 * store.MaxCommit, 1, -time.Second, true},
	} {
		p := &Pipeline{pace: usualPace}
		p.restart()
		p.saved, p.unsaved = checkpoint{Saved: now.Add(-c.age), version: "1"}, c.unsaved
		p.shelves["v001"] = shelfRows{size: c.size}
		if p.due(now) {
			t.Errorf("%+v: there is nothing to write", c)
		}
		p.inboxes["one"] = &inbox{loaded: 1}
		if got := p.due(now); got != c.want {
			t.Errorf("%+v: due %t", c, got)
		}
	}
}

// large is the pace of a memory that is large.
var large = pace{commit: 1, longest: usualPace.longest, again: usualPace.again}

// storyOf is one line of a story as an event.
func storyOf(t *testing.T, sequence int, line string) invoke.Event {
	t.Helper()
	story, err := scenario.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return invoke.Event{Body: scenario.Body(story.Records), Sequence: int64(sequence), HasSequence: true}
}

// Processes that never live to see a second sweep get on all the same: now and then one of them writes the memory down.
func TestShortLivesGetOn(t *testing.T) {
	s, now := openBolt(t), scenario.Day1.AddDate(0, 0, 1)
	var saved []time.Time
	for i := range 30 {
		now = now.Add(time.Minute)
		p := openPipeline(t, s, Options{Clock: func() time.Time { return now }, Shared: true, Holder: fmt.Sprint(i / 4)})
		p.pace = large
		if _, err := p.Batch(t.Context(), batchOf("0", storyOf(t, i, fmt.Sprintf("day 1 10:%02d alice portal office kv-pay get a", i)))); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if at := p.saved.Saved; p.judging && !slices.ContainsFunc(saved, at.Equal) {
			saved = append(saved, at)
		}
	}
	if len(saved) != 3 {
		t.Errorf("written at %v, want each ten minutes", saved)
	}
}

// Whoever takes over starts from an older memory and waits again for partitions that are quiet. It shows no alert as it
// was then, and gives no lesson a place before what was raised without it.
func TestATakeOverGoesNotBack(t *testing.T) {
	s, now := openBolt(t), scenario.Day1.AddDate(0, 0, 1)
	clock := func() time.Time { return now }
	var settled time.Time
	first := openPipeline(t, s, Options{Clock: clock, Shared: true, Holder: "first"})
	first.pace = large
	send := func(part, line string) {
		t.Helper()
		if _, err := first.Batch(t.Context(), batchOf(part, storyOf(t, int(now.Unix()), line))); err != nil {
			t.Fatal(err)
		}
		if _, err := first.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(2 * time.Minute)
	}
	send("1", "day 1 09:00 bob portal office kv-pay get a")
	send("0", "day 1 10:00 alice cli tor kv-pay get a")
	send("0", "day 1 10:05 alice cli tor kv-pay get b")
	send("0", "day 1 10:30 bob portal office kv-pay get a")
	before := stored(t, first)
	if len(before) != 1 || before[0].Early || first.engine.Settled.Time().Equal(first.saved.Saved) {
		t.Fatalf("before: %+v", before)
	}
	now = now.Add(leaseTime)
	second := openPipeline(t, s, Options{Clock: clock, Shared: true, Holder: "second", Lessons: func(_ context.Context, at time.Time) ([]detection.Lesson, error) {
		settled = at
		return nil, nil
	}})
	if report, err := second.Sweep(t.Context()); err != nil || !report.Judged {
		t.Fatalf("judged %t, %v", report.Judged, err)
	}
	if diff := cmp.Diff(before, stored(t, second)); diff != "" {
		t.Errorf("the alerts went back: %s", diff)
	}
	if want := before[0].End; settled.Before(want) {
		t.Errorf("a lesson would stand at %s, an alert reaches to %s", settled, want)
	}
}

// An end that is foreseen leaves nothing to judge again; one on the way of another judge writes nothing and is no error.
func TestSave(t *testing.T) {
	s, now := openBolt(t), scenario.Day1.AddDate(0, 0, 1)
	open := func(holder string) *Pipeline {
		p := openPipeline(t, s, Options{Clock: func() time.Time { return now }, Shared: true, Holder: holder})
		p.pace = large
		return p
	}
	first, second := open("first"), open("second")
	for i := range 3 {
		if _, err := first.Batch(t.Context(), batchOf("0", storyOf(t, i, fmt.Sprintf("day 1 10:%02d alice portal office kv-pay get a", 10*i)))); err != nil {
			t.Fatal(err)
		}
		if _, err := first.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !first.moved() {
		t.Fatal("the memory is written down already")
	}
	if err := first.Save(t.Context()); err != nil || first.moved() {
		t.Errorf("moved %t after %v", first.moved(), err)
	}
	first.engine.Queue.Duplicates++ // something that was not written
	now = now.Add(2 * leaseTime)
	if report, err := second.Sweep(t.Context()); err != nil || !report.Judged {
		t.Fatalf("judged %t, %v", report.Judged, err)
	}
	if err := first.Save(t.Context()); err != nil || !first.moved() {
		t.Errorf("overtaken, it wrote: moved %t, %v", first.moved(), err)
	}
}
