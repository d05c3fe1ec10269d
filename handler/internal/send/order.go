package send

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
)

// window is how far back in event time a record may come and still find its place. A storage container's folder is read
// hour by hour, all vaults of one hour before the next, so records lie less than an hour apart; the rest is for clocks.
const window = 2 * time.Hour

// harmless is how late a record may come behind the window: the judge waits as long for it.
const harmless = 10 * time.Minute

// piece is one record as it stands in an input. Columns are those of a row, nil for a record.
type piece struct {
	at            time.Time
	json, columns []byte
}

// ordered yields the records of the inputs by event time, and at most one error, at the end. It holds the records of two
// windows. What is left out is counted.
func ordered(inputs []logfile.Input, sent *Sent) iter.Seq2[piece, error] {
	return func(yield func(piece, error) bool) {
		var o orderly
		parser := audit.NewParser(audit.Limits{})
		for i := range inputs {
			for body, err := range inputs[i].Bodies() {
				if err != nil {
					yield(piece{}, err)
					return
				}
				for _, p := range cut(body, parser, sent) {
					if p.at.Before(o.edge.Add(-harmless)) {
						yield(piece{}, fmt.Errorf("%s is not in the order of time: a record of %s comes after such of %s; export it sorted by time, or judge it with replay, which sorts",
							inputs[i].Name, p.at.Format(time.RFC3339), o.edge.Format(time.RFC3339)))
						return
					}
					o.add(p)
				}
				if !o.release(o.high.Add(-window), yield) {
					return
				}
			}
		}
		o.edge = time.Time{}
		o.release(o.high, yield)
	}
}

// orderly holds records until nothing earlier is expected.
type orderly struct {
	waiting    []piece
	high, edge time.Time // the highest event time seen, and the one up to which records were released
	low        time.Time // the lowest that waits
}

func (o *orderly) add(p piece) {
	o.waiting = append(o.waiting, p)
	if p.at.After(o.high) {
		o.high = p.at
	}
	if len(o.waiting) == 1 || p.at.Before(o.low) {
		o.low = p.at
	}
}

// release yields what waits up to a time, once that is worth the sorting: a window's length of it.
func (o *orderly) release(until time.Time, yield func(piece, error) bool) bool {
	if len(o.waiting) == 0 || o.low.After(until) || until.Sub(o.low) < window && until.Before(o.high) {
		return true
	}
	slices.SortStableFunc(o.waiting, func(a, b piece) int { return a.at.Compare(b.at) })
	n, _ := slices.BinarySearchFunc(o.waiting, until, func(p piece, t time.Time) int {
		if p.at.After(t) {
			return 1
		}
		return -1
	})
	for _, p := range o.waiting[:n] {
		if !yield(p, nil) {
			return false
		}
	}
	o.waiting = slices.Delete(o.waiting, 0, n)
	o.edge = until
	if len(o.waiting) > 0 {
		o.low = o.waiting[0].at
	}
	return true
}

// cut finds the records of a body and their times.
func cut(body []byte, parser *audit.Parser, sent *Sent) (pieces []piece) {
	split := audit.NewSplitter(audit.DefaultMaxRecord)
	for {
		found, used, ok := split.Next(body, true)
		if !ok {
			return pieces
		}
		p := piece{json: slices.Clone(found.JSON), columns: slices.Clone(found.Columns)}
		body = body[used:]
		records, tally := parser.Body(wrap(p), nil)
		switch {
		case found.Reason != "" || tally.Malformed > 0:
			sent.Broken++
		case len(records) == 0:
			sent.Skipped++
		default:
			p.at = records[0].Time
			pieces = append(pieces, p)
		}
	}
}
