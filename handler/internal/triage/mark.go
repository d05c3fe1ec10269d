package triage

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vaultwatch/vaultwatch/detection"
)

// State is what people think of an alert.
type State string

// The states. An alert nobody looked at is Open.
const (
	Open      State = "open"
	Confirmed State = "confirmed"
	Benign    State = "benign"
)

// Cause is why an alert is benign.
type Cause string

// The causes of a benign alert.
const (
	// Expected: this is their work, and they will do it again. It may be taken for usual.
	Expected Cause = "expected"
	// Exercise: a test or a drill. It must not become usual.
	Exercise Cause = "exercise"
	// Mistaken: the alert misread what happened. It may be taken for usual.
	Mistaken Cause = "mistaken"
)

// Teaches tells whether what was done may be taken for usual from now on.
func (c Cause) Teaches() bool { return c == Expected || c == Mistaken }

// Mark is one decision about an incident or an alert.
type Mark struct {
	// Incident or Alert is the id of what it is about; the other is empty.
	Incident string `json:"incident,omitempty"`
	Alert    string `json:"alert,omitempty"`

	State State     `json:"state"`
	Cause Cause     `json:"cause,omitempty"` // of Benign only
	Note  string    `json:"note,omitempty"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

const maxNote = 1000

// Check refuses a mark that says nothing sensible.
func (m Mark) Check() error {
	switch {
	case (m.Incident == "") == (m.Alert == ""):
		return errors.New("name the incident or the alert that the status is for, one of them")
	case m.State != Open && m.State != Confirmed && m.State != Benign:
		return fmt.Errorf("status %q: must be open, confirmed or benign", m.State)
	case m.State == Benign && m.Cause != Expected && m.Cause != Exercise && m.Cause != Mistaken:
		return errors.New("say why it is benign: expected, exercise or mistaken")
	case m.State != Benign && m.Cause != "":
		return fmt.Errorf("a cause goes with the status benign only, not with %q", m.State)
	case utf8.RuneCountInString(m.Note) > maxNote:
		return fmt.Errorf("the note is longer than %d characters", maxNote)
	}
	return nil
}

func (m Mark) key() string { return statusKeys + m.target() }

func (m Mark) target() string {
	if m.Incident != "" {
		return "incident/" + part(m.Incident)
	}
	return "alert/" + part(m.Alert)
}

// part is an id as a piece of a key.
func part(id string) string {
	id = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, id)
	return id[:min(len(id), 80)]
}

// later is the mark that counts of two about the same alert.
func later(a, b Mark) Mark {
	if b.At.After(a.At) {
		return b
	}
	return a
}

// incidentOf is the incident an alert belongs to.
func incidentOf(a detection.Alert) string { return cmp.Or(a.Incident, a.ID) }
