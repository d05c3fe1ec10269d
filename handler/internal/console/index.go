package console

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// digest is what lists and counts need of an alert: everything but its objects and texts. The whole alert is read when
// its own page is opened.
type digest struct {
	detection.Alert
	objects int
}

// index keeps the digests of all alerts in the process, so that a page reads only what may have changed: alerts grow for
// about a day after they began, and a late record may raise one further back.
type index struct {
	mu      sync.Mutex
	digests []digest // oldest first
	whole   time.Time
}

const (
	// indexTail is the event time before the newest alert that is read anew for every page.
	indexTail = 48 * time.Hour
	// indexWhole is how often, by the clock, everything is read anew.
	indexWhole = 30 * time.Minute
	// maxIndex bounds the digests kept; the oldest go first.
	maxIndex = 50_000
)

// source reads alerts of an event-time span, oldest first; a zero end means none.
type source func(ctx context.Context, from, to time.Time) ([]detection.Alert, error)

// read brings the index up to date and returns the digests, oldest first. The slice is not changed afterwards.
func (x *index) read(ctx context.Context, from source, now time.Time) ([]digest, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var start time.Time
	whole := x.whole.IsZero() || len(x.digests) == 0 || now.Sub(x.whole) >= indexWhole
	if !whole {
		start = x.digests[len(x.digests)-1].Time.Add(-indexTail)
	}
	fresh, err := from(ctx, start, time.Time{})
	if err != nil {
		return nil, err
	}
	keep := slices.IndexFunc(x.digests, func(d digest) bool { return !d.Time.Before(start) })
	if keep < 0 || whole {
		keep = 0
	}
	list := slices.Clone(x.digests[:keep])
	for _, a := range fresh {
		list = append(list, newDigest(a))
	}
	if extra := len(list) - maxIndex; extra > 0 {
		list = list[extra:]
	}
	x.digests = list
	if whole {
		x.whole = now
	}
	return list, nil
}

func newDigest(a detection.Alert) digest {
	d := digest{a, len(a.Objects) + a.MoreObjects}
	d.Objects, d.Remediation, d.Operations = nil, nil, nil
	d.Reasons = slices.Clone(a.Reasons[:min(len(a.Reasons), 1)])
	return d
}

// wholeAlert reads an alert by its id, in one round trip; false if there is none.
func wholeAlert(ctx context.Context, from source, digests []digest, id string) (detection.Alert, bool, error) {
	at := slices.IndexFunc(digests, func(d digest) bool { return d.ID == id })
	if at < 0 {
		return detection.Alert{}, false, nil
	}
	list, err := from(ctx, digests[at].Time, digests[at].Time.Add(time.Nanosecond))
	if err != nil {
		return detection.Alert{}, false, err
	}
	for _, a := range list {
		if a.ID == id {
			return a, true, nil
		}
	}
	return detection.Alert{}, false, nil
}

// wholeIncident reads the alerts of an incident; none if there is no such incident. An incident is found by the id of
// any of its alerts, too: links live longer than the grouping.
func wholeIncident(ctx context.Context, from source, digests []digest, id string) ([]detection.Alert, error) {
	for _, d := range digests {
		if d.ID == id {
			id = cmp.Or(d.Incident, id)
		}
	}
	var first, last time.Time
	for _, d := range digests {
		if notify.IncidentOf(d.Alert) == id {
			if first.IsZero() {
				first = d.Time
			}
			last = d.Time
		}
	}
	if first.IsZero() {
		return nil, nil
	}
	list, err := from(ctx, first, last.Add(time.Nanosecond))
	return slices.DeleteFunc(list, func(a detection.Alert) bool { return notify.IncidentOf(a) != id }), err
}
