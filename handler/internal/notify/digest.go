package notify

import (
	"maps"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// digestPlan gathers what can wait. A digest is due once its hour has passed since the oldest of it came in, so that
// no date of a last digest needs to be remembered.
type digestPlan struct {
	due    time.Time
	queued map[string]time.Time
	// ripe and countsRipe tell that something listed, or something only counted, came in before due.
	ripe, countsRipe bool
	incidents        []Incident
	held             Held
	changes          map[string]Change
}

func newDigestPlan(l Ledger, due time.Time) *digestPlan {
	d := &digestPlan{due: due, queued: make(map[string]time.Time, len(l.Entries)), changes: map[string]Change{}}
	for _, e := range l.Entries {
		d.queued[e.Alert.ID] = e.Queued
	}
	return d
}

func (d *digestPlan) list(in Incident) {
	d.ripe = d.take(in.Key(), in.Alerts) || d.ripe
	d.incidents = append(d.incidents, in)
}

func (d *digestPlan) count(key string, alerts []detection.Alert) int {
	d.countsRipe = d.take(key, alerts) || d.countsRipe
	return len(alerts)
}

// take makes the digest answer for these alerts, and tells whether one of them has waited long enough.
func (d *digestPlan) take(key string, alerts []detection.Alert) (ripe bool) {
	for _, a := range alerts {
		ripe = ripe || d.queued[a.ID].Before(d.due)
	}
	if len(alerts) > 0 {
		c := d.changes[key]
		if c.Done == nil {
			c.Done = map[string]detection.Severity{}
		}
		maps.Copy(c.Done, severities(alerts))
		d.changes[key] = c
	}
	return ripe
}

// task is the digest once it is due. Counts with nothing to list make no message: a person who set a minimum does not
// want a mail that says it works. They stand in the report of the drain instead.
func (d *digestPlan) task() (Task, bool) {
	if len(d.incidents) == 0 {
		return Task{Changes: d.changes}, d.countsRipe
	}
	m := Message{Kind: Digest, Incidents: d.incidents, Held: d.held}
	return Task{Message: &m, Changes: d.changes, Keys: []string{DigestKey}}, d.ripe
}
