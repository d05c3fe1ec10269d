package main

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
)

// scope is the part of a log that is judged.
type scope struct {
	since, until time.Time
	vaults       []string
}

func (s *scope) define(flags *flag.FlagSet) {
	flags.Func("since", "leave out what was before this `TIME`: 2026-04-28 or 2026-04-28T13:00:00Z", timeFlag(&s.since))
	flags.Func("until", "leave out what was at or after this `TIME`", timeFlag(&s.until))
	flags.Func("vault", "judge only the vault of this `NAME`; may be given several times", func(name string) error {
		if name == "" {
			return errors.New("it is empty")
		}
		s.vaults = append(s.vaults, strings.ToLower(name))
		return nil
	})
}

func timeFlag(to *time.Time) func(string) error {
	return func(text string) error {
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
			if t, err := time.Parse(layout, text); err == nil {
				*to = t
				return nil
			}
		}
		return errors.New("want a date, as 2026-04-28 (UTC), or a time with its zone, as 2026-04-28T13:00:00Z")
	}
}

// outside tells whether a record is none of this replay's business. What concerns more than one vault, such as a role
// assignment on a subscription, always is.
func (s scope) outside(r *audit.Record) bool {
	if r.Time.Before(s.since) || !s.until.IsZero() && !r.Time.Before(s.until) {
		return true
	}
	if len(s.vaults) == 0 || r.Scoped {
		return false
	}
	name := r.Vault[strings.LastIndexByte(r.Vault, '/')+1:]
	name, _, _ = strings.Cut(name, ".") // a record without a resource id has the host's name
	return !slices.Contains(s.vaults, name) && !slices.Contains(s.vaults, r.Vault)
}

// counts is what became of everything that was read, before the judge.
type counts struct {
	kept, outside, skipped, malformed int
	reasons                           map[string]int
	first, last                       time.Time
}

func (c *counts) read() int { return c.kept + c.outside + c.skipped + c.malformed }

// maxReasons bounds the different reasons remembered: they hold numbers, and a log may be broken in every line.
const maxReasons = 50

func (c *counts) add(p portion) {
	c.kept += len(p.records)
	c.outside += p.outside
	c.skipped += p.tally.Skipped
	c.malformed += p.tally.Malformed
	for _, problem := range p.tally.Problems {
		if c.reasons == nil {
			c.reasons = map[string]int{}
		}
		if _, known := c.reasons[problem.Reason]; known || len(c.reasons) < maxReasons {
			c.reasons[problem.Reason]++
		}
	}
	for i := range p.records {
		at := p.records[i].Time
		if c.first.IsZero() || at.Before(c.first) {
			c.first = at
		}
		if at.After(c.last) {
			c.last = at
		}
	}
}

// portion is what one body held.
type portion struct {
	records []audit.Record
	outside int
	tally   audit.Tally
	share   float64 // of all bytes read so far; 0 if that is not known
}

// source reads the inputs and counts what is in them.
type source struct {
	inputs []logfile.Input
	scope  scope
	now    time.Time
	counts counts
	texts  texts
}
