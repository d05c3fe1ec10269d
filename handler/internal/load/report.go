package load

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Report is what became of a drive. Sent counts every offer, Answered the records that were taken, Failures the offers
// that were not.
type Report struct {
	Batches, Sent, Answered, Failures int
	Took                              time.Duration
	// Latency is from posting a batch to its answer, Sweep from the timer's call to its answer.
	Latency, Sweep Spread
	Health         Health
}

// Rate is the records taken in a second.
func (r Report) Rate() float64 { return float64(r.Answered) / r.Took.Seconds() }

// Spread tells of many times.
type Spread struct {
	Count          int
	P50, P99, Most time.Duration
}

// spread looks at times in order.
func spread(sorted []time.Duration) Spread {
	n := len(sorted)
	if n == 0 {
		return Spread{}
	}
	return Spread{n, sorted[n/2], sorted[min(n-1, n*99/100)], sorted[n-1]}
}

func (s Spread) String() string {
	round := func(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
	return fmt.Sprintf("%d, p50 %v, p99 %v, most %v", s.Count, round(s.P50), round(s.P99), round(s.Most))
}

// Health is what the detector says of itself after the last sweep; see docs/api.
type Health struct {
	Healthy bool `json:"healthy"`
	// Facts are sentences: how far the log was read, how far it was judged, when.
	Facts []struct {
		What string `json:"what"`
		Says string `json:"says"`
	} `json:"facts"`
	Vaults     int `json:"vaults"`
	Principals int `json:"principals"`
	Letters    int `json:"deadLetters"`
}

func (r *run) health(ctx context.Context) (h Health, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(r.Bases[0], "/")+"/api/v1/health", nil)
	if err != nil {
		return h, fmt.Errorf("ask for the health: %w", err)
	}
	response, err := r.Client.Do(request)
	if err != nil {
		return h, fmt.Errorf("ask for the health: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return h, fmt.Errorf("ask for the health: the handler answered %s", response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(&h); err != nil {
		return h, fmt.Errorf("read the health: %w", err)
	}
	return h, nil
}

// String is the report for people.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "records  %d sent, %d answered in %v: %.0f a second\n", r.Sent, r.Answered, r.Took.Round(time.Millisecond), r.Rate())
	fmt.Fprintf(&b, "batches  %v; %d failures\n", r.Latency, r.Failures)
	fmt.Fprintf(&b, "sweeps   %v\n", r.Sweep)
	h := r.Health
	fmt.Fprintf(&b, "health   %d vaults and %d principals known, %d dead letters\n", h.Vaults, h.Principals, h.Letters)
	for _, f := range h.Facts {
		fmt.Fprintf(&b, "         %s: %s\n", f.What, f.Says)
	}
	return b.String()
}
