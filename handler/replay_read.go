package main

import (
	"context"
	"errors"
	"flag"
	"iter"
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
}

// readAhead is how many portions may wait for the judge.
const readAhead = 16

// futureSkew is how far ahead of the clock a record's time may be; the handler has the same tolerance.
const futureSkew = time.Hour

// portions reads and parses beside the judge, in order. Its goroutine ends before the sequence does.
func (s *source) portions(ctx context.Context) iter.Seq2[portion, error] {
	type message struct {
		portion
		err error
	}
	return func(yield func(portion, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		queue := make(chan message, readAhead)
		defer func() {
			cancel()
			for range queue { // until the reader has noticed and closed it
			}
		}()
		go func() {
			defer close(queue)
			s.read(ctx, func(p portion, err error) bool {
				select {
				case queue <- message{p, err}:
					return err == nil
				case <-ctx.Done():
					return false
				}
			})
		}()
		for m := range queue {
			s.counts.add(m.portion)
			if !yield(m.portion, m.err) || m.err != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(portion{}, err)
		}
	}
}

// read parses one body after the other until emit wants no more.
func (s *source) read(ctx context.Context, emit func(portion, error) bool) {
	parser := audit.NewParser(audit.Limits{NotAfter: s.now.Add(futureSkew)})
	var total, before int64
	for i := range s.inputs {
		total += s.inputs[i].Size
	}
	for i := range s.inputs {
		in := &s.inputs[i]
		for body, err := range in.Bodies() {
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				emit(portion{}, err)
				return
			}
			p := s.portion(parser, body)
			if in.Size > 0 {
				p.share = float64(before+in.Position()) / float64(total)
			}
			if !emit(p, nil) {
				return
			}
		}
		before += in.Size
	}
}

func (s *source) portion(parser *audit.Parser, body []byte) (p portion) {
	p.records, p.tally = parser.Body(body, nil)
	p.records = slices.DeleteFunc(p.records, func(r audit.Record) bool { return s.scope.outside(&r) })
	p.outside = p.tally.Records - len(p.records)
	return p
}
