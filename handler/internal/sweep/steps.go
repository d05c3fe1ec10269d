package sweep

import (
	"context"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
)

// step is one thing to do, and how long it may take. All limits together stay within an invocation's time, which is four
// minutes; settling stays within the lease on judging, so that a slow process ends before another begins.
type step struct {
	name  string
	limit time.Duration
	run   func(context.Context, *Health) error
}

const keepLimit = 10 * time.Second

func (s *Sweep) steps() []step {
	return []step{
		{"refresh the address lists", 30 * time.Second, s.refresh},
		{"settle", 90 * time.Second, s.settle},
		{"queue alerts", 15 * time.Second, s.queue},
		{"deliver", 80 * time.Second, s.deliver},
		{"forget", 15 * time.Second, s.forget},
		{"watch", time.Second, s.watch},
	}
}

func (s *Sweep) refresh(ctx context.Context, h *Health) error {
	if s.parts.Lists == nil {
		return nil
	}
	err := s.parts.Lists.Refresh(ctx)
	h.Lists = s.parts.Lists.Ages()
	return err
}

func (s *Sweep) settle(ctx context.Context, h *Health) error {
	report, err := s.parts.Pipeline.Sweep(ctx)
	h.Judged, h.Raised, h.Early = report.Judged, len(report.Alerts), report.Early
	h.stand(s.parts.Pipeline.Standing())
	if err == nil {
		err = report.EarlyError // nothing is lost by it, but somebody should know
	}
	return err
}

// late is how far back, in event time, the alerts are compared with the outbox. The pipeline passes each on before it
// moves on from the alert's records, so this finds nothing unless a promise was broken; it is the second pair of eyes.
const late = 6 * time.Hour

func (s *Sweep) queue(ctx context.Context, h *Health) error {
	if !h.Judged {
		return nil // whoever judges looks
	}
	alerts, err := s.parts.Pipeline.Alerts(ctx, h.Started.Add(-late), time.Time{})
	if err != nil {
		return err
	}
	return s.parts.Queue.Put(ctx, alerts)
}

func (s *Sweep) deliver(ctx context.Context, h *Health) (err error) {
	h.Delivery, err = s.parts.Outbox.Drain(ctx, h.Started)
	return err
}

// How long things are kept, and how often it is looked what is older.
const (
	keepAlerts  = 400 * 24 * time.Hour
	keepLetters = 90 * 24 * time.Hour
	forgetEvery = time.Hour
)

func (s *Sweep) forget(ctx context.Context, h *Health) error {
	now := h.Started
	if !h.Judged || now.Sub(s.forgot) < forgetEvery {
		return nil
	}
	f, err := s.parts.Pipeline.Forget(ctx, pipeline.Old{Alerts: now.Add(-keepAlerts), Letters: now.Add(-keepLetters)})
	h.ForgottenAlerts, h.ForgottenLetters = f.Alerts, f.Letters
	if err == nil && !f.More {
		s.forgot = now
	}
	return err
}
