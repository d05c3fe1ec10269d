package sweep_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/webhook"
)

// bait is what raises an alert with one record.
func bait() *detection.Settings {
	return &detection.Settings{Canaries: map[detection.Canary]bool{{Vault: "kv-0", Object: "bait"}: true}}
}

// touches are records of one caller, four minutes apart: is each of bait, and how long did they wait to be delivered?
type touches struct {
	age  time.Duration
	bait []bool
}

// Ages at delivery: what is older than pipeline.Lateness is judged at once, the rest is looked at early.
const (
	judgedAtOnce = 15 * time.Minute
	lookedAt     = 2 * time.Minute
)

// What an alert costs is what the same records cost more when they touch bait.
func TestCostOfAnAlert(t *testing.T) {
	var table strings.Builder
	table.WriteString("| Channels | a sweep, while none come | an alert, raised and told | each time it grows | an alert told early, then confirmed |\n|---|---|---|---|---|\n")
	for _, channels := range []int{0, 1, 2} {
		box := newInbox(t)
		m := newMeter(t, load{vaults: 20, partitions: 4, batches: 1}, hooks(t, box, channels)...)
		for range 7 { // until every partition is known
			m.batches()
			m.tick()
		}
		for range 3 { // until the caller is usual, and all of that is judged and forgotten
			m.day(touches{judgedAtOnce, []bool{false}})
		}
		one := m.day(touches{judgedAtOnce, []bool{false}})
		two := m.day(touches{judgedAtOnce, []bool{false, false}})
		raised := m.day(touches{judgedAtOnce, []bool{true}})
		grown := m.day(touches{judgedAtOnce, []bool{true, true}})
		waiting := m.day(touches{lookedAt, []bool{false}})
		early := m.day(touches{lookedAt, []bool{true}})
		idle := m.tick()
		if got, want := len(box.told()), 3*channels; got != want {
			t.Errorf("%d channels were told %d times of three alerts: %q", channels, got, box.told())
		}
		fmt.Fprintf(&table, "| %d | %d | %d | %d | %d |\n", channels, idle, raised-one, (grown-raised)-(two-one), early-waiting)
	}
	holdPage(t, " alerts", table.String())
}

// hooks are so many channels into one inbox.
func hooks(t *testing.T, box *inbox, n int) (routes []notify.Route) {
	t.Helper()
	for i := range n {
		hook, err := webhook.New(webhook.Config{Name: fmt.Sprintf("webhook%d", i), URL: box.URL})
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, notify.Route{Channel: hook})
	}
	return routes
}

// day delivers two records, sweeps until they are judged, and counts the transactions. The next begins a day later, so
// that no incident goes on, and each has the same work in it that is done hourly.
func (m *meter) day(w touches) (sum int64) {
	m.t.Helper()
	began := m.now
	for _, isBait := range w.bait {
		sum += m.touch(isBait, w.age)
		for range 4 {
			sum += m.tick()
		}
	}
	for range 20 {
		sum += m.tick()
	}
	m.now = began.Add(24 * time.Hour)
	return sum
}

// touch delivers one record.
func (m *meter) touch(isBait bool, age time.Duration) int64 {
	m.t.Helper()
	before := m.transactions()
	m.sequence++
	m.next++
	r := m.template[0]
	r.Vault, r.Object.Name = scenario.VaultID("kv-0"), "s1"
	if isBait {
		r.Object.Name = "bait"
	}
	r.Time, r.Digest = m.now.Add(-age), uint64(1<<40+m.sequence)
	b := invoke.Batch{Function: "AuditBatch", Namespace: "ns", Hub: "hub", ConsumerGroup: "cg", Partition: "0",
		Events: []invoke.Event{{Body: scenario.Body([]audit.Record{r}), Sequence: m.sequence, HasSequence: true, Enqueued: m.now}}}
	if _, err := m.pipeline.Batch(context.Background(), b); err != nil {
		m.t.Fatal(err)
	}
	return m.transactions() - before
}
