package console

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

// metered counts the round trips that reading would take on Table Storage, which answers at most 1,000 rows at a time.
type metered struct {
	store.Store
	trips, rows atomic.Int64
}

const tablePage = 1000

func (m *metered) Rows(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
	return func(yield func(store.Row, error) bool) {
		n := 0
		for row, err := range m.Store.Rows(ctx, partition, from, to) {
			if n%tablePage == 0 {
				m.trips.Add(1)
			}
			n++
			m.rows.Add(1)
			if !yield(row, err) {
				return
			}
		}
		if n == 0 {
			m.trips.Add(1)
		}
	}
}

func (m *metered) Commit(ctx context.Context, partition string, writes []store.Write) error {
	m.trips.Add(1)
	return m.Store.Commit(ctx, partition, writes)
}

// The estate of the promise: an overview of so many vaults and alerts opens in a few round trips.
const (
	manyVaults = 500
	manyAlerts = 10_000
)

// crowd is a console in a process that does not judge, as in Azure, over a large estate with 90 days of alerts.
func crowd(tb testing.TB) (*httptest.Server, *metered) {
	tb.Helper()
	file, err := boltfile.Open(filepath.Join(tb.TempDir(), "crowd.db"), boltfile.Options{NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = file.Close() })
	var text strings.Builder
	for i := range manyVaults {
		fmt.Fprintf(&text, "every day 09:00 for 2 days: mi-web sdk azure kv-%03d get a, b\n", i)
	}
	story, err := scenario.Parse(text.String())
	if err != nil {
		tb.Fatal(err)
	}
	w := &world{store: file, now: story.Records[len(story.Records)-1].Time.Add(time.Hour)}
	o := pipeline.Options{Store: file, Clock: func() time.Time { return w.now }, Engine: detection.Config{Catalogue: catalogue.All(), Addresses: storyLists{}}}
	if w.pipeline, err = pipeline.Open(tb.Context(), o); err != nil {
		tb.Fatal(err)
	}
	w.deliver(tb, scenario.Body(story.Records))
	if _, err := w.pipeline.Finish(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	raiseMany(tb, file, w.now)
	m := &metered{Store: file}
	o.Store, o.Shared, o.Holder = m, true, "a reader"
	reader, err := pipeline.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	handler, err := New(Options{Viewer: reader.Viewer(), Store: m, Catalogue: catalogue.All(), Clock: o.Clock})
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	m.trips.Store(0)
	m.rows.Store(0)
	return server, m
}

// raiseMany writes alerts as the pipeline does: rows of the partition "alerts" in order of event time.
func raiseMany(tb testing.TB, s store.Store, end time.Time) {
	tb.Helper()
	var writes []store.Write
	for i := range manyAlerts {
		at := end.Add(-time.Duration(manyAlerts-i) * 90 * 24 * time.Hour / manyAlerts)
		vault := scenario.VaultID(fmt.Sprintf("kv-%03d", i%manyVaults))
		a := detection.Alert{ID: fmt.Sprintf("alert-%05d", i), Type: "KV_UserAnomaly", Title: "Unusual user accessed a key vault", Severity: detection.Medium, Time: at, Start: at, End: at, Seen: at,
			Vault: vault, Vaults: []string{vault}, Caller: scenario.PrincipalID("alice"), CallerName: "alice", IP: "203.0.113.66", Reasons: []string{"never seen here"}, Incident: fmt.Sprintf("alert-%05d", i)}
		for k := range 10 {
			a.Objects = append(a.Objects, detection.Touched{Vault: vault, Name: fmt.Sprintf("secrets/s%02d", k), Operation: "SecretGet", Count: 1, First: at, Last: at})
		}
		data, err := json.Marshal(a)
		if err != nil {
			tb.Fatal(err)
		}
		writes = append(writes, store.Write{Key: at.UTC().Format("20060102T150405.000000000") + "/" + a.ID, Data: data, If: store.Absent})
		if len(writes) == store.MaxWrites || i == manyAlerts-1 {
			if err := s.Commit(tb.Context(), "alerts", writes); err != nil {
				tb.Fatal(err)
			}
			writes = nil
		}
	}
}

func open(tb testing.TB, address string) {
	tb.Helper()
	response, err := http.Get(address)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		tb.Fatalf("%s: %s", address, response.Status)
	}
}

// Ensure that an overview of a large estate costs a few round trips: once a process those of reading all alerts, then a
// handful a page.
func TestAnOverviewCostsFewRoundTrips(t *testing.T) {
	server, m := crowd(t)
	open(t, server.URL+"/api/ui/")
	cold := m.trips.Swap(0)
	t.Logf("the first page of a process: %d round trips, %d rows", cold, m.rows.Swap(0))
	open(t, server.URL+"/api/ui/")
	warm := m.trips.Swap(0)
	t.Logf("every page after it: %d round trips, %d rows", warm, m.rows.Load())
	if most := int64(manyAlerts/tablePage + 10); cold > most {
		t.Errorf("the first overview took %d round trips, at most %d were promised", cold, most)
	}
	if warm > 4 {
		t.Errorf("the next overview took %d round trips, at most 4 were promised", warm)
	}
}

// BenchmarkOverview opens the overview of a large estate.
func BenchmarkOverview(b *testing.B) {
	server, m := crowd(b)
	open(b, server.URL+"/api/ui/")
	m.trips.Store(0)
	m.rows.Store(0)
	for b.Loop() {
		open(b, server.URL+"/api/ui/")
	}
	b.ReportMetric(float64(m.trips.Load())/float64(b.N), "trips/op")
	b.ReportMetric(float64(m.rows.Load())/float64(b.N), "rows/op")
}
