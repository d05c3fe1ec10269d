package intel

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what is read. The largest list in use, Azure's service tags, has some 10 MB.
const (
	MaxBytes    = 32 << 20
	MaxEntries  = 400_000
	maxLabel    = 120 // bytes
	maxProblems = 50
	maxQuote    = 80 // bytes of a bad line shown to people
)

// Options say how a text is to be taken. Name and Kind are required.
type Options struct {
	Name       string
	Kind       Kind
	Confidence string
	// Seen is when the text was taken. Entries without times of their own were seen then; if it is zero too, they
	// count always, which is right for a file somebody wrote.
	Seen time.Time
	// Previous is the Count of the list that this one replaces; zero for none.
	Previous int
	// MinEntries refuses a list that has fewer; zero for no such limit.
	MinEntries int
	// AllowWide admits networks wider than /16 (IPv4) or /32 (IPv6) to lists of TOR exits and suspicious addresses.
	AllowWide bool
	// Guard holds the Azure and known networks that a suspicious list must not contain; nil for none.
	Guard *Book
}

// Problem is one entry that was left out, with the reason for people.
type Problem struct {
	Line   int // in the text, from 1; the ordinal of the entry for JSON documents; 0 for the summary of further ones
	Text   string
	Reason string
}

// String is "line 3: "10.0.0.0/8": a private network".
func (p Problem) String() string { return fmt.Sprintf("line %d: %q: %s", p.Line, p.Text, p.Reason) }

// Parse reads a list in any of the known formats, told by its first bytes: one address or network a line with #- and
// ;-comments and further fields (plain lists, TOR's bulk list, Spamhaus DROP), TOR's exit-addresses, Onionoo's
// details, JSON lines, and Azure's service tags.
//
// Entries that cannot be taken are returned as problems, at most fifty and a count of the rest. The error is one of
// this package's reasons to refuse a list, or that of r.
func Parse(r io.Reader, o Options) (List, []Problem, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return List{}, nil, fmt.Errorf("read list %s: %w", o.Name, err)
	}
	if len(text) > MaxBytes {
		return List{}, nil, fmt.Errorf("read list %s: %w (more than %d bytes)", o.Name, ErrTooLarge, MaxBytes)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	c := &collector{Options: o}
	c.Seen = o.Seen.UTC().Truncate(time.Second)
	if err := read(text, c); err != nil {
		return List{}, c.summary(), fmt.Errorf("read list %s: %w", o.Name, err)
	}
	l := List{Name: o.Name, Kind: o.Kind, Confidence: o.Confidence, Taken: c.Seen, Entries: normalise(c.entries)}
	l.Count = len(l.Entries)
	if err := c.refuse(l); err != nil {
		return List{}, c.summary(), err
	}
	return l, c.summary(), nil
}

// read chooses the format.
func read(text []byte, c *collector) error {
	start := bytes.TrimLeftFunc(text, unicode.IsSpace)
	switch {
	case bytes.HasPrefix(start, []byte("<")):
		return fmt.Errorf("%w: it starts with %q; look at the address in a browser", ErrHTML, shorten(string(start[:min(len(start), maxQuote)])))
	case bytes.HasPrefix(start, []byte("{")):
		readJSON(start, c)
	case bytes.HasPrefix(start, []byte("ExitNode ")), bytes.HasPrefix(start, []byte("@type tordnsel")):
		readExitAddresses(text, c)
	default:
		readPlain(text, c)
	}
	if len(c.entries) > MaxEntries {
		return fmt.Errorf("%w (more than %d entries)", ErrTooLarge, MaxEntries)
	}
	return nil
}

// refuse says whether the list as a whole is beyond belief.
func (c *collector) refuse(l List) error {
	switch {
	case l.Count == 0 && len(c.problems) > 0:
		return fmt.Errorf("read list %s: %w: every line was left out, the first: %s", c.Name, ErrEmpty, c.problems[0])
	case l.Count == 0:
		return fmt.Errorf("read list %s: %w", c.Name, ErrEmpty)
	case l.Count < c.MinEntries:
		return fmt.Errorf("read list %s: %w: %d, at least %d are usual", c.Name, ErrShort, l.Count, c.MinEntries)
	case l.Count*5 <= c.Previous:
		return fmt.Errorf("read list %s: %w: from %d to %d", c.Name, ErrShrank, c.Previous, l.Count)
	}
	return nil
}

// collector gathers the entries of one text.
type collector struct {
	Options
	entries  []Entry
	problems []Problem
	dropped  int // problems beyond maxProblems
}

// add takes one entry as the text has it.
func (c *collector) add(line int, address string, e Entry) {
	prefix, err := parsePrefix(address)
	if err != nil {
		c.problem(line, address, err.Error())
		return
	}
	if reason := c.unwanted(prefix); reason != "" {
		c.problem(line, address, reason)
		return
	}
	if len(c.entries) > MaxEntries {
		return // read refuses the list; until then nothing more is kept
	}
	e.Prefix, e.Label = prefix, cleanLabel(e.Label)
	e.First, e.Last = c.sightings(e.First, e.Last)
	c.entries = append(c.entries, e)
}

// sightings completes the times of an entry: what the publisher says of it, else when the text was taken.
func (c *collector) sightings(first, last time.Time) (time.Time, time.Time) {
	switch {
	case first.IsZero() && last.IsZero():
		return c.Seen, c.Seen
	case last.IsZero() && c.Seen.After(first):
		return first, c.Seen // listed since, and listed still
	case last.IsZero():
		return first, first
	case first.IsZero(), first.After(last):
		return last, last
	}
	return first, last
}

func (c *collector) problem(line int, text, reason string) {
	if len(c.problems) == maxProblems {
		c.dropped++
		return
	}
	c.problems = append(c.problems, Problem{Line: line, Text: shorten(text), Reason: reason})
}

func (c *collector) summary() []Problem {
	if c.dropped == 0 {
		return c.problems
	}
	return append(c.problems, Problem{Reason: fmt.Sprintf("and %d more entries were left out", c.dropped)})
}

// parsePrefix reads an address or a network and makes it canonical.
func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		if addr.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("an address with a zone means something on one machine only")
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("neither an address nor a network such as 192.0.2.0/24")
	}
	if addr := p.Addr(); addr.Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, fmt.Errorf("a network that mixes IPv4 and IPv6")
		}
		p = netip.PrefixFrom(addr.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

func cleanLabel(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	return cut(strings.TrimSpace(s), maxLabel)
}

func shorten(s string) string { return cut(strings.TrimSpace(s), maxQuote) }

// cut shortens to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
