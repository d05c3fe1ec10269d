package notify

import (
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Mark is what one channel knows of one incident.
type Mark struct {
	// Told is true once the incident had a message of its own, at Severity.
	Told     bool               `json:"told,omitempty"`
	Severity detection.Severity `json:"severity,omitempty"`
	// Done lists the ids of the alerts that this channel needs no more word of.
	Done []string `json:"done,omitempty"`
	// Until is when a refused message may be tried again; Reason is what the other side said. Zero if all is well.
	Until  time.Time `json:"until,omitzero"`
	Reason string    `json:"reason,omitempty"`
}

// Change is what a delivered message adds to a mark.
type Change struct {
	Done     []string
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
	m.Done = slices.Clone(m.Done)
	for _, id := range c.Done {
		if !slices.Contains(m.Done, id) {
			m.Done = append(m.Done, id)
		}
	}
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

// open lists the alerts that the channel has not done yet.
func (m Mark) open(alerts []detection.Alert) []detection.Alert {
	done := make(map[string]bool, len(m.Done))
	for _, id := range m.Done {
		done[id] = true
	}
	var open []detection.Alert
	for _, a := range alerts {
		if !done[a.ID] {
			open = append(open, a)
		}
	}
	return open
}

func ids(alerts []detection.Alert) []string {
	list := make([]string, 0, len(alerts))
	for _, a := range alerts {
		list = append(list, a.ID)
	}
	return list
}
