package notify

import (
	"maps"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Mark is what one channel knows of one incident.
type Mark struct {
	// Told is true once the incident had a message of its own, at Severity.
	Told     bool               `json:"told,omitempty"`
	Severity detection.Severity `json:"severity,omitempty"`
	// Done lists the alerts that this channel needs no more word of, by id, unless they become more severe than this.
	Done map[string]detection.Severity `json:"done,omitempty"`
	// Until is when a refused message may be tried again; Reason is what the other side said. Zero if all is well.
	Until  time.Time `json:"until,omitzero"`
	Reason string    `json:"reason,omitempty"`
}

// Change is what a delivered message adds to a mark.
type Change struct {
	Done     map[string]detection.Severity
	Told     bool
	Severity detection.Severity
}

// RefusedPause is how long a refused message rests before it is tried again: somebody may have mended the settings.
const RefusedPause = time.Hour

// DigestKey is the key of the mark that a refused digest leaves.
const DigestKey = "-digest-"

// apply is the mark after a delivery. It changes its receiver's copy only.
func (m Mark) apply(c Change) Mark {
	if c.Told {
		m.Told, m.Severity = true, max(m.Severity, c.Severity)
	}
	done := make(map[string]detection.Severity, len(m.Done)+len(c.Done))
	maps.Copy(done, m.Done)
	for id, s := range c.Done {
		done[id] = max(done[id], s)
	}
	m.Done = done
	return m
}

func (m Mark) refused(reason string, now time.Time) Mark {
	m.Until, m.Reason = now.Add(RefusedPause), reason
	return m
}

func (m Mark) relieved() Mark {
	m.Until, m.Reason = time.Time{}, ""
	return m
}

// done tells whether the channel needs no more word of an alert. One that has become more severe since is to be told
// again.
func (m Mark) done(a detection.Alert) bool {
	s, ok := m.Done[a.ID]
	return ok && a.Severity <= s
}

// open lists the alerts that the channel has not done yet.
func (m Mark) open(alerts []detection.Alert) []detection.Alert {
	var open []detection.Alert
	for _, a := range alerts {
		if !m.done(a) {
			open = append(open, a)
		}
	}
	return open
}

// severities is what a mark remembers of alerts that were told.
func severities(alerts []detection.Alert) map[string]detection.Severity {
	out := make(map[string]detection.Severity, len(alerts))
	for _, a := range alerts {
		out[a.ID] = a.Severity
	}
	return out
}
