package console

import (
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/sweep"
)

// sweepView is what the last sweep that judged or failed wrote down, whichever process it ran in.
type sweepView struct {
	Ended    time.Time
	Took     string
	Instance string
	Concerns []string
	Steps    []sweep.Step
	Failed   int
	Delivery notify.Report
}

// addSweep reads the document of the last sweep, in one round trip.
func (view *healthView) addSweep(v *visit) error {
	if v.console.Store == nil {
		return nil
	}
	h, ok, err := sweep.ReadHealth(v.ctx(), v.console.Store)
	if err != nil || !ok {
		return err
	}
	view.Sweep = newSweepView(h)
	view.Lists = newer(view.Lists, h.Lists)
	view.Facts = append(view.Facts, view.Sweep.fact(v.now))
	return nil
}

// newSweepView copies the document. What went wrong is told without secrets, as in the log.
func newSweepView(h sweep.Health) *sweepView {
	s := &sweepView{Ended: h.Ended, Took: h.Ended.Sub(h.Started).Round(time.Millisecond).String(), Instance: h.Instance, Steps: slices.Clone(h.Steps), Delivery: h.Delivery}
	for _, c := range h.Concerns {
		s.Concerns = append(s.Concerns, invoke.Redact(c))
	}
	for i := range s.Steps {
		if s.Steps[i].Error = invoke.Redact(s.Steps[i].Error); s.Steps[i].Error != "" {
			s.Failed++
		}
	}
	return s
}

// fact says it at a glance.
func (s *sweepView) fact(now time.Time) health {
	age := now.Sub(s.Ended)
	says := "ran " + lasting(age) + " ago"
	if s.Failed > 0 {
		says += ", " + counted(s.Failed, "step") + " failed"
	}
	if n := len(s.Concerns); n > 0 {
		says += ", " + counted(n, "thing") + " to look at"
	}
	return health{"Sweep", says, age > sweepAfter || s.Failed > 0 || len(s.Concerns) > 0}
}

// newer takes what the sweep knows of the lists where this process knows less: another may fetch them.
func newer(list []List, swept []sweep.ListAge) []List {
	out := slices.Clone(list)
	for _, s := range swept {
		l := List{s.Name, s.Entries, s.AsOf, invoke.Redact(s.Problem)}
		at := slices.IndexFunc(out, func(l List) bool { return l.Name == s.Name })
		switch {
		case at < 0:
			out = append(out, l)
		case s.AsOf.After(out[at].AsOf):
			out[at] = l
		}
	}
	return out
}

type sweepJSON struct {
	Ended    time.Time     `json:"ended"`
	Instance string        `json:"instance"`
	Concerns []string      `json:"concerns"`
	Steps    []sweep.Step  `json:"steps"`
	Delivery []channelJSON `json:"delivery"`
}

type channelJSON struct {
	Channel string    `json:"channel"`
	Waiting int       `json:"waiting"`
	Oldest  time.Time `json:"oldest,omitzero"`
	Error   string    `json:"error,omitempty"`
}

func (s *sweepView) json() *sweepJSON {
	out := &sweepJSON{Ended: s.Ended, Instance: s.Instance, Concerns: orEmpty(s.Concerns), Steps: orEmpty(s.Steps), Delivery: []channelJSON{}}
	for _, c := range s.Delivery.Channels {
		out.Delivery = append(out.Delivery, channelJSON{c.Name, c.Waiting, c.Oldest, c.Error})
	}
	return out
}
