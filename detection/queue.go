package detection

import (
	"cmp"
	"slices"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Queue holds records until they are judged, each once, in order of event time; equal times go by digest. Adding is
// commutative, associative and idempotent: the same records, in whatever order and however often, wait in the same
// order.
type Queue struct {
	// Duplicates counts the records that were there before.
	Duplicates int

	waiting []waiting
	// seen are the digests of about the last day, in two generations.
	seen, before map[uint64]struct{}
	turned       Instant
}

type waiting struct {
	at     Instant
	digest uint64
	record *audit.Record
}

const (
	// rememberSpan and rememberMax bound a generation of digests: duplicates are recognised for one to two days, or
	// over half a million records.
	rememberSpan = baseline.DayLen
	rememberMax  = 500_000
)

// Add queues records. The queue keeps pointers into the slice until they are judged.
func (q *Queue) Add(records []audit.Record) {
	fresh := make([]waiting, 0, len(records))
	for i := range records {
		if rec := &records[i]; q.isNew(rec) {
			fresh = append(fresh, waiting{baseline.At(rec.Time), rec.Digest, rec})
		}
	}
	slices.SortFunc(fresh, waiting.compare)
	q.waiting = q.merge(q.waiting, fresh)
}

// Len is the number of records waiting.
func (q *Queue) Len() int { return len(q.waiting) }

// Oldest is the time of the first record waiting, 0 if none is.
func (q *Queue) Oldest() Instant {
	if len(q.waiting) == 0 {
		return 0
	}
	return q.waiting[0].at
}

// Know makes the queue take a record for seen, without queueing it.
func (q *Queue) Know(rec *audit.Record) { q.isNew(rec) }

func (q *Queue) isNew(rec *audit.Record) bool {
	q.turn(baseline.At(rec.Time))
	_, now := q.seen[rec.Digest]
	_, then := q.before[rec.Digest]
	if now || then {
		q.Duplicates++
		return false
	}
	q.seen[rec.Digest] = struct{}{}
	return true
}

func (q *Queue) turn(at Instant) {
	if q.seen == nil || at > q.turned+rememberSpan || len(q.seen) >= rememberMax {
		q.before, q.seen, q.turned = q.seen, make(map[uint64]struct{}), max(at, q.turned)
	}
}

func (w waiting) compare(o waiting) int {
	if w.at != o.at {
		return cmp.Compare(w.at, o.at)
	}
	return cmp.Or(w.record.Time.Compare(o.record.Time), cmp.Compare(w.digest, o.digest))
}

// merge merges two ordered lists and drops what stands in both: a record that waits is recognised however long ago it
// came. The common case, everything new at the end, copies nothing.
func (q *Queue) merge(old, fresh []waiting) []waiting {
	if len(old) == 0 || len(fresh) == 0 || old[len(old)-1].compare(fresh[0]) < 0 {
		return append(old, fresh...)
	}
	start, _ := slices.BinarySearchFunc(old, fresh[0], waiting.compare)
	tail := slices.Clone(old[start:])
	out := old[:start]
	for len(tail) > 0 && len(fresh) > 0 {
		switch order := tail[0].compare(fresh[0]); {
		case order < 0:
			out, tail = append(out, tail[0]), tail[1:]
		case order > 0:
			out, fresh = append(out, fresh[0]), fresh[1:]
		default:
			q.Duplicates++
			fresh = fresh[1:]
		}
	}
	return append(append(out, tail...), fresh...)
}

// take removes and returns the records up to an instant.
func (q *Queue) take(until Instant) []*audit.Record {
	n, _ := slices.BinarySearchFunc(q.waiting, until, func(w waiting, t Instant) int {
		if w.at <= t {
			return -1
		}
		return 1
	})
	taken := make([]*audit.Record, n)
	for i, w := range q.waiting[:n] {
		taken[i] = w.record
	}
	clear(q.waiting[:n]) // the rest stays where it is, and must not keep these alive
	q.waiting = q.waiting[n:]
	return taken
}
