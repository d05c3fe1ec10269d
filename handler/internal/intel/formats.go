package intel

import (
	"bytes"
	"strings"
	"time"
)

// readPlain reads one address or network a line. What follows after a space, comma or semicolon belongs to the line's
// reader, not to us, except that a comment behind the address makes a label: Spamhaus writes "192.0.2.0/24 ; SBL1".
func readPlain(text []byte, c *collector) {
	number := 0
	for raw := range bytes.Lines(text) {
		number++
		line := strings.TrimSpace(string(raw))
		if line == "" || line[0] == '#' || line[0] == ';' || strings.HasPrefix(line, "//") {
			continue
		}
		address, rest := line, ""
		if end := strings.IndexAny(line, " \t,;#"); end >= 0 {
			address, rest = line[:end], line[end:]
		}
		label := ""
		if mark := strings.IndexAny(rest, ";#"); mark >= 0 {
			label = rest[mark+1:]
		}
		c.add(number, address, Entry{Label: label})
	}
}

// readExitAddresses reads TOR's exit-addresses, also as archived by its collector: blocks of
//
//	ExitNode <fingerprint>
//	Published <time>
//	LastStatus <time>
//	ExitAddress <address> <time of the measurement>
func readExitAddresses(text []byte, c *collector) {
	number, relay := 0, ""
	for raw := range bytes.Lines(text) {
		number++
		fields := strings.Fields(string(raw))
		if len(fields) == 0 || fields[0][0] == '@' {
			continue
		}
		switch fields[0] {
		case "ExitNode":
			relay = strings.Join(fields[1:], " ")
		case "ExitAddress":
			if len(fields) < 2 {
				c.problem(number, string(raw), "an ExitAddress without an address")
				continue
			}
			at := parseTime(strings.Join(fields[2:], " "))
			c.add(number, fields[1], Entry{First: at, Last: at, Label: relay})
		case "Published", "LastStatus", "Downloaded": // when the relay spoke, not when its exit was seen
		default:
			c.problem(number, string(raw), "no line of an exit list")
		}
	}
}

// parseTime reads the times the publishers write, all UTC unless they say otherwise; zero when it is none of them.
func parseTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04:05 MST", time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil && t.Year() > 1970 && t.Year() < 3000 {
			return t.UTC().Truncate(time.Second)
		}
	}
	return time.Time{}
}
