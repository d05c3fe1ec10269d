package baseline

import (
	"math"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Series follows how often something happens: rolling counts of the last hour and the last 24 hours for the verdict,
// and what an hour and a day usually hold. Its size is fixed.
type Series struct {
	At Instant `cbor:"3,keyasint,omitempty"`
	// Hour and Day are the sums of Slots and Hours.
	Hour uint32 `cbor:"4,keyasint,omitempty"`
	Day  uint32 `cbor:"5,keyasint,omitempty"`
	// MaxHour and MaxDay are the highest rolling counts of today that were taken for usual, TopHour and TopDay those of the
	// days before: today's become usual only when the day is over.
	MaxHour uint32 `cbor:"11,keyasint,omitempty"`
	MaxDay  uint32 `cbor:"12,keyasint,omitempty"`
	// Cap, when not 0, is the count an hour up to which the current hour may be learned: see Winsorise.
	Cap uint32 `cbor:"10,keyasint,omitempty"`

	limit   uint32 // of the hour, worked out once
	limitOf Instant

	// Slots are the twelve five-minute counts up to the slot of At, Hours the 24 hourly ones.
	Slots [12]uint32 `cbor:"1,keyasint,omitempty"`
	Hours [24]uint32 `cbor:"2,keyasint,omitempty"`

	Hourly  Moments `cbor:"6,keyasint,omitempty"`
	Daily   Moments `cbor:"7,keyasint,omitempty"`
	TopHour Peak    `cbor:"8,keyasint,omitempty"`
	TopDay  Peak    `cbor:"9,keyasint,omitempty"`
}

// seriesOf is the series in which records of a class are counted, for looking at. The use of keys has one of its own,
// which few need and which is only there if they do.
func seriesOf(c audit.Class, requests, crypto *Series) *Series {
	switch {
	case c != audit.Crypto:
		return requests
	case crypto == nil:
		return new(Series)
	}
	return crypto
}

// counted is seriesOf for counting.
func counted(c audit.Class, requests *Series, crypto **Series) *Series {
	if c == audit.Crypto && *crypto == nil {
		*crypto = new(Series)
	}
	return seriesOf(c, requests, *crypto)
}

// Limit is the count an hour that is exceeded by chance with probability p only, from what the hours before this one
// taught. The prior is an hour with one request, worth a day.
func (s *Series) Limit(p, dispersion float64) uint32 {
	if hour := s.At / Hour; s.limitOf != hour {
		mean, variance := s.Hourly.Estimate(1, 24, dispersion)
		s.limit, s.limitOf = uint32(Quantile(p, mean, variance)), hour
	}
	return s.limit
}

const (
	slot = 5 * Minute
	// hourlyKeep is DailyDecay spread over 24 hours.
	hourlyKeep = 0.99786504
)

// Add counts n happenings at an instant. What comes late counts into the current slot.
func (s *Series) Add(at Instant, n uint32) {
	s.Advance(at)
	s.Slots[int(s.At/slot)%12] += n
	s.Hours[int(s.At/Hour)%24] += n
	s.Hour += n
	s.Day += n
}

// Advance lets the clock run to an instant, learning the hours and days that ended.
func (s *Series) Advance(to Instant) {
	if s.At == 0 {
		s.At = to
		return
	}
	if to/slot <= s.At/slot {
		return
	}
	s.rollSlots(to)
	s.rollHours(to)
	s.At = to
}

func (s *Series) rollSlots(to Instant) {
	for n, k := s.At/slot, min(to/slot-s.At/slot, 12); k > 0; k-- {
		n++
		s.Hour -= s.Slots[int(n)%12]
		s.Slots[int(n)%12] = 0
	}
}

func (s *Series) rollHours(to Instant) {
	passed := to/Hour - s.At/Hour
	if passed == 0 {
		return
	}
	s.learnHour(float64(s.Hours[int(s.At/Hour)%24]))
	if passed > 1 {
		s.Hourly.Zeros(int(passed-1), hourlyKeep)
	}
	if days := to.Day() - s.At.Day(); days > 0 {
		s.learnDay(float64(s.sumDay(s.At)), s.At.Day())
		s.zeroDays(s.At.Day()+1, to.Day())
		s.TopHour.Raise(s.At.Day(), s.MaxHour)
		s.TopDay.Raise(s.At.Day(), s.MaxDay)
		s.MaxHour, s.MaxDay = 0, 0
	}
	for n, k := s.At/Hour, min(passed, 24); k > 0; k-- {
		n++
		s.Day -= s.Hours[int(n)%24]
		s.Hours[int(n)%24] = 0
	}
}

// sumDay is the count of the calendar day up to an instant.
func (s *Series) sumDay(at Instant) uint32 {
	sum := uint32(0)
	for h := at - at%DayLen; h <= at; h += Hour {
		sum += s.Hours[int(h/Hour)%24]
	}
	return sum
}

func (s *Series) learnHour(x float64) {
	if s.Cap > 0 {
		x = math.Min(x, float64(s.Cap))
		s.Cap = 0
	}
	s.Hourly.Add(x, hourlyKeep)
}

// learnDay folds a day's count in. Empty weekend days teach nothing: a workday series is not quiet for resting.
func (s *Series) learnDay(x float64, d Day) {
	if x > 0 || !d.Weekend() {
		s.Daily.Add(x, DailyDecay)
	}
}

func (s *Series) zeroDays(from, to Day) {
	for d := max(from, to-30); d < to; d++ {
		s.learnDay(0, d)
	}
}

// Usual takes the rolling counts of now for usual, from tomorrow on.
func (s *Series) Usual() {
	s.MaxHour = max(s.MaxHour, s.Hour)
	s.MaxDay = max(s.MaxDay, s.Day)
}

// Winsorise limits what the current hour may teach to a count an hour: an attack must not become the norm at once.
func (s *Series) Winsorise(count uint32) { s.Cap = max(count, 1) }

// Peak is the highest value of about the last 30 days, kept per five-day block.
type Peak struct {
	Block Day       `cbor:"1,keyasint,omitempty"`
	Tops  [7]uint32 `cbor:"2,keyasint,omitempty"`
}

const peakBlock = 5

// Raise lets the peak of a day's block be at least v.
func (p *Peak) Raise(d Day, v uint32) {
	block := d / peakBlock
	for k := min(block-p.Block, 7); k > 0; k-- {
		p.Tops[int(block-k+1)%7] = 0
	}
	p.Block = max(p.Block, block)
	if p.Block-block < 7 {
		i := int(block) % 7
		p.Tops[i] = max(p.Tops[i], v)
	}
}

// covers tells whether raising the peak would change nothing.
func (p *Peak) covers(d Day, v uint32) bool {
	block := d / peakBlock
	return block == p.Block && v <= p.Tops[int(block)%7]
}

// Top is the highest value of the blocks that touch the 30 days up to a day.
func (p Peak) Top(d Day) uint32 {
	top := uint32(0)
	for i := Day(0); i < 7; i++ {
		if block := p.Block - i; block > d/peakBlock-7 && block >= 0 {
			top = max(top, p.Tops[int(block)%7])
		}
	}
	return top
}
