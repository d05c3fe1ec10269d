package sweep_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/webhook"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/sweep"
)

// inbox is where a webhook delivers to.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	down   bool
	bodies []webhook.Body
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var b webhook.Body
		if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
			t.Errorf("webhook body: %v", err)
		}
		in.bodies = append(in.bodies, b)
	}))
	t.Cleanup(in.Close)
	return in
}

// told lists what came, in words: kind and severity of each message.
func (in *inbox) told() (lines []string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, b := range in.bodies {
		lines = append(lines, string(b.Kind)+" "+b.Incidents[0].Severity.String())
	}
	return lines
}

// process is one process of the detector: its parts wired as package main wires them, on a store and a clock of the
// test's.
type process struct {
	t        *testing.T
	pipeline *pipeline.Pipeline
	sweep    *sweep.Sweep
	sequence int64
}

type wiring struct {
	store  store.Store
	clock  func() time.Time
	inbox  *inbox
	feed   string // address of a list; empty for none
	shared bool
	name   string
	// drop: what is raised does not reach the outbox.
	drop bool
}

func start(t *testing.T, w wiring) *process {
	t.Helper()
	hook, err := webhook.New(webhook.Config{URL: w.inbox.URL})
	if err != nil {
		t.Fatal(err)
	}
	outbox, err := notify.NewOutbox(notify.Config{Store: w.store, Owner: "test " + w.name, Routes: []notify.Route{{Channel: hook}}})
	if err != nil {
		t.Fatal(err)
	}
	parts := sweep.Parts{Store: w.store, Outbox: outbox, Queue: sweep.NewQueue(outbox, w.clock), Clock: w.clock, Version: "test", Instance: w.name}
	judge := detection.Config{Catalogue: catalogue.All()}
	if w.feed != "" {
		parts.Lists, err = sweep.NewLists(sweep.ListsConfig{Store: w.store, Version: "test", Use: func(b *intel.Book) { judge.Addresses = b.Addresses() }, Clock: w.clock,
			Feeds: []intel.Feed{{Name: "exits", URL: w.feed, Kind: intel.Tor}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	options := pipeline.Options{Store: w.store, Shared: w.shared, Holder: "test " + w.name, Clock: w.clock, Engine: judge, OnAlerts: parts.Queue.Put}
	if w.drop {
		options.OnAlerts = nil
	}
	if parts.Pipeline, err = pipeline.Open(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, pipeline: parts.Pipeline}
	if p.sweep, err = sweep.New(parts); err != nil {
		t.Fatal(err)
	}
	return p
}

// take delivers the records of a story as one batch.
func (p *process) take(story string) {
	p.t.Helper()
	parsed, err := scenario.Parse(story)
	if err != nil {
		p.t.Fatal(err)
	}
	p.post(scenario.Body(parsed.Records))
}

func (p *process) post(body []byte) {
	p.t.Helper()
	p.sequence++
	b := invoke.Batch{Function: "AuditBatch", Namespace: "ns", Hub: "hub", ConsumerGroup: "cg", Partition: "0",
		Events: []invoke.Event{{Body: body, Sequence: p.sequence, HasSequence: true}}}
	if _, err := p.pipeline.Batch(p.t.Context(), b); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) run() sweep.Health {
	p.t.Helper()
	h, err := p.sweep.Run(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return h
}

// everyday is nine days of everyday work, theft what follows in the night of the tenth.
const everyday = "every workday 10:00 for 9 days: alice portal office kv-pay get db-password, api-key\nevery workday 11:00 for 9 days: bob portal office kv-pay get db-password\n"

const theft = everyday + `
day 10 03:05 alice cli outside kv-pay list secrets
day 10 03:06 alice cli outside kv-pay get s01..s40`

// thief is when the theft is over, by the log.
func thief() time.Time { return scenario.Day1.AddDate(0, 0, 9).Add(3*time.Hour + 10*time.Minute) }

// From the batch to the message: what a batch brings is told by the next sweep, once, and the health document tells all.
func TestRun(t *testing.T) {
	t.Run("file", func(t *testing.T) { testRun(t, openBolt(t), false) })
	t.Run("tables", func(t *testing.T) { testRun(t, openTables(t), true) })
}

func testRun(t *testing.T, s store.Store, shared bool) {
	box, now := newInbox(t), thief()
	p := start(t, wiring{store: s, shared: shared, clock: func() time.Time { return now }, inbox: box, name: "one"})
	p.take(theft)
	p.post([]byte("{"))
	for range 14 {
		now = now.Add(3 * time.Minute)
		p.run()
	}
	if got := box.told(); len(got) == 0 || strings.HasPrefix(got[0], "digest") {
		t.Fatalf("told %q", got)
	}
	counts := map[string]int{}
	for _, b := range box.bodies {
		for _, in := range b.Incidents {
			for _, a := range in.Alerts {
				counts[a.ID]++
			}
		}
	}
	alerts, err := p.pipeline.Alerts(t.Context(), time.Time{}, time.Time{})
	if err != nil || len(alerts) == 0 {
		t.Fatalf("%d alerts, error %v", len(alerts), err)
	}
	for _, a := range alerts {
		if a.Severity >= detection.Medium && counts[a.ID] != 1 {
			t.Errorf("%s was told %d times", a.Type, counts[a.ID])
		}
	}
	h := p.run()
	kept, ok, err := sweep.ReadHealth(t.Context(), s)
	if diff := cmp.Diff(h, kept); diff != "" || !ok || err != nil {
		t.Errorf("the document in the store, error %v (-returned +kept):\n%s", err, diff)
	}
	if !h.Judged || h.Waiting != 0 || h.Totals.Malformed != 1 || len(h.Streams) != 1 || len(h.Steps) != 6 || h.Version != "test" || len(h.Concerns) > 0 {
		t.Errorf("health %+v", h)
	}
}

// What a person should look at is said in sentences, also when nothing else works.
func TestConcerns(t *testing.T) {
	box, from, now := newInbox(t), newPublisher(t), thief()
	s := openBolt(t)
	p := start(t, wiring{store: s, clock: func() time.Time { return now }, inbox: box, feed: from.URL, name: "one"})
	p.run()
	box.down, from.answer = true, says(500, "")
	p.take(theft)
	p.post([]byte("{"))
	now = now.Add(8 * time.Hour)
	all := strings.Join(p.run().Concerns, "\n")
	for _, words := range []string{"address list exits is 8 hours old: fetch list exits", "Channel webhook does not take", "1 records that came since the last sweep could not be read"} {
		if !strings.Contains(all, words) {
			t.Errorf("no concern says %q:\n%s", words, all)
		}
	}
	if n := p.run().Numbers(); n["concerns"] == 0 || n["newMalformed"] != 0 || n["untold"] == 0 || n["judged"] != 1 {
		t.Errorf("numbers %v", n)
	}
}

// When the whole log falls silent, no vault's silence stands out; the sweep says so, and stops when something comes.
func TestSilenceOfTheWholeLog(t *testing.T) {
	now := thief()
	p := start(t, wiring{store: openBolt(t), clock: func() time.Time { return now }, inbox: newInbox(t), name: "one"})
	silent := func() bool {
		return strings.Contains(strings.Join(p.run().Concerns, "\n"), "Nothing has come from the hub for")
	}
	if silent() {
		t.Error("a detector that nothing ever came to speaks of silence")
	}
	p.take(everyday)
	now = now.Add(20 * time.Hour)
	if silent() {
		t.Error("20 hours are no silence yet")
	}
	now = now.Add(6 * time.Hour)
	if !silent() {
		t.Error("26 hours of silence raise no concern")
	}
	p.take("day 11 05:00 alice portal office kv-pay get db-password")
	if silent() {
		t.Error("it speaks of silence although something came")
	}
}

// A message that an incident has become more severe goes out once, whether its own alert grew or another one joined it.
func TestEscalationIsToldOnce(t *testing.T) {
	for _, c := range []struct {
		name, more string
		alerts     int
	}{
		{"the alert grew", "day 10 03:30 alice cli outside kv-pay delete s01..s05", 1},
		{"another joined", "day 10 03:30 bob portal office kv-pay delete s01..s05", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			box, now := newInbox(t), thief()
			p := start(t, wiring{store: openBolt(t), clock: func() time.Time { return now }, inbox: box, name: "one"})
			p.take(theft)
			for minute := range 80 {
				now = thief().Add(time.Duration(minute) * time.Minute)
				if minute == 30 {
					p.take(c.more)
				}
				p.run()
			}
			if diff := cmp.Diff([]string{"incident Medium", "escalation High"}, box.told()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if alerts, err := p.pipeline.Alerts(t.Context(), time.Time{}, time.Time{}); err != nil || len(alerts) != c.alerts {
				t.Errorf("the story has %d alerts, error %v; want %d, or it tests something else", len(alerts), err, c.alerts)
			}
		})
	}
}

// An alert that was raised, but never reached the outbox, is found by the next sweep.
func TestLostPut(t *testing.T) {
	box, now := newInbox(t), thief()
	w := wiring{store: openBolt(t), clock: func() time.Time { return now }, inbox: box, name: "one", drop: true}
	p := start(t, w)
	p.take(theft)
	now = now.Add(3 * time.Hour)
	if _, err := p.pipeline.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.run(); len(box.told()) == 0 {
		t.Error("the alert that never reached the outbox was not told")
	}
}

// Two sweeps at once, in one process and in two, do no harm: each message goes out once.
func TestTwoAtOnce(t *testing.T) {
	box, now := newInbox(t), thief()
	w := wiring{store: openBolt(t), clock: func() time.Time { return now }, inbox: box, shared: true}
	var all []*process
	for _, name := range []string{"one", "two", "three"} {
		w.name = name
		all = append(all, start(t, w))
	}
	all[0].take(theft)
	for range 40 {
		now = now.Add(time.Minute)
		var wait sync.WaitGroup
		for _, p := range slices.Concat(all, all) {
			wait.Go(func() { p.run() })
		}
		wait.Wait()
	}
	seen := map[string]int{}
	for _, b := range box.bodies {
		seen[b.ID]++
	}
	if len(seen) == 0 {
		t.Fatal("nothing was told")
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("message %s came %d times", id, n)
		}
	}
}

// A step that fails, or panics, leaves the others alone, and the document says which it was.
func TestStepsAreIndependent(t *testing.T) {
	box, now := newInbox(t), thief()
	s := openBolt(t)
	broken := &failing{Store: s}
	p := start(t, wiring{store: broken, clock: func() time.Time { return now }, inbox: box, feed: "http://127.0.0.1:1/", name: "one", drop: true})
	broken.fails, broken.panics = "lists", "alerts"
	h, err := p.sweep.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "refresh the address lists: ") || !strings.Contains(err.Error(), "queue alerts: panic: alerts") {
		t.Errorf("error %v, want both failed steps", err)
	}
	kept, ok, err := sweep.ReadHealth(t.Context(), s)
	if err != nil || !ok {
		t.Fatalf("no document: %v", err)
	}
	var failed []string
	for _, step := range kept.Steps {
		if step.Error != "" {
			failed = append(failed, step.Name)
		}
	}
	if diff := cmp.Diff([]string{"refresh the address lists", "queue alerts"}, failed); diff != "" || !h.Judged {
		t.Errorf("failed steps (-want +got):\n%s", diff)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if h, err = p.sweep.Run(over); err == nil || len(h.Steps) != 6 {
		t.Errorf("with no time left: %d steps, error %v", len(h.Steps), err)
	}
}
