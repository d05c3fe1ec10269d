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
	slots   slots // of the records
	// whole is the array in which waiting lies, from its start: what was taken leaves room before the rest.
	whole []waiting
	// aside is where a merge puts what it is about to overwrite.
	aside []waiting
	keys  []uint64 // see order
	// seen are the digests of about the last day, in two generations.
	seen, before *digests
	turned       Instant
	// fetched is good for nothing but that a compiler takes fetching for work.
	fetched uint64
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

// Add queues records. The queue keeps no reference to the slice.
func (q *Queue) Add(records []audit.Record) {
	q.room(len(records))
	q.fetch(records)
	old := len(q.waiting)
	for i := range records {
		if rec := &records[i]; q.isNew(rec) {
			q.waiting = append(q.waiting, waiting{baseline.At(rec.Time), rec.Digest, q.slots.keep(rec)})
		}
	}
	q.order(q.waiting[old:])
	q.merge(old)
}

// room sees to it that n more find a place. What waits moves to the front of its array once half of that is free, so that
// a queue that is filled and emptied all day takes no new memory. An array that once held far more is given back.
func (q *Queue) room(n int) {
	if len(q.waiting)+n <= cap(q.waiting) {
		return
	}
	if need := 2 * (len(q.waiting) + n); need > len(q.whole) || 8*need < len(q.whole) {
		q.whole = make([]waiting, need)
	}
	kept := copy(q.whole, q.waiting)
	clear(q.whole[kept:])
	q.waiting = q.whole[:kept]
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

// fetch brings from memory, for all records at once, where their digests stand: one by one, each would be waited for.
func (q *Queue) fetch(records []audit.Record) {
	for i := range records {
		q.fetched += q.before.at(records[i].Digest) + q.seen.at(records[i].Digest)
	}
}

func (q *Queue) isNew(rec *audit.Record) bool {
	q.turn(baseline.At(rec.Time))
	if q.before.has(rec.Digest) || !q.seen.add(rec.Digest) {
		q.Duplicates++
		return false
	}
	return true
}

func (q *Queue) turn(at Instant) {
	if q.seen == nil {
		q.seen, q.turned = new(digests), max(at, q.turned)
	} else if at > q.turned+rememberSpan || q.seen.count >= rememberMax {
		q.before, q.seen, q.turned = q.seen, digestsFor(q.seen.count), max(at, q.turned)
	}
}

func (w waiting) compare(o waiting) int {
	if w.at != o.at {
		return cmp.Compare(w.at, o.at)
	}
	return cmp.Or(w.record.Time.Compare(o.record.Time), cmp.Compare(w.digest, o.digest))
}

// merge brings two ordered lists, of which the second begins at start, into one and drops what stands in both: a record
// that waits is recognised however long ago it came. The common case, everything new at the end, moves nothing.
func (q *Queue) merge(start int) {
	old, fresh := q.waiting[:start], q.waiting[start:]
	if len(old) == 0 || len(fresh) == 0 || old[start-1].compare(fresh[0]) < 0 {
		return
	}
	first, _ := slices.BinarySearchFunc(old, fresh[0], waiting.compare)
	q.aside = append(q.aside[:0], old[first:]...)
	// What is written comes never further than what is read: fresh lies behind all that was put aside.
	out, tail := old[:first], q.aside
	for len(tail) > 0 && len(fresh) > 0 {
		switch order := tail[0].compare(fresh[0]); {
		case order < 0:
			out, tail = append(out, tail[0]), tail[1:]
		case order > 0:
			out, fresh = append(out, fresh[0]), fresh[1:]
		default:
			q.Duplicates++
			q.slots.leave(fresh[0].record)
			fresh = fresh[1:]
		}
	}
	out = append(append(out, tail...), fresh...)
	clear(q.waiting[len(out):])
	clear(q.aside) // neither may keep records alive
	q.waiting = out
}

// due are the records up to an instant. They stay until they are dropped.
func (q *Queue) due(until Instant) []waiting {
	n, _ := slices.BinarySearchFunc(q.waiting, until, func(w waiting, t Instant) int {
		if w.at <= t {
			return -1
		}
		return 1
	})
	return q.waiting[:n]
}

// drop removes the first n records, whose memory the next ones get.
func (q *Queue) drop(n int) {
	for _, w := range q.waiting[:n] {
		q.slots.leave(w.record)
	}
	clear(q.waiting[:n]) // the rest stays where it is, and must not keep these alive
	q.waiting = q.waiting[n:]
}
