package detection

import (
	"fmt"
	"strings"
	"time"
)

// Alert is one finding as the world sees it: the same object from replay, the API, the webhook and (as columns) Log
// Analytics. The names and shapes of time, type, severity, vault, vaults, caller, application, ip and id never change:
// other programs read them.
type Alert struct {
	// ID is a digest of the story (type, vault, principal, first record), so a story told twice is one alert.
	ID       string   `json:"id"`
	Type     string   `json:"type"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	// Confidence is "high", "medium" or "low": how far the numbers carry the verdict.
	Confidence string `json:"confidence"`

	// Time is the event time of the record that decided the alert. Start and End span the story's records.
	Time  time.Time `json:"time"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// Seen is when we raised it, by the clock of the edge; zero until then.
	Seen time.Time `json:"seen,omitzero"`

	// Vault is the lower-case resource id, empty when the story spans several; Vaults lists all of them, sorted.
	Vault  string   `json:"vault"`
	Vaults []string `json:"vaults"`

	// Caller is the principal's object id, empty when the story is about an address.
	Caller      string `json:"caller"`
	CallerName  string `json:"callerName"`
	CallerKind  string `json:"callerKind"`
	Application string `json:"application"`
	IP          string `json:"ip"`
	ClientInfo  string `json:"clientInfo"`
	// Networks (/24 or /48) and Applications are all those that the story came from and with, sorted, at most
	// MaxOrigins each; IP and Application are the first record's.
	Networks     []string `json:"networks,omitempty"`
	Applications []string `json:"applications,omitempty"`

	// Also lists further detections that found something in the same story and were folded into this alert.
	Also []string `json:"also,omitempty"`

	// Reasons are sentences with numbers, the weightiest first.
	Reasons []string `json:"reasons"`
	// Numbers are what the verdict rests on, where it rests on numbers, in the order of Reasons.
	Numbers []Number `json:"numbers,omitempty"`
	// Operations counts the caller's operations on the vaults of the story in the 24 h before End.
	Operations map[string]int `json:"operations"`
	// Objects is what was touched, at most MaxObjects entries, in order of first touch: the list to rotate.
	Objects []Touched `json:"objects"`
	// MoreObjects counts the touched objects that Objects has no room for.
	MoreObjects int `json:"moreObjects,omitempty"`

	Tactics     []string `json:"tactics"`
	Techniques  []string `json:"techniques"`
	Remediation []string `json:"remediation"`

	// Incident groups the alerts of one story; it is the id of the incident's first alert.
	Incident string `json:"incident"`
	Sample   bool   `json:"sample,omitempty"`
	// Early: told at once, on what has come so far. Within minutes it is confirmed, with all numbers, or, if a record
	// that was still under way explains it, taken back.
	Early bool `json:"early,omitempty"`
	// Suppressed names the suppression rule that keeps the alert from being delivered; empty for none.
	Suppressed string `json:"suppressed,omitempty"`
}

// Number is a number that was observed, and what it was held against.
type Number struct {
	// Detection is the id of the one that counted, Vault where; empty if over several.
	Detection string `json:"detection"`
	Vault     string `json:"vault,omitempty"`
	// What was counted, with the span of time: "requests within an hour".
	What     string  `json:"what"`
	Observed float64 `json:"observed"`
	// Usual is the mean of such spans, Most the highest in 30 days; Span is theirs, if it is another: "a day".
	Usual float64 `json:"usual"`
	Most  float64 `json:"most"`
	Span  string  `json:"span,omitempty"`
}

// Touched is one object of an alert.
type Touched struct {
	Vault     string    `json:"vault"`
	Name      string    `json:"name"` // "secrets/db-password"
	Operation string    `json:"operation"`
	Count     int       `json:"count"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
}

// MaxOrigins bounds the networks and applications of one alert.
const MaxOrigins = 64

// MaxObjects bounds the list of touched objects in one alert.
const MaxObjects = 1000

// Severity is how loud an alert is. Its text form is "Low", "Medium" or "High".
type Severity uint8

const (
	Informational Severity = iota
	Low
	Medium
	High
)

var severityNames = [...]string{"Informational", "Low", "Medium", "High"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText writes the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a severity's name, in any case.
func (s *Severity) UnmarshalText(text []byte) error {
	for i, name := range severityNames {
		if strings.EqualFold(name, string(text)) {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("severity %q: must be one of %s", text, strings.Join(severityNames[:], ", "))
}
