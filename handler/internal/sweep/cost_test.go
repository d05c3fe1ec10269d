package sweep_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
	"github.com/vaultwatch/vaultwatch/handler/internal/sweep"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

var updateCost = flag.Bool("update-cost", false, "write the measured numbers into docs/cost.md")

// The page and the command that makes its numbers; they stand between two marks in it.
const (
	costPage  = "../../../docs/cost.md"
	costBegin = "<!-- measured%s -->\n"
	costEnd   = "<!-- /measured%s -->"
)

// Every batch brings so many records in so many events.
const (
	costRecords = 1000
	costEvents  = 40 // maxEventBatchSize of host.json
)

// load is a load to measure: every minute so many batches come, each by one stream partition, from so many vaults.
type load struct{ vaults, partitions, batches int }

var loads = []load{{20, 4, 1}, {200, 4, 1}, {20, 8, 1}}

// costs are transactions, on average.
type costs struct{ batch, busy, idle float64 }

// The transactions that docs/cost.md speaks of are those that Azurite is asked for. Prices are the page's own.
func TestCost(t *testing.T) {
	var table strings.Builder
	table.WriteString("| Vaults | Partitions | Batches of 1,000 records a minute | Transactions a batch | a sweep, while records come | a sweep, while none come | of state in a month, US$ | Defender, US$ | Share |\n")
	table.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for _, l := range loads {
		c := measure(t, l)
		if c.batch > 4 {
			t.Errorf("%+v: a batch of %d records takes %.1f transactions; it was a handful", l, costRecords, c.batch)
		}
		own, theirs := c.month(l), defender(l)
		if own > theirs/100 {
			t.Errorf("%+v: state for US$ %.2f a month is more than a hundredth of Defender's %.2f", l, own, theirs)
		}
		fmt.Fprintf(&table, "| %d | %d | %d | %.1f | %.1f | %.1f | %.2f | %.2f | 1/%.0f |\n", l.vaults, l.partitions, l.batches, c.batch, c.busy, c.idle, own, theirs, theirs/own)
	}
	holdPage(t, "", table.String())
}

const (
	minutes         = 30 * 24 * 60
	priceOfTables   = 0.00036 / 10_000
	priceOfDefender = 0.02 / 10_000
)

func (c costs) month(l load) float64 {
	return minutes * (float64(l.batches)*c.batch + c.busy) * priceOfTables
}

func defender(l load) float64 { return minutes * float64(l.batches) * costRecords * priceOfDefender }

// holdPage compares one of the page's tables with what was just measured, or writes it.
func holdPage(t *testing.T, name, measured string) {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(costPage))
	if err != nil {
		t.Fatal(err)
	}
	begin, end := fmt.Sprintf(costBegin, name), fmt.Sprintf(costEnd, name)
	before, rest, ok := strings.Cut(string(text), begin)
	old, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("docs/cost.md lacks the marks %q and %q", begin, end)
	}
	if *updateCost {
		if err := os.WriteFile(filepath.FromSlash(costPage), []byte(before+begin+measured+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != measured {
		t.Errorf("docs/cost.md says\n%sand measured is\n%srun: go test ./handler/internal/sweep -run TestCost -args -update-cost", old, measured)
	}
}

// meter is a detector on Azurite with a clock that is turned by hand.
type meter struct {
	t        *testing.T
	load     load
	store    *tables.Store
	pipeline *pipeline.Pipeline
	sweep    *sweep.Sweep
	now      time.Time
	template []audit.Record
	sequence int64
	next     int
}

func newMeter(t *testing.T, l load, routes ...notify.Route) *meter {
	t.Helper()
	m := &meter{t: t, load: l, now: scenario.Day1}
	clock := func() time.Time { return m.now }
	var story strings.Builder
	for i := range 50 {
		fmt.Fprintf(&story, "day 1 09:00 mi-%d sdk azure kv get s\n", i)
	}
	tale, err := scenario.Parse(story.String())
	if err != nil {
		t.Fatal(err)
	}
	m.template = tale.Records
	if m.store, err = tables.Open(t.Context(), "", tables.Options{ConnectionString: azurite.Start(t)}); err != nil {
		t.Fatal(err)
	}
	outbox, err := notify.NewOutbox(notify.Config{Store: m.store, Owner: "one", Routes: routes})
	if err != nil {
		t.Fatal(err)
	}
	queue := sweep.NewQueue(outbox, clock)
	m.pipeline, err = pipeline.Open(t.Context(), pipeline.Options{Store: m.store, Engine: detection.Config{Catalogue: catalogue.All(), Settings: bait()}, Clock: clock,
		Shared: true, Holder: "one", OnAlerts: queue.Put,
		Lessons: func(ctx context.Context, settled time.Time) ([]detection.Lesson, error) {
			return triage.Lessons(ctx, m.store, settled)
		}})
	if err != nil {
		t.Fatal(err)
	}
	m.sweep, err = sweep.New(sweep.Parts{Store: m.store, Pipeline: m.pipeline, Outbox: outbox, Queue: queue, Clock: clock, Version: "test", Instance: "one"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// measure lets a load run until it is steady, then counts.
func measure(t *testing.T, l load) costs {
	t.Helper()
	m := newMeter(t, l)
	for range l.partitions/l.batches + 3 { // until every partition is known and the first records are judged
		m.batches()
		m.tick()
		m.now = m.now.Add(3 * time.Minute)
	}
	const counted = 4
	var batch, busy, idle int64
	for range counted {
		batch += m.batches()
		busy += m.tick()
	}
	for range 3 { // until the last records are judged
		m.now = m.now.Add(10 * time.Minute)
		m.tick()
	}
	for range counted {
		idle += m.tick()
	}
	return costs{float64(batch) / counted / float64(l.batches), float64(busy) / counted, float64(idle) / counted}
}

func (m *meter) transactions() int64 {
	c := m.store.Counts()
	return c.Reads + c.Commits + c.Others
}

// tick sweeps, and counts the transactions; a minute passes.
func (m *meter) tick() int64 {
	m.t.Helper()
	before := m.transactions()
	if _, err := m.sweep.Run(context.Background()); err != nil {
		m.t.Fatal(err)
	}
	m.now = m.now.Add(time.Minute)
	return m.transactions() - before
}

// batches are those of one minute, of records that happened five minutes ago.
func (m *meter) batches() int64 {
	m.t.Helper()
	before := m.transactions()
	for range m.load.batches {
		b := invoke.Batch{Function: "AuditBatch", Namespace: "ns", Hub: "hub", ConsumerGroup: "cg", Partition: strconv.Itoa(m.next % m.load.partitions)}
		m.next++
		for range costEvents {
			m.sequence++
			b.Events = append(b.Events, invoke.Event{Body: m.body(costRecords / costEvents), Sequence: m.sequence, HasSequence: true, Enqueued: m.now})
		}
		report, err := m.pipeline.Batch(context.Background(), b)
		if err != nil || report.Tally.Records != costRecords {
			m.t.Fatalf("%d records kept, want %d; error %v", report.Tally.Records, costRecords, err)
		}
	}
	return m.transactions() - before
}

func (m *meter) body(n int) []byte {
	records := make([]audit.Record, n)
	for i := range records {
		at := int(m.sequence)*n + i
		r := m.template[at%len(m.template)]
		r.Vault, r.Object.Name = scenario.VaultID(fmt.Sprintf("kv-%d", at%m.load.vaults)), fmt.Sprintf("s%d", at%7)
		r.Time, r.Digest = m.now.Add(-5*time.Minute).Add(time.Duration(at%60000)*time.Millisecond), uint64(at)
		records[i] = r
	}
	return scenario.Body(records)
}
