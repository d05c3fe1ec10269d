package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/term"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/terminal"
)

// printable makes a text of several lines safe for a terminal: errors quote files, and files quote attackers.
func printable(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = clean.Line(lines[i], 1000)
	}
	return strings.Join(lines, "\n")
}

// terminalWidth is the number of columns if w is a terminal.
func terminalWidth(w io.Writer) (columns int, ok bool) {
	f, is := w.(*os.File)
	if !is || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	return columns, err == nil && columns > 0
}

// writeAlerts writes alerts as JSON lines, or as a page for people, grouped by incident.
func writeAlerts(s surroundings, alerts []detection.Alert, asJSON bool) error {
	if !asJSON {
		return terminal.Page(s.Out, notify.Group(alerts), pageOptions(s))
	}
	for _, a := range alerts {
		line, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode alert %s: %w", a.ID, err)
		}
		if _, err := s.Out.Write(append(escapeUnprintable(line), '\n')); err != nil {
			return fmt.Errorf("write alerts: %w", err)
		}
	}
	return nil
}

// pageOptions fits a page to the terminal, if it goes to one.
func pageOptions(s surroundings) terminal.Options {
	width, isTerminal := terminalWidth(s.Out)
	return terminal.Options{Color: isTerminal && s.Env["NO_COLOR"] == "", Width: min(width, 120)}
}

// escapeUnprintable replaces what a terminal might obey, or not show, by JSON's escapes; to programs the text is the
// same. encoding/json leaves all but the oldest control characters as they are.
func escapeUnprintable(line []byte) []byte {
	out := make([]byte, 0, len(line))
	for _, r := range string(line) {
		switch {
		case unicode.IsPrint(r):
			out = append(out, string(r)...)
		case r > 0xffff:
			high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// grouped writes a number with commas: 1,234,567.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// plural is "1 record", "2 records".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}
