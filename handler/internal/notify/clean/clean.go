// Package clean makes attacker-controlled text safe to show: object names, user agents and principal names come from
// whoever calls the vault, and must not move a cursor, forge a line, reverse a name or start a formula.
//
// It does not escape for HTML, JSON or KQL: that is the business of the encoder that knows the target.
//
// Start reading at [Line].
package clean

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// maxMarks is how many combining marks may follow one another: written languages need two, text that climbs over the
// lines above it needs dozens.
const maxMarks = 2

// Line returns s as one line without surprises: whatever does not print as itself (control characters, ANSI escapes,
// line breaks, bidirectional overrides, zero-width and blank letters, invalid UTF-8) becomes a visible escape such as
// \n, \x1b or \u202e. The result has at most limit runes; a longer text ends in "…". A limit of 0 means no limit.
func Line(s string, limit int) string {
	var b strings.Builder
	runes, marks := 0, 0
	for i, size := 0, 0; i < len(s); i += size {
		r, n := utf8.DecodeRuneInString(s[i:])
		size = n
		marks = nextMarks(r, marks)
		piece := visible(s[i:i+n], r, marks)
		runes += utf8.RuneCountInString(piece)
		if limit > 0 && runes > limit {
			return cut(b.String(), limit)
		}
		b.WriteString(piece)
	}
	return b.String()
}

// Strip is Line for places where escapes would only be noise, such as a mail's subject: what would be escaped is a
// space instead, and runs of spaces are one.
func Strip(s string, limit int) string {
	plain := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !shows(r) {
			return ' '
		}
		return r
	}, s)
	return Line(strings.Join(strings.Fields(plain), " "), limit)
}

// Cell is Line for a CSV cell: spreadsheets run what starts with = + - @, so such text gets a leading apostrophe.
// Quoting is left to encoding/csv.
func Cell(s string) string {
	s = Line(s, 0)
	if s != "" && strings.ContainsRune("=+-@|%", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Defang is Line for programs that turn text into links by themselves (mail, chat): addresses stay readable but are
// no longer clickable, so that a user agent cannot offer the reader of an alert a page to visit.
func Defang(s string, limit int) string {
	s = strings.ReplaceAll(s, "://", "[:]//")
	for _, www := range []string{"www.", "WWW.", "Www."} {
		s = strings.ReplaceAll(s, www, www[:3]+"[.]")
	}
	return Line(s, limit)
}

// Width is the number of terminal columns that s, a text from Line, takes.
func Width(s string) int {
	columns := 0
	for _, r := range s {
		columns += runeWidth(r)
	}
	return columns
}

// Wrap breaks s, a text from Line, into lines of at most columns columns: at spaces where it can, inside a word where
// it must. It returns at least one line.
func Wrap(s string, columns int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && Width(line)+1+Width(word) <= columns {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		chopped := chop(word, columns)
		lines = append(lines, chopped[:len(chopped)-1]...)
		line = chopped[len(chopped)-1]
	}
	return append(lines, line)
}

func chop(word string, columns int) []string {
	var parts []string
	start, used := 0, 0
	for i, r := range word {
		if w := runeWidth(r); used+w > columns && i > start {
			parts = append(parts, word[start:i])
			start, used = i, w
		} else {
			used += w
		}
	}
	return append(parts, word[start:])
}

func runeWidth(r rune) int {
	if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

func nextMarks(r rune, marks int) int {
	if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
		return marks + 1
	}
	return 0
}

func visible(raw string, r rune, marks int) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case shows(r) && marks <= maxMarks:
		return raw
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// shows tells whether a rune prints as something that can be seen. unicode.IsPrint leaves out controls, formats (bidi,
// zero width, tags), private use and all spaces but the plain one; the letters named here count as print but are blank.
func shows(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800:
		return false
	}
	return unicode.IsPrint(r)
}

func cut(s string, limit int) string {
	r := []rune(s)
	if len(r) >= limit {
		r = r[:limit-1]
	}
	return string(r) + "…"
}
