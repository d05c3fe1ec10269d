package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Health is how the detector is, as of one sweep: the document that the page and the API show. Times are UTC.
type Health struct {
	Version  string    `json:"version"`
	Instance string    `json:"instance"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	// Busy: another run was at work, so this one did nothing.
	Busy bool `json:"busy,omitempty"`
	// Judged: this process judged; otherwise another holds the right to, and the numbers of judging are not known here.
	Judged bool   `json:"judged"`
	Steps  []Step `json:"steps"`
	// Raised alerts are new or changed, Early ones were told ahead of their time.
	Raised int `json:"raised"`
	Early  int `json:"early"`
	// Waiting records are kept but not judged. Settled is the event time up to which all were judged, High the highest
	// event time kept.
	Waiting int       `json:"waiting"`
	Settled time.Time `json:"settled,omitzero"`
	High    time.Time `json:"high,omitzero"`
	Streams []Stream  `json:"streams"`
	// Totals counts everything kept so far, each event once; Malformed of them are new since the last sweep.
	Totals       pipeline.Totals `json:"totals"`
	NewMalformed int64           `json:"newMalformed"`
	Lists        []ListAge       `json:"lists"`
	Delivery     notify.Report   `json:"delivery"`
	// ForgottenAlerts and ForgottenLetters count what was too old to keep.
	ForgottenAlerts  int `json:"forgottenAlerts"`
	ForgottenLetters int `json:"forgottenLetters"`
	// Concerns are sentences about what is late, stale or failing; none if all is well.
	Concerns []string `json:"concerns"`
}

// Step is one step of the sweep. Error is empty if it went well.
type Step struct {
	Name         string `json:"name"`
	Milliseconds int64  `json:"milliseconds"`
	Error        string `json:"error,omitempty"`
}

// Stream is how far one partition of a hub came.
type Stream struct {
	Name string `json:"name"`
	// High is the highest event time kept, Kept when something was kept last, LagSeconds how long that lay in the hub.
	High       time.Time       `json:"high,omitzero"`
	Kept       time.Time       `json:"kept,omitzero"`
	LagSeconds int64           `json:"lagSeconds"`
	Totals     pipeline.Totals `json:"totals"`
}

func (h *Health) stand(s pipeline.Standing) {
	h.Waiting, h.Settled, h.High = s.Waiting, s.Settled, s.High
	for _, p := range s.Streams {
		h.Streams = append(h.Streams, Stream{Name: p.Name, High: p.High, Kept: p.Kept, LagSeconds: int64(p.Lag() / time.Second), Totals: p.Totals})
		h.Totals.Events += p.Totals.Events
		h.Totals.Records += p.Totals.Records
		h.Totals.Skipped += p.Totals.Skipped
		h.Totals.Malformed += p.Totals.Malformed
	}
}

// Numbers are for the one log line of a sweep.
func (h Health) Numbers() map[string]int {
	n := map[string]int{"alerts": h.Raised, "early": h.Early, "waiting": h.Waiting, "newMalformed": int(h.NewMalformed), "lists": len(h.Lists),
		"forgotten": h.ForgottenAlerts + h.ForgottenLetters, "concerns": len(h.Concerns), "judged": 0, "lagSeconds": 0, "sent": 0, "refused": 0, "untold": 0}
	if h.Judged {
		n["judged"] = 1
	}
	for _, s := range h.Streams {
		n["lagSeconds"] = max(n["lagSeconds"], int(s.LagSeconds))
	}
	for _, c := range h.Delivery.Channels {
		n["sent"] += c.Sent
		n["refused"] += c.Refused
		n["untold"] += c.Waiting
	}
	return n
}

// Where the document stands.
const (
	healthRows = "health"
	healthKey  = "sweep"
)

// keep writes the document, if this process has something to say: one that does not judge and did not fail would only
// hide what the one that judges knows.
func (s *Sweep) keep(ctx context.Context, h Health) error {
	if !h.Judged && !h.failed() {
		return nil
	}
	data, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode the health document: %w", err)
	}
	if err := s.parts.Store.Commit(ctx, healthRows, []store.Write{{Key: healthKey, Data: data, If: store.Any}}); err != nil {
		return fmt.Errorf("write the health document: %w", err)
	}
	return nil
}

func (h Health) failed() bool {
	for _, s := range h.Steps {
		if s.Error != "" {
			return true
		}
	}
	return false
}

// ReadHealth reads the document of the last sweep; false if there was none yet.
func ReadHealth(ctx context.Context, s store.Store) (Health, bool, error) {
	for row, err := range s.Rows(ctx, healthRows, healthKey, healthKey+"\x00") {
		if err != nil {
			return Health{}, false, fmt.Errorf("read the health document: %w", err)
		}
		var h Health
		if err := json.Unmarshal(row.Data, &h); err != nil {
			return Health{}, false, fmt.Errorf("read the health document: %w", err)
		}
		return h, true, nil
	}
	return Health{}, false, nil
}
