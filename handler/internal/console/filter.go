package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// filter chooses alerts. Empty members choose all.
type filter struct {
	Type, Vault, Caller, IP, Application, Status, Text string

	Severity *detection.Severity // at least
	From, To time.Time           // event time, [From, To)

	// Before is the cursor of the last alert of the page before.
	Before string
	Limit  int
}

// Page sizes.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

func readFilter(q url.Values) (filter, error) {
	f := filter{Type: q.Get("type"), Vault: strings.ToLower(q.Get("vault")), Caller: strings.ToLower(q.Get("caller")), IP: q.Get("ip"),
		Application: strings.ToLower(q.Get("application")), Status: q.Get("status"), Text: strings.ToLower(strings.TrimSpace(q.Get("q"))), Before: q.Get("before"), Limit: defaultLimit}
	if s := q.Get("severity"); s != "" {
		f.Severity = new(detection.Severity)
		if err := f.Severity.UnmarshalText([]byte(s)); err != nil {
			return f, refuse(http.StatusBadRequest, err.Error())
		}
	}
	if !slices.Contains([]string{"", "open", "confirmed", "benign", "silenced", "sample"}, f.Status) {
		return f, refuse(http.StatusBadRequest, fmt.Sprintf("status %q: must be open, confirmed, benign, silenced or sample", f.Status))
	}
	for name, t := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		var err error
		if *t, err = readTime(q.Get(name)); err != nil {
			return f, refuse(http.StatusBadRequest, fmt.Sprintf("%s: %v", name, err))
		}
	}
	if s := q.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxLimit {
			return f, refuse(http.StatusBadRequest, fmt.Sprintf("limit %q: must be a number from 1 to %d", s, maxLimit))
		}
		f.Limit = n
	}
	return f, nil
}

// readTime reads a day or an instant.
func readTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%q is no time: write 2026-03-31 or 2026-03-31T21:00:00Z", s)
	}
	return t.UTC(), nil
}

func (f filter) matches(j judged) bool {
	return (f.Type == "" || f.Type == j.Type) &&
		(f.Vault == "" || f.Vault == j.Vault || slices.Contains(j.Vaults, f.Vault)) &&
		(f.Caller == "" || f.Caller == j.Caller) &&
		(f.IP == "" || f.IP == j.IP) &&
		(f.Application == "" || f.Application == j.Application) &&
		(f.Status == "" || f.Status == j.word()) &&
		(f.Severity == nil || j.Severity >= *f.Severity) &&
		(f.From.IsZero() || !j.Time.Before(f.From)) &&
		(f.To.IsZero() || j.Time.Before(f.To)) &&
		(f.Text == "" || j.mentions(f.Text))
}

func (j judged) mentions(text string) bool {
	for _, s := range append([]string{j.ID, j.Type, j.Title, j.Caller, j.CallerName, j.Application, j.IP, j.ClientInfo}, j.Vaults...) {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

// cursor is where an alert stands in the order of lists. It survives new alerts: they come before the first page.
func cursor(a detection.Alert) string {
	return a.Time.UTC().Format("20060102T150405.000000000") + "." + a.ID
}

// choose returns a page of the alerts that match, newest first, how many match in all, and the cursor of the next page,
// empty if this is the last.
func (f filter) choose(list []judged) (page []judged, total int, next string) {
	for _, j := range slices.Backward(list) {
		if !f.matches(j) {
			continue
		}
		total++
		if f.Before != "" && cursor(j.Alert) >= f.Before {
			continue
		}
		if len(page) < f.Limit {
			page = append(page, j)
		} else if next == "" {
			next = cursor(page[len(page)-1].Alert)
		}
	}
	return page, total, next
}

// pairs is the filter as it stands in an address, but for the cursor.
func (f filter) pairs() []string {
	severity := ""
	if f.Severity != nil {
		severity = f.Severity.String()
	}
	return []string{"type", f.Type, "vault", f.Vault, "caller", f.Caller, "ip", f.IP, "application", f.Application, "status", f.Status,
		"q", f.Text, "severity", severity, "from", day(f.From), "to", day(f.To)}
}

func day(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}
