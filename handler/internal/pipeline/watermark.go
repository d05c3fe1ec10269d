package pipeline

import "time"

// Lateness is for how much event time the judge waits for records that come out of order. Azure's export delay differs
// by some minutes between records; measured disorder is under five.
const Lateness = 10 * time.Minute

// patience is how long, by the clock, a stream partition that has gone quiet keeps the others' records from being
// judged. It settles when a verdict falls, never what it says.
const patience = 2 * time.Minute

// horizon is the event time up to which no earlier record is expected any more: the lowest of the active partitions'
// highest times, less the lateness. When all have gone quiet, it follows the clock, less the lateness and what Azure
// takes to export: the log is silent because nothing happens.
func horizon(inboxes map[string]*inbox, now time.Time) time.Time {
	var low, high time.Time
	for _, in := range inboxes {
		if in.head.High.IsZero() {
			continue
		}
		if in.head.High.After(high) {
			high = in.head.High
		}
		if now.Sub(in.active) <= patience && (low.IsZero() || in.head.High.Before(low)) {
			low = in.head.High
		}
	}
	switch {
	case high.IsZero():
		return time.Time{}
	case low.IsZero():
		return later(high.Add(-Lateness), now.Add(-exportDelay-Lateness))
	}
	return low.Add(-Lateness)
}

// until is the event time up to which it is time to judge: the horizon, but not less than where alerts were raised
// before. Whoever takes over knows less of which partitions are quiet, and starts from an older memory: it must not show
// alerts as they were while they were still growing, nor give a lesson a place before them.
func (p *Pipeline) until(now time.Time) time.Time {
	p.reach = later(p.reach, horizon(p.inboxes, now))
	return p.reach
}

// exportDelay is the documented upper end of how long a record takes from the vault to the hub.
const exportDelay = 10 * time.Minute

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
