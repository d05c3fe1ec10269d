package scenario

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Story is a parsed story.
type Story struct {
	// Records in the order of the lines; repeated lines are not in time order with the rest.
	Records []audit.Record
	Expect  []Expectation
	// From is the time before which alerts do not count (line "ignore before day N").
	From time.Time
}

// Expectation is an alert that the story must raise. Empty fields match anything.
type Expectation struct {
	Type, Who, Vault string
}

// Day1 is 00:00 UTC of a story's first day, a Monday.
var Day1 = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

// Parse reads a story. Its lines are
//
//	every day|workday HH:MM for N days: ACT        the act on each of the first N days (or workdays among them)
//	day N HH:MM[:SS] ACT                           once
//	+30s ACT                                       that long after the line before
//	ignore before day N                            alerts before that day are none of the story's business
//	expect TYPE [WHO [VAULT]]
//
// An act is
//
//	WHO TOOL PLACE VAULT VERB [OBJECTS] [xN] [by PAUSE] [= OUTCOME]
//
// WHO is a name: app-… is a service principal, mi-… a managed identity, ms-… a Microsoft service, all others are people.
// TOOL is portal, cli, powershell, sdk, python, terraform, curl or tool:NAME for an application of that name. PLACE is
// office, home, azure, azure2, private, outside, outside2, tor, listed or an address. VERB is get, list, show, set,
// delete, purge, recover, backup, decrypt, sign, import (a key), put, patch, grant, revoke, assign (a role on the whole
// subscription), open and shut (the firewall), remove and restore (the vault), unlog (its diagnostic setting), look or
// challenge. OBJECTS are names after a
// comma or a range s01..s28; after grant, revoke and assign they are principals; after list "secrets", "keys" or
// "certificates". OUTCOME is denied, firewall, missing or throttled. The requests of one line follow each other by two
// seconds, or by PAUSE.
//
// An error names the line and what it could have been.
func Parse(text string) (*Story, error) {
	p := parser{story: &Story{}}
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("story line %d %q: %w", n, line, err)
		}
	}
	return p.story, lines.Err()
}

type parser struct {
	story *Story
	last  time.Time
}

func (p *parser) line(line string) error {
	first, rest, _ := strings.Cut(line, " ")
	switch {
	case first == "every":
		return p.every(rest)
	case first == "day":
		return p.day(rest)
	case first == "ignore":
		return p.ignore(rest)
	case first == "expect":
		return p.expect(rest)
	case strings.HasPrefix(first, "+"):
		d, err := time.ParseDuration(first[1:])
		if err != nil {
			return fmt.Errorf("a pause like +30s is wanted: %w", err)
		}
		return p.act(p.last.Add(d), rest)
	}
	return fmt.Errorf("a line begins with every, day, +PAUSE, ignore or expect")
}

func (p *parser) every(rest string) error {
	var sort, clock string
	var days int
	head, act, ok := strings.Cut(rest, ": ")
	if n, _ := fmt.Sscanf(head, "%s %s for %d days", &sort, &clock, &days); !ok || n != 3 || sort != "day" && sort != "workday" {
		return fmt.Errorf("wanted: every day|workday HH:MM for N days: ACT")
	}
	for day := 1; day <= days; day++ {
		at, err := moment(day, clock)
		if err != nil {
			return err
		}
		if sort == "workday" && (at.Weekday() == time.Saturday || at.Weekday() == time.Sunday) {
			continue
		}
		if err := p.act(at, act); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) day(rest string) error {
	var day int
	var clock string
	if n, _ := fmt.Sscanf(rest, "%d %s", &day, &clock); n != 2 {
		return fmt.Errorf("wanted: day N HH:MM ACT")
	}
	at, err := moment(day, clock)
	if err != nil {
		return err
	}
	_, rest, _ = strings.Cut(rest, clock+" ")
	return p.act(at, rest)
}

// moment is a clock time on a day of the story.
func moment(day int, clock string) (time.Time, error) {
	layout := "15:04"
	if strings.Count(clock, ":") == 2 {
		layout = "15:04:05"
	}
	t, err := time.Parse(layout, clock)
	if err != nil {
		return time.Time{}, fmt.Errorf("a time like 03:10 is wanted: %w", err)
	}
	return Day1.AddDate(0, 0, day-1).Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second), nil
}

func (p *parser) ignore(rest string) error {
	var day int
	if n, _ := fmt.Sscanf(rest, "before day %d", &day); n != 1 {
		return fmt.Errorf("wanted: ignore before day N")
	}
	p.story.From = Day1.AddDate(0, 0, day-1)
	return nil
}

func (p *parser) expect(rest string) error {
	words := strings.Fields(rest)
	if len(words) == 0 || len(words) > 3 {
		return fmt.Errorf("wanted: expect TYPE [WHO [VAULT]]")
	}
	words = append(words, "", "")
	e := Expectation{Type: words[0], Who: words[1], Vault: words[2]}
	if e.Who != "" {
		e.Who = PrincipalID(e.Who)
	}
	if e.Vault != "" {
		e.Vault = VaultID(e.Vault)
	}
	p.story.Expect = append(p.story.Expect, e)
	return nil
}
