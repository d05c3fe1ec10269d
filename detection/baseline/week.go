package baseline

import "math"

// WeekHours is how many hours a week has.
const WeekHours = 7 * 24

// Week counts what comes in each hour of the UTC week, Monday's first hour first. It fades: what does not come again is
// halved every fortnight and gone after ten weeks. Its size is fixed, and adding to it costs no more than an addition.
// The zero value is empty.
type Week struct {
	// Counts are in [weekUnit]s of a happening, as of the fortnight Block.
	Counts [WeekHours]uint16 `cbor:"1,keyasint"`
	Block  Day               `cbor:"2,keyasint,omitempty"`
}

const (
	// weekUnit is what a happening adds, so that a single one outlives several halvings.
	weekUnit  = 16
	weekBlock = 14
)

// Add counts one happening. What comes late counts as of now.
func (w *Week) Add(at Instant) {
	w.fade(at.Day() / weekBlock)
	c := &w.Counts[HourOfWeek(at)]
	*c = min(*c, math.MaxUint16-weekUnit) + weekUnit
}

func (w *Week) fade(block Day) {
	halvings := block - w.Block
	if halvings <= 0 {
		return
	}
	for i := range w.Counts {
		w.Counts[i] >>= min(halvings, 16)
	}
	w.Block = block
}

// As is the week as it has faded by an instant, in happenings: one in the current fortnight is 1, one of the fortnight
// before 0.5, and so on.
func (w Week) As(at Instant) (hours [WeekHours]float64) {
	w.fade(at.Day() / weekBlock)
	for i, c := range w.Counts {
		hours[i] = float64(c) / weekUnit
	}
	return hours
}

// HourOfWeek is the number of an instant's hour in the UTC week; 0 is Monday's first. 1970 began on a Thursday.
func HourOfWeek(at Instant) int { return int((at/Hour + 3*24) % WeekHours) }
