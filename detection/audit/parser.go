package audit

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"github.com/valyala/fastjson"
)

// Parser reads message bodies into records. It remembers texts that return (vaults, operations, principals, agents) so
// that reading hardly allocates, and keeps no reference to a body. It is cheap to make and not safe for concurrent use.
type Parser struct {
	limits   Limits
	splitter *Splitter
	json     fastjson.Parser
	table    columnList
	view     view
	quick    quick
	slow     bool // for tests: nothing is read quickly
	known    interner
	clock    clock
	host     scope   // of a record without resource id
	asked    request // of a record that is read for the first time
	scratch  []byte
}

// Limits bound what a parser takes for a record. Zero values mean the defaults.
type Limits struct {
	// NotBefore and NotAfter bound a record's time; a clock gone wrong must not move anybody's watermark. Zero:
	// 2015-01-01, before the first vault, and no upper end.
	NotBefore, NotAfter time.Time
	// MaxRecord is the longest record in bytes; 0 means [DefaultMaxRecord].
	MaxRecord int
}

// DefaultMaxRecord is far above real records (1 to 5 kB) and far below what would hurt.
const DefaultMaxRecord = 256 << 10

// Tally is what became of the records of a body: those in it are Records + Skipped + Malformed.
type Tally struct {
	// Records were returned.
	Records int
	// Skipped are well-formed but none of our business: other services, metrics, the first half of a start and end pair.
	Skipped int
	// Malformed could not be read.
	Malformed int
	// Problems says why, for the first MaxProblems malformed ones.
	Problems []Problem
}

// Problem is one malformed record.
type Problem struct {
	// Reason is for people. It quotes nothing of the input but numbers and times, so it is safe to log.
	Reason string
	// Offset is the byte of the body at which the record begins.
	Offset int
}

// MaxProblems is how many problems a tally keeps.
const MaxProblems = 10

// Add counts other's records into t.
func (t *Tally) Add(other Tally) {
	t.Records += other.Records
	t.Skipped += other.Skipped
	t.Malformed += other.Malformed
	t.Problems = append(t.Problems, other.Problems[:min(len(other.Problems), MaxProblems-len(t.Problems))]...)
}

// NewParser returns a parser that holds records to the limits.
func NewParser(limits Limits) *Parser {
	if limits.NotBefore.IsZero() {
		limits.NotBefore = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if limits.MaxRecord <= 0 {
		limits.MaxRecord = DefaultMaxRecord
	}
	p := &Parser{
		limits:   limits,
		splitter: NewSplitter(limits.MaxRecord),
		view:     view{spell: newSpeller()},
		known:    newInterner(),
	}
	p.quick = newQuick(&p.view)
	return p
}

// SetNotAfter moves the upper end of the times that are believed; see [Limits].
func (p *Parser) SetNotAfter(at time.Time) { p.limits.NotAfter = at }

// Body appends the records of one message body to dst. It never fails: what cannot be read is counted and explained in
// the tally. An empty body holds nothing.
func (p *Parser) Body(body []byte, dst []Record) ([]Record, Tally) {
	var tally Tally
	skipped := len(body)
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	skipped -= len(body)
	p.splitter.reset()
	p.quick.body(body)
	for at := 0; ; {
		piece, used, ok := p.next(at)
		if !ok {
			p.quick.body(nil)
			p.quick.clear()
			return dst, tally
		}
		at += used
		piece.Offset += int64(skipped)
		dst = p.piece(piece, dst, &tally)
	}
}

// next finds the next piece from a byte of the body on, and how much of the body is done with then. A piece without text
// is one that was read quickly and opened.
func (p *Parser) next(at int) (piece Piece, used int, ok bool) {
	body := p.quick.text[at:]
	if !p.slow && uint64(len(p.quick.text)) < math.MaxUint32 {
		if used, ok = p.splitter.approach(body); ok {
			if end := p.quick.record(at + used); end >= 0 && end-at-used <= p.limits.MaxRecord {
				return p.splitter.opened(end - at - used), end - at, true
			}
		}
	}
	p.quick.clear()
	piece, more, ok := p.splitter.Next(body[used:], true)
	return piece, used + more, ok
}

func (p *Parser) piece(piece Piece, dst []Record, tally *Tally) []Record {
	dst = append(dst, Record{})
	found := p.fill(&dst[len(dst)-1], piece)
	switch {
	case found.reason != "":
		tally.Malformed++
		if len(tally.Problems) < MaxProblems {
			tally.Problems = append(tally.Problems, Problem{Reason: found.reason, Offset: int(piece.Offset)})
		}
	case found.foreign:
		tally.Skipped++
	default:
		tally.Records++
		return dst
	}
	return dst[:len(dst)-1]
}

func (p *Parser) fill(record *Record, piece Piece) verdict {
	switch {
	case piece.Reason != "":
		return verdict{reason: piece.Reason}
	case piece.JSON == nil:
		return p.judge(record)
	}
	return p.read(record, piece)
}

// verdict is what a piece turned out to be: malformed with a reason, foreign, or (the zero value) a record of ours.
type verdict struct {
	reason  string
	foreign bool
}

var foreign = verdict{foreign: true}

func malformed(format string, args ...any) verdict {
	return verdict{reason: fmt.Sprintf(format, args...)}
}

func (p *Parser) read(record *Record, piece Piece) verdict {
	value, err := p.json.ParseBytes(piece.JSON)
	if err != nil {
		return malformed("this is not valid JSON")
	}
	if piece.Columns != nil {
		columns := p.table.fields(piece.Columns, &p.view.spell)
		p.view.openRow(columns, value.GetArray())
	} else {
		p.view.open(value.GetObject())
	}
	return p.judge(record)
}

// judge decides which log the opened record stood in and reads it as such.
func (p *Parser) judge(record *Record) verdict {
	v := &p.view
	operation, resource := v.text(fOperation), v.text(fResource)
	switch {
	case v.has(fMetric) || v.has(fEvaluation):
		return foreign
	case operation == nil && resource == nil:
		return malformed("neither operationName nor resourceId: not a record of an Azure log")
	case bytes.IndexByte(operation, '/') >= 0:
		return p.activity(record)
	}
	return p.vaultLog(record)
}

// timed reads the record's time and holds it to the limits.
func (p *Parser) timed(record *Record) verdict {
	text := p.view.text(fTime)
	if text == nil {
		return malformed("no time")
	}
	at, ok := p.clock.parse(text)
	switch {
	case !ok:
		return malformed("the time is not an RFC 3339 time")
	case at.Before(p.limits.NotBefore):
		return malformed("time %s is before %s", at.Format(time.RFC3339), p.limits.NotBefore.Format(time.RFC3339))
	case !p.limits.NotAfter.IsZero() && at.After(p.limits.NotAfter):
		return malformed("time %s is after %s", at.Format(time.RFC3339), p.limits.NotAfter.Format(time.RFC3339))
	}
	record.Time = at
	return verdict{}
}
