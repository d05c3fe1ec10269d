package sweep

import (
	"context"
	"fmt"
	"time"
)

// What is late. Azure exports within ten minutes and the judge waits ten more for stragglers, so that what has taken
// twice as long asks for a look; a list is asked for hourly.
const (
	lateInHub   = 10 * time.Minute
	lateJudging = 40 * time.Minute
	staleList   = 6 * time.Hour
	recent      = time.Hour
	// silence of the whole log no detection can see, since nothing else goes on meanwhile.
	silence = 24 * time.Hour
)

// watch is the last step: it looks at what the others found out.
func (s *Sweep) watch(_ context.Context, h *Health) error {
	h.NewMalformed = s.newlyMalformed(h.Streams)
	h.Concerns = concerns(*h)
	return nil
}

// newlyMalformed compares with the run before. What was malformed before this process began is no news.
func (s *Sweep) newlyMalformed(streams []Stream) (fresh int64) {
	now := map[string]int64{}
	for _, p := range streams {
		now[p.Name] = p.Totals.Malformed
		if s.malformed != nil {
			fresh += max(0, p.Totals.Malformed-s.malformed[p.Name])
		}
	}
	if len(streams) > 0 || s.malformed == nil {
		s.malformed = now
	}
	return fresh
}

// concerns says in sentences what a person should look at.
func concerns(h Health) []string {
	out := []string{}
	say := func(format string, values ...any) { out = append(out, fmt.Sprintf(format, values...)) }
	for _, p := range h.Streams {
		lag := time.Duration(p.LagSeconds) * time.Second
		if lag > lateInHub && h.Started.Sub(p.Kept) < recent {
			say("Partition %s is behind: what was kept last had waited in the hub for %s.", p.Name, lasting(lag))
		}
	}
	if last := lastKept(h.Streams); !last.IsZero() && h.Started.Sub(last) > silence {
		say("Nothing has come from the hub for %s: look whether the vaults' diagnostic settings still send their logs there.", lasting(h.Started.Sub(last)))
	}
	if behind := h.High.Sub(h.Settled); h.Judged && h.Waiting > 0 && !h.Settled.IsZero() && behind > lateJudging {
		say("Judging is behind: %d records of the last %s wait.", h.Waiting, lasting(behind))
	}
	if h.NewMalformed > 0 {
		say("%d records that came since the last sweep could not be read; they are among the dead letters.", h.NewMalformed)
	}
	for _, l := range h.Lists {
		switch {
		case l.AsOf.IsZero() && l.Problem != "":
			say("The address list %s never came: %s.", l.Name, l.Problem)
		case !l.AsOf.IsZero() && h.Started.Sub(l.AsOf) > staleList:
			say("The address list %s is %s old: %s.", l.Name, lasting(h.Started.Sub(l.AsOf)), l.problem())
		}
	}
	for _, c := range h.Delivery.Channels {
		if c.Error != "" {
			say("Channel %s does not take what it is told, %d alerts wait: %s.", c.Name, c.Waiting, c.Error)
		}
	}
	if n := h.Delivery.Forgotten; n > 0 {
		say("%d alerts were given up, since a channel would not take them for a month.", n)
	}
	if n := h.Delivery.Unreadable; n > 0 {
		say("%d rows of the outbox cannot be read by this version.", n)
	}
	return out
}

// lastKept is when anything came last, by the clock; zero if nothing ever did.
func lastKept(streams []Stream) (last time.Time) {
	for _, s := range streams {
		if s.Kept.After(last) {
			last = s.Kept
		}
	}
	return last
}

func lasting(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d minutes", d/time.Minute)
}
