package baseline

import (
	"math/bits"
	"time"
)

// Instant is a point in event time, in milliseconds since 1970. The zero Instant means "never".
type Instant int64

// Spans of event time, as differences of two Instants.
const (
	Minute Instant = 60 * 1000
	Hour           = 60 * Minute
	DayLen         = 24 * Hour
)

// At turns a time into an Instant.
func At(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time is the instant as a UTC time.
func (i Instant) Time() time.Time { return time.UnixMilli(int64(i)).UTC() }

// Day is the instant's UTC day.
func (i Instant) Day() Day { return Day(i / DayLen) }

// Dawn is when the instant's UTC day began.
func (i Instant) Dawn() Instant { return i - i%DayLen }

// Span is the length from an earlier instant to this one.
func (i Instant) Span(earlier Instant) time.Duration {
	return time.Duration(i-earlier) * time.Millisecond
}

// Day is a UTC day, counted since 1970.
type Day int32

// Weekend tells whether the day is a Saturday or a Sunday. 1970-01-01 was a Thursday.
func (d Day) Weekend() bool { return (d+4)%7 == 6 || (d+4)%7 == 0 }

// Days is a set of days: the last one marked and the 127 before it. The zero value is empty.
type Days struct {
	Last Day       `cbor:"1,keyasint,omitempty"`
	Bits [2]uint64 `cbor:"2,keyasint,omitempty"`
}

// Mark adds a day. Days more than 127 before the last are forgotten.
func (s *Days) Mark(d Day) {
	if d > s.Last {
		s.shift(uint(d - s.Last))
		s.Last = d
	}
	if back := uint(s.Last - d); back < 128 {
		s.Bits[back/64] |= 1 << (back % 64)
	}
}

func (s *Days) shift(n uint) {
	switch {
	case n >= 128:
		s.Bits = [2]uint64{}
	case n >= 64:
		s.Bits = [2]uint64{0, s.Bits[0] << (n - 64)}
	default:
		s.Bits[1] = s.Bits[1]<<n | s.Bits[0]>>(64-n)
		s.Bits[0] <<= n
	}
}

// Has tells whether a day is marked.
func (s Days) Has(d Day) bool {
	back := uint(s.Last - d)
	return d <= s.Last && back < 128 && s.Bits[back/64]>>(back%64)&1 == 1
}

// Within counts the marked days of the n days before d; d itself is not counted.
func (s Days) Within(d Day, n int) int {
	// Bit i is the day Last-i: wanted are the bits from Last-d+1, at least 0, up to Last-d+n.
	from, to := max(s.Last-d+1, 0), min(int64(s.Last-d)+int64(n), 127)
	if to < int64(from) {
		return 0
	}
	return bits.OnesCount64(s.Bits[0]&span(int64(from), to)) + bits.OnesCount64(s.Bits[1]&span(int64(from)-64, to-64))
}

// span has the bits from one to another set, as far as they are bits of a word.
func span(from, to int64) uint64 {
	if to < 0 || from > 63 {
		return 0
	}
	return (^uint64(0) << max(from, 0)) & (^uint64(0) >> (63 - min(to, 63)))
}

// Empty tells whether no day is marked.
func (s Days) Empty() bool { return s.Bits == [2]uint64{} }
