package notify

import (
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Settings is what one channel wants to be told. The zero value is a channel that hears of everything, with a digest
// at midnight UTC.
type Settings struct {
	// Minimum is the lowest severity of an incident that this channel is told of.
	Minimum detection.Severity
	// DigestHour is the hour of the day, UTC, from 0 to 23, at which the digest is due.
	DigestHour int
	// Feed is for channels that keep records: every alert at once, suppressed ones too, and no digest.
	Feed bool
}

// Entry is an alert that waits in the outbox, and when it came in.
type Entry struct {
	Alert  detection.Alert `json:"alert"`
	Queued time.Time       `json:"queued"`
}

// Ledger is what Plan decides on: all waiting entries, and one channel's marks by [Incident.Key].
type Ledger struct {
	Entries []Entry
	Marks   map[string]Mark
}

// Task is one thing to do for a channel: deliver Message (nil if nothing needs to be said), then apply Changes to the
// marks of the same keys. If it is refused instead, the marks named by Keys rest and nothing else changes.
type Task struct {
	Message *Message
	Changes map[string]Change
	Keys    []string
}

// Plan decides what a channel must be told now: one message per incident of Medium and above, at once; one more when
// its severity has risen; samples at once; the rest in the digest, once its hour has passed since they came in. The
// order is loudest first. Plan is pure and never drops: every alert is in a task now, or will be in a later plan.
func Plan(s Settings, l Ledger, now time.Time) []Task {
	if s.Feed {
		return planFeed(s, l, now)
	}
	var tasks []Task
	rest := newDigestPlan(l, lastHour(now, s.DigestHour))
	for _, in := range l.incidents() {
		mark := l.Marks[in.Key()]
		heard, suppressed := in.split()
		open := mark.open(heard.Alerts)
		rest.held.Suppressed += rest.count(in.Key(), mark.open(suppressed))
		switch {
		case len(open) == 0:
		case !in.Sample && heard.Severity < s.Minimum:
			rest.held.Below += rest.count(in.Key(), open)
		case !heard.urgent(mark):
			rest.list(heard.only(open))
		case now.Before(mark.Until):
			rest.held.Undelivered += len(open)
		default:
			tasks = append(tasks, single(heard, mark))
		}
	}
	if t, ok := rest.task(); ok && !now.Before(l.Marks[DigestKey].Until) {
		tasks = append(tasks, t)
	}
	return tasks
}

// urgent tells whether an incident with open alerts deserves a message of its own.
func (in Incident) urgent(m Mark) bool {
	if in.Sample {
		return true
	}
	return in.Severity >= detection.Medium && (!m.Told || in.Severity > m.Severity)
}

func single(in Incident, mark Mark) Task {
	m := Message{Kind: Opened, Incidents: []Incident{in}}
	switch {
	case in.Sample:
		m.Kind = Sample
	case mark.Told:
		m.Kind, m.Before = Escalation, mark.Severity
	}
	change := Change{Done: severities(in.Alerts), Told: true, Severity: in.Severity}
	return Task{Message: &m, Changes: map[string]Change{in.Key(): change}, Keys: []string{in.Key()}}
}

// lastHour is the latest time at or before now at which the clock showed that hour, UTC.
func lastHour(now time.Time, hour int) time.Time {
	now = now.UTC()
	t := time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, time.UTC)
	if t.After(now) {
		t = t.AddDate(0, 0, -1)
	}
	return t
}

func (l Ledger) incidents() []Incident {
	alerts := make([]detection.Alert, 0, len(l.Entries))
	for _, e := range l.Entries {
		alerts = append(alerts, e.Alert)
	}
	return Group(alerts)
}
