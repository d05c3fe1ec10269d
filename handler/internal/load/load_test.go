package load_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/load"
)

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// Every record means what it is meant to mean, and no two of the estate are the same.
func TestRecordsAreReadAsMeant(t *testing.T) {
	e := load.Estate{Vaults: 3, Principals: 2, Daily: 24, Start: start}
	records, tally := audit.NewParser(audit.Limits{}).Body(e.Body(0, 72), nil)
	if tally.Records != 72 || tally.Malformed+tally.Skipped > 0 {
		t.Fatalf("tally %+v", tally)
	}
	digests, vaults, callers, secrets := map[uint64]bool{}, map[string]int{}, map[string]bool{}, map[string]bool{}
	for i, r := range records {
		if want := start.Add(time.Duration(i) * 20 * time.Minute); !r.Time.Equal(want) {
			t.Fatalf("record %d is of %v, want %v", i, r.Time, want)
		}
		if r.Operation != "SecretGet" || r.Outcome != audit.Success || r.Caller.Kind != audit.ServicePrincipal || !r.Address.IsValid() {
			t.Fatalf("record %d is read as %+v", i, r)
		}
		digests[r.Digest], callers[r.Caller.ID], secrets[r.Vault+r.Object.Name] = true, true, true
		vaults[r.Vault]++
	}
	got := fmt.Sprintf("%d records, %d vaults, %d callers, %d secrets", len(digests), len(vaults), len(callers), len(secrets))
	if want := "72 records, 3 vaults, 6 callers, 30 secrets"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// handler is one that counts, and refuses every batch the first time.
type handler struct {
	mu     sync.Mutex
	posted map[string][]int64 // sequence numbers by partition
	sweeps int
	seen   map[string]bool
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch r.URL.Path {
	case "/AuditBatch":
		h.batch(w, r)
	case "/Sweep":
		h.sweeps++
	case "/api/v1/health":
		io.WriteString(w, `{"healthy":true,"vaults":7,"facts":[{"what":"Log","says":"read up to now"}]}`)
	}
}

func (h *handler) batch(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b, err := invoke.DecodeBatch(body)
	first, last, _ := b.Span()
	name := fmt.Sprint(b.Partition, first)
	if err != nil || len(b.Notes) > 0 || last-first != int64(len(b.Events))-1 || !h.seen[name] {
		h.seen[name] = true
		http.Error(w, "not now", http.StatusInternalServerError)
		return
	}
	h.posted[b.Partition] = append(h.posted[b.Partition], first)
}

// What is posted is what the host posts: batches of consecutive events, by partition, again when refused; and all of it
// is accounted for.
func TestRunPostsAsTheHost(t *testing.T) {
	h := &handler{posted: map[string][]int64{}, seen: map[string]bool{}}
	server := httptest.NewServer(h)
	defer server.Close()
	d := load.Drive{Bases: []string{server.URL}, Estate: load.Estate{Vaults: 7, Principals: 1, Daily: 10, Start: start},
		Rate: 1000, For: 1500 * time.Millisecond, Partitions: 2, Events: 5, Records: 10, Sweep: time.Hour}
	report, err := d.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	batches := 0
	for p, firsts := range h.posted {
		batches += len(firsts)
		for i := 1; i < len(firsts); i++ {
			if firsts[i] != firsts[i-1]+5 {
				t.Errorf("partition %s: events from %d follow those from %d", p, firsts[i], firsts[i-1])
			}
		}
	}
	if len(h.posted) != 2 || batches == 0 || h.sweeps != 1 {
		t.Errorf("%d batches on %d partitions and %d sweeps", batches, len(h.posted), h.sweeps)
	}
	want := load.Report{Batches: 2 * batches, Sent: 100 * batches, Answered: 50 * batches, Failures: batches}
	got := load.Report{Batches: report.Batches, Sent: report.Sent, Answered: report.Answered, Failures: report.Failures}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if report.Latency.Count != batches || report.Health.Vaults != 7 || !strings.Contains(report.String(), "Log: read up to now") {
		t.Errorf("the report says %s", report)
	}
}

// A handler that takes nothing ends the run with what it said; so does a plan that makes no sense, before it begins.
func TestRunEndsWithAReason(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	good := load.Drive{Bases: []string{server.URL}, Estate: load.Estate{Vaults: 1, Principals: 1, Daily: 1}, For: time.Hour}
	for want, d := range map[string]load.Drive{
		"no handler":           {Estate: good.Estate, For: time.Hour},
		"an estate of 0":       {Bases: good.Bases, For: time.Hour},
		"must not be negative": {Bases: good.Bases, Estate: good.Estate, Rate: -1, For: time.Hour},
	} {
		if _, err := d.Run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	good.Sweep = time.Millisecond // fails sooner than the batches are given up
	if _, err := good.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "sweep: ") {
		t.Errorf("want the sweep's error, got %v", err)
	}
}
