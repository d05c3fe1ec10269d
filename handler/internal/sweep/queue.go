package sweep

import (
	"context"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// Queue is the way from the judge into the outbox. It remembers what it put, so that the timer can pass by every alert
// of the last hours without asking the store about each; the outbox alone decides what a repetition means.
type Queue struct {
	// Silence, if set, returns the alerts with the rules named that keep them from being told. Set it before the first Put.
	Silence func(context.Context, []detection.Alert) []detection.Alert

	outbox *notify.Outbox
	clock  func() time.Time

	mu  sync.Mutex
	put map[string]form
}

// form is what must differ between two states of an alert for the outbox to care.
type form struct {
	severity detection.Severity
	end      int64
	early    bool
	reasons  int
	objects  int
}

func formOf(a detection.Alert) form {
	return form{a.Severity, a.End.UnixNano(), a.Early, len(a.Reasons), len(a.Objects) + a.MoreObjects}
}

// maxPut bounds what is remembered; what was forgotten costs a round trip.
const maxPut = 10_000

// NewQueue makes the way into an outbox. A nil clock means the machine's.
func NewQueue(outbox *notify.Outbox, clock func() time.Time) *Queue {
	if clock == nil {
		clock = time.Now
	}
	return &Queue{outbox: outbox, clock: clock, put: map[string]form{}}
}

// Put makes alerts durable in the outbox, see [notify.Outbox.Put]. It has the shape of pipeline.Options.OnAlerts.
func (q *Queue) Put(ctx context.Context, alerts []detection.Alert) error {
	var fresh []detection.Alert
	for _, a := range alerts {
		if !q.has(a) {
			fresh = append(fresh, a)
		}
	}
	if len(fresh) > 0 && q.Silence != nil {
		fresh = q.Silence(ctx, fresh)
	}
	for _, a := range fresh {
		if err := q.outbox.Put(ctx, q.clock(), []detection.Alert{a}); err != nil {
			return err
		}
		q.note(a)
	}
	return nil
}

func (q *Queue) has(a detection.Alert) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	known, ok := q.put[a.ID]
	return ok && known == formOf(a)
}

func (q *Queue) note(a detection.Alert) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.put) >= maxPut {
		clear(q.put)
	}
	q.put[a.ID] = formOf(a)
}
