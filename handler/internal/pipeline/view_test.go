package pipeline

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// moving is a clock that tests move on.
type moving struct{ now time.Time }

func (m *moving) read() time.Time { return m.now }

// tellAll puts the fault story into a pipeline, in order, and sweeps until the log counts as gone quiet.
func tellAll(t *testing.T, p *Pipeline, clock *moving) {
	t.Helper()
	for _, e := range newWorld(t, 0).clean {
		if _, err := p.Batch(context.Background(), batchOf("0", e)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := p.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		clock.now = clock.now.Add(2 * patience)
	}
	if _, err := p.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// look is what a viewer sees of the memory, in numbers.
func look(t *testing.T, v *Viewer) string {
	t.Helper()
	text := ""
	if err := v.Look(context.Background(), func(m Memory) {
		text = fmt.Sprintf("%d vaults, %d principals, judged %d", len(m.Estate.Vaults), len(m.Estate.Principals), m.Counts.Judged)
	}); err != nil {
		t.Fatal(err)
	}
	return text
}

// Ensure that a process that does not judge sees what the judge last wrote down, and sees the next thing it writes.
func TestAReaderSeesTheLastCheckpoint(t *testing.T) {
	s, clock := openBolt(t), &moving{fixedClock()}
	judge := openPipeline(t, s, Options{Clock: clock.read, Shared: true, Holder: "judge"})
	reader := openPipeline(t, s, Options{Clock: clock.read, Shared: true, Holder: "reader"}).Viewer()
	if got := look(t, reader); !strings.HasPrefix(got, "0 vaults") {
		t.Errorf("before anything: %s", got)
	}
	tellAll(t, judge, clock)
	swept := clock.now
	same := &moving{fixedClock()}
	alone := openPipeline(t, openBolt(t), Options{Clock: same.read})
	tellAll(t, alone, same)
	if got, want := look(t, reader), look(t, alone.Viewer()); got != want {
		t.Errorf("the reader sees %s, a process that judges by itself %s", got, want)
	}
	_ = reader.Look(context.Background(), func(m Memory) {
		if m.Settled.IsZero() || m.Live || m.Sweeper != "judge" || !m.Swept.Equal(swept) {
			t.Errorf("live %t, swept by %q at %s", m.Live, m.Sweeper, m.Swept)
		}
	})
	streams, err := reader.Streams(context.Background())
	if err != nil || len(streams) != 1 || streams[0].Name != "ns/hub/cg/0" || streams[0].Behind != 0 || streams[0].High.IsZero() {
		t.Errorf("streams %+v, %v", streams, err)
	}
}

// Ensure that an unchanged checkpoint costs one round trip a look.
func TestALookCostsOneRoundTrip(t *testing.T) {
	s := openBolt(t)
	clock := &moving{fixedClock()}
	tellAll(t, openPipeline(t, s, Options{Clock: clock.read, Shared: true, Holder: "judge"}), clock)
	counting := &countingStore{Store: s}
	v := openPipeline(t, counting, Options{Clock: fixedClock, Shared: true, Holder: "reader"}).Viewer()
	look(t, v)
	counting.reads = 0
	look(t, v)
	if counting.reads != 1 {
		t.Errorf("%d reads for a look at what had not changed, want 1", counting.reads)
	}
}

// Ensure that the live memory is looked at where the process judges, without a store as with one.
func TestALookAtTheLiveMemory(t *testing.T) {
	clock := &moving{fixedClock()}
	v := openPipeline(t, nil, Options{Clock: clock.read}).Viewer()
	tellAll(t, v.pipeline, clock)
	if got := look(t, v); !strings.HasPrefix(got, "2 vaults") {
		t.Errorf("without a store: %s", got)
	}
	list, err := v.Alerts(context.Background(), time.Time{}, time.Time{})
	if err != nil || list != nil {
		t.Errorf("alerts without a store: %v, %v", list, err)
	}
	if letters, more, err := v.Letters(context.Background(), 5); len(letters) > 0 || more || err != nil {
		t.Errorf("letters without a store: %v, %t, %v", letters, more, err)
	}
}

// Ensure that the page of the process that judges a shared store shows what it knows, which no checkpoint holds yet, with
// one memory and not two, also while a sweep waits for its store; and that it shows the other's when another judges.
func TestTheJudgesPageIsLive(t *testing.T) {
	s, clock := openBolt(t), &moving{fixedClock()}
	var v *Viewer
	seen, looking := map[string]bool{}, true
	judge := openPipeline(t, hanging{s, func() {
		if !looking && v.pipeline.live != nil {
			looking = true // a look asks the store, too
			seen[look(t, v)] = true
			looking = false
		}
	}}, Options{Clock: clock.read, Shared: true, Holder: "judge"})
	judge.pace = large
	v, looking = judge.Viewer(), false
	tellAll(t, judge, clock)
	looking = true
	if !judge.moved() {
		t.Fatal("the memory is written down already")
	}
	if got := look(t, v); !strings.HasPrefix(got, "2 vaults") || v.copy != nil {
		t.Errorf("the judge's page: %s, and a copy: %t", got, v.copy != nil)
	}
	if len(seen) == 0 {
		t.Error("nobody looked beside a sweep")
	}
	other := openPipeline(t, s, Options{Clock: clock.read, Shared: true, Holder: "other"})
	clock.now = clock.now.Add(2 * leaseTime)
	if _, err := other.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got, want := look(t, v), look(t, other.Viewer()); got != want || v.copy == nil || judge.judging {
		t.Errorf("another judges: %s, and there %s; this one still does: %t", got, want, judge.judging)
	}
}

// Ensure that a dead letter that cannot be read stays, that one which can is judged and taken away, and that names which
// are none touch nothing.
func TestReplay(t *testing.T) {
	ctx, s := context.Background(), openBolt(t)
	p := openPipeline(t, s, Options{Clock: fixedClock})
	v := p.Viewer()
	if _, err := p.Batch(ctx, batchOf("0", invoke.Event{Body: []byte(`{"records":[{"time":"yesterday"}]}`)})); err != nil {
		t.Fatal(err)
	}
	letters, _, err := v.Letters(ctx, 5)
	if err != nil || len(letters) != 1 {
		t.Fatalf("letters %v, %v", letters, err)
	}
	if _, err := v.Replay(ctx, letters[0].Inbox, letters[0].Key); err == nil || !strings.Contains(err.Error(), "still cannot be read") {
		t.Errorf("a letter that is still malformed: %v", err)
	}
	good := letters[0].DeadLetter
	good.Body = scenario.Body([]auditRecord{newStoryRecord(t)})
	good.Size = len(good.Body)
	w := deadLetter{letters[0].Key, good}.write()
	if err := s.Commit(ctx, good.Inbox, []store.Write{w}); err != nil {
		t.Fatal(err)
	}
	report, err := v.Replay(ctx, good.Inbox, letters[0].Key)
	if err != nil || report.Tally.Records != 1 {
		t.Errorf("a letter that can be read: %+v, %v", report, err)
	}
	if letters, _, err := v.Letters(ctx, 5); err != nil || len(letters) != 0 {
		t.Errorf("after the replay: %v, %v", letters, err)
	}
	for _, name := range [][2]string{{"memory", "root"}, {good.Inbox, "head"}, {"alerts", "dead/1"}, {good.Inbox, letters[0].Key}} {
		if _, err := v.Replay(ctx, name[0], name[1]); err == nil || !strings.Contains(err.Error(), "no such dead letter") {
			t.Errorf("replay of %v: %v", name, err)
		}
	}
}

// Ensure that a letter of which only the beginning was kept is not taken for the whole.
func TestACutLetterIsNotReplayed(t *testing.T) {
	ctx, s := context.Background(), openBolt(t)
	p := openPipeline(t, s, Options{Clock: fixedClock})
	long := []byte(`{"records":[{"time":"yesterday","x":"` + strings.Repeat("x", maxDeadBody) + `"}]}`)
	if _, err := p.Batch(ctx, batchOf("0", invoke.Event{Body: long})); err != nil {
		t.Fatal(err)
	}
	letters, _, err := p.Viewer().Letters(ctx, 5)
	if err != nil || len(letters) != 1 {
		t.Fatalf("letters %v, %v", letters, err)
	}
	if _, err := p.Viewer().Replay(ctx, letters[0].Inbox, letters[0].Key); err == nil || !strings.Contains(err.Error(), "only the first") {
		t.Errorf("%v", err)
	}
}

// Ensure that a list of letters says when it is not all.
func TestLettersSayWhenThereAreMore(t *testing.T) {
	ctx, p := context.Background(), openPipeline(t, openBolt(t), Options{})
	for i := range 3 {
		e := invoke.Event{Body: []byte("?"), Sequence: int64(i), HasSequence: true}
		if _, err := p.Batch(ctx, batchOf("0", e)); err != nil {
			t.Fatal(err)
		}
	}
	letters, more, err := p.Viewer().Letters(ctx, 2)
	if err != nil || len(letters) != 2 || !more {
		t.Errorf("%d letters, more %t, %v", len(letters), more, err)
	}
}

func newStoryRecord(t *testing.T) auditRecord {
	t.Helper()
	story, err := scenario.Parse("day 30 10:00 alice portal office kv-pay get db-password")
	if err != nil {
		t.Fatal(err)
	}
	return story.Records[0]
}

// countingStore counts reads.
type countingStore struct {
	store.Store
	reads int
}

func (c *countingStore) Rows(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
	c.reads++
	return c.Store.Rows(ctx, partition, from, to)
}
