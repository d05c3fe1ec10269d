package webhook

import (
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// Body is the JSON form of a message.
type Body struct {
	// ID is the same for a repeated delivery of the same message.
	ID        string      `json:"id"`
	Kind      notify.Kind `json:"kind"`
	Incidents []Incident  `json:"incidents"`
	// Before is the severity an escalated incident had when it was told first.
	Before *detection.Severity `json:"before,omitempty"`
	// Held counts what a digest does not list.
	Held *notify.Held `json:"held,omitempty"`
}

// Incident is one incident of a Body. Its alerts are the objects that replay and the API give.
type Incident struct {
	ID       string             `json:"id"`
	Title    string             `json:"title"`
	Severity detection.Severity `json:"severity"`
	Sample   bool               `json:"sample,omitempty"`
	Start    time.Time          `json:"start"`
	End      time.Time          `json:"end"`
	Vaults   []string           `json:"vaults"`
	Link     string             `json:"link,omitempty"`
	Alerts   []detection.Alert  `json:"alerts"`
}

// NewBody converts a message.
func NewBody(m notify.Message, links notify.Links) Body {
	b := Body{ID: m.ID(), Kind: m.Kind, Incidents: []Incident{}}
	for _, in := range m.Incidents {
		b.Incidents = append(b.Incidents, Incident{
			ID: in.ID, Title: in.Title, Severity: in.Severity, Sample: in.Sample, Start: in.Start, End: in.End,
			Vaults: in.Vaults, Link: links.Incident(in.ID), Alerts: in.Alerts,
		})
	}
	if m.Kind == notify.Escalation {
		b.Before = &m.Before
	}
	if m.Kind == notify.Digest {
		b.Held = &m.Held
	}
	return b
}
