// Package intel knows addresses: TOR exits, addresses of ill repute, Azure's ranges, the operator's own. It reads the
// lists in the formats their publishers use, remembers when each entry was listed, and answers for any address at any
// time from an immutable [Book], in nanoseconds.
//
// It refuses to judge what a hit means, to decide when to ask a publisher (see package sweep), and to believe a list
// that is empty, a web page, suddenly tiny, or that calls private or own networks suspicious.
//
// Start reading at [Parse] for how a list is made, at [Book] for how it is asked, at [Shelf] for how it is kept.
package intel

import (
	"errors"
	"net/netip"
	"time"
)

// Kind says what being on a list means.
type Kind string

// The kinds of lists.
const (
	Tor        Kind = "tor"        // exits of the TOR network
	Suspicious Kind = "suspicious" // addresses or networks of ill repute
	Azure      Kind = "azure"      // networks of Azure itself
	Known      Kind = "known"      // networks of the operator's organisation
)

// Grace is how long before its first and after its last sighting an entry counts: exits rotate, lists lag behind, and
// records arrive late.
const Grace = 72 * time.Hour

// Keep is how long after its last sighting Merge still remembers an entry, for records that arrive or are replayed
// very late.
const Keep = 30 * 24 * time.Hour

// Reasons to refuse a whole list. The last good one stays in use; callers need not tell them apart, people do.
var (
	ErrEmpty    = errors.New("the list has no usable entry")
	ErrHTML     = errors.New("the list is a web page, not a list")
	ErrShrank   = errors.New("the list lost four fifths of its entries or more since last time")
	ErrShort    = errors.New("the list has fewer entries than such a list ever has")
	ErrTooLarge = errors.New("the list is larger than this program reads")
)

// Entry is one address or network of a list and when it was seen there, in whole seconds UTC. Zero times mean that it
// counts always.
type Entry struct {
	Prefix netip.Prefix // canonical: masked, never IPv4 inside IPv6; a single address has all its bits
	First  time.Time
	Last   time.Time
	Label  string // the publisher's own words: relay, category, reference; untrusted text, bounded
}

// always reports whether the entry has no times.
func (e Entry) always() bool { return e.First.IsZero() && e.Last.IsZero() }

// valid reports whether the entry counts at a time.
func (e Entry) valid(at time.Time) bool {
	if e.always() {
		return true
	}
	return !at.Before(e.First.Add(-Grace)) && !at.After(e.Last.Add(Grace))
}

// List is one list as it is known now, with what it said before, sorted by prefix and time.
type List struct {
	Name       string
	Kind       Kind
	Source     string    // where it was fetched; empty for a file
	Confidence string    // "low", "medium", "high", or empty; only suspicious lists use it
	Taken      time.Time // when it was last known to be current; zero when it has no time
	Count      int       // entries the list had when it was last taken, without what is only remembered
	ETag       string    // for the next conditional request
	Modified   string    // the same, as Last-Modified
	Entries    []Entry
}
