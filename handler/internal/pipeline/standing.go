package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Standing is where this process stands, by what it knows without asking the store: for the watch over itself.
type Standing struct {
	// Judges: this process judges; otherwise it knows only the streams that it keeps itself, and nothing is settled.
	Judges bool
	// Settled is the event time up to which everything was judged, zero before the first record.
	Settled time.Time
	// High is the highest event time kept.
	High time.Time
	// Waiting records are kept but not judged.
	Waiting int
	Counts  detection.Counts
	Streams []Progress
}

// Progress is how far one stream partition came.
type Progress struct {
	Name string
	// High is the highest event time kept; Enqueued is when the last event came to the hub, Kept when it was kept here.
	High, Enqueued, Kept time.Time
	Totals               Totals
}

// Lag is how long the last event lay in the hub, by the hub's clock and ours; zero if the hub did not say.
func (p Progress) Lag() time.Duration {
	if p.Enqueued.IsZero() || p.Kept.Before(p.Enqueued) {
		return 0
	}
	return p.Kept.Sub(p.Enqueued)
}

// Standing tells where this process stands, streams by name.
func (p *Pipeline) Standing() Standing {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Standing{Judges: !p.shared || p.judging}
	if s.Judges {
		s.Settled, s.Waiting, s.Counts = settledTime(p.engine), p.engine.Queue.Len(), p.engine.Counts()
	}
	inboxes := slices.Collect(maps.Values(p.inboxes))
	if !s.Judges {
		inboxes = p.kept.heads()
	}
	for _, in := range inboxes {
		s.High = later(s.High, in.head.High)
		s.Streams = append(s.Streams, Progress{Name: strings.TrimPrefix(in.name, "inbox/"), High: in.head.High, Enqueued: in.head.Enqueued, Kept: in.head.Kept, Totals: in.head.Totals})
	}
	slices.SortFunc(s.Streams, func(a, b Progress) int { return cmp.Compare(a.Name, b.Name) })
	return s
}
