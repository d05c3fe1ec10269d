package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Channel is one way out: a mailbox, a webhook, a table. Implementations promise:
//
//   - Send returns nil only once the other side has accepted the message, a [*Failure] when it has not, and never
//     sends parts of a message on its own decision to drop the rest.
//   - Send may be called from several goroutines, starts none that outlives the call, and returns soon after ctx ends.
//   - Errors never contain a key, a password or a secret address.
//   - Text in a message is attacker-controlled: it arrives as text, whatever it contains.
type Channel interface {
	// Name is the channel's stable name: a-z, 0-9 and dashes, at most 40. Marks are kept under it.
	Name() string
	// Send delivers one message.
	Send(ctx context.Context, m Message) error
}

// Kind says why a message is sent.
type Kind string

const (
	// Opened is the first message about an incident: it holds exactly one.
	Opened Kind = "incident"
	// Escalation is the second one, sent when the incident's severity has risen.
	Escalation Kind = "escalation"
	// Digest holds whatever did not deserve a message of its own, and says what it leaves out.
	Digest Kind = "digest"
	// Sample holds one invented incident that tests the way out.
	Sample Kind = "sample"
	// Feed holds the new alerts, for channels that keep records rather than wake people.
	Feed Kind = "feed"
)

// Message is what a channel is asked to deliver.
type Message struct {
	Kind      Kind
	Incidents []Incident
	// Before is the severity at which an escalated incident was told first.
	Before detection.Severity
	// Held counts what a digest does not list.
	Held Held
}

// Held counts what this channel is not told in full, so that no limit is silent.
type Held struct {
	// Below counts alerts under the channel's minimum severity.
	Below int `json:"below"`
	// Suppressed counts alerts that a suppression rule holds back.
	Suppressed int `json:"suppressed"`
	// Undelivered counts alerts of single messages that were refused and are still being tried.
	Undelivered int `json:"undelivered"`
}

// ID is a digest of what the message tells: a repeated delivery has the same one.
func (m Message) ID() string {
	h := sha256.New()
	_, _ = io.WriteString(h, string(m.Kind)+"\n") // a hash never fails
	for _, in := range m.Incidents {
		_, _ = io.WriteString(h, in.ID+"\t"+in.Severity.String()+"\n")
		for _, a := range in.Alerts {
			_, _ = io.WriteString(h, strconv.Itoa(len(a.ID))+":"+a.ID+"\n")
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Alerts lists the alerts of all incidents in order.
func (m Message) Alerts() []detection.Alert {
	var all []detection.Alert
	for _, in := range m.Incidents {
		all = append(all, in.Alerts...)
	}
	return all
}
