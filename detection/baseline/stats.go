package baseline

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Tail is the chance that a negative binomial count with the given mean and variance is at least k, by the mid-p rule
// (half of P(k) counts), which keeps discrete tails from being too timid. A variance not above the mean means Poisson.
func Tail(k int, mean, variance float64) float64 {
	x := float64(k)
	switch {
	case k <= 0:
		return 1
	case mean <= 0:
		return 0
	case variance <= mean*1.0001:
		atLeast, above := mathext.GammaIncReg(x, mean), mathext.GammaIncReg(x+1, mean)
		return (atLeast + above) / 2
	}
	size := mean * mean / (variance - mean)
	q := mean / (size + mean)
	atLeast, above := mathext.RegIncBeta(x, size, q), mathext.RegIncBeta(x+1, size, q)
	return (atLeast + above) / 2
}

// Quantile is the smallest count whose [Tail] is at most p.
func Quantile(p, mean, variance float64) int {
	low, high := 0, 1
	for Tail(high, mean, variance) > p {
		low, high = high, high*2
		if high > 1<<30 {
			return high
		}
	}
	for low+1 < high {
		if mid := (low + high) / 2; Tail(mid, mean, variance) > p {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// Moments are decayed sufficient statistics of a count per period. The weight decays with the sums, so that a long
// history does not drift towards "everything is unusual".
type Moments struct {
	Weight float64 `cbor:"1,keyasint,omitempty"` // periods
	Sum    float64 `cbor:"2,keyasint,omitempty"`
	Square float64 `cbor:"3,keyasint,omitempty"`
}

// Add folds one period's count in, after letting the past fade by the factor keep.
func (m *Moments) Add(x, keep float64) {
	m.Weight = m.Weight*keep + 1
	m.Sum = m.Sum*keep + x
	m.Square = m.Square*keep + x*x
}

// Zeros folds n periods with a count of zero in, at once.
func (m *Moments) Zeros(n int, keep float64) {
	fade := math.Pow(keep, float64(n))
	m.Weight = m.Weight*fade + (1-fade)/(1-keep)
	m.Sum *= fade
	m.Square *= fade
}

// Estimate is the mean and variance, shrunk towards a prior that counts as much as priorWeight periods. The variance
// is never taken below that of a count with the least dispersion: few quiet periods must not look like certainty.
func (m Moments) Estimate(priorMean, priorWeight, dispersion float64) (mean, variance float64) {
	w := m.Weight + priorWeight
	if w == 0 {
		return 0, 0
	}
	mean = (m.Sum + priorMean*priorWeight) / w
	priorSquare := priorMean*priorMean*(1+dispersion) + priorMean
	variance = (m.Square+priorSquare*priorWeight)/w - mean*mean
	return mean, max(variance, mean+dispersion*mean*mean)
}

// Rate counts newcomers over exposure, both decayed by the same clock.
type Rate struct {
	Count    float64 `cbor:"1,keyasint,omitempty"`
	Exposure float64 `cbor:"2,keyasint,omitempty"` // days
	Until    Day     `cbor:"3,keyasint,omitempty"`
}

// Pass lets the clock run to a day.
func (r *Rate) Pass(to Day) {
	if r.Until == 0 {
		r.Until = to
	}
	if n := int(to - r.Until); n > 0 {
		fade := math.Pow(DailyDecay, float64(n))
		r.Count *= fade
		r.Exposure = r.Exposure*fade + (1-fade)/(1-DailyDecay)
		r.Until = to
	}
}

// Rates are those of newcomers of each sort. Their clock is one.
type Rates [Sorts]Rate

// Pass lets the clock run to a day. Nearly always it is there.
func (r *Rates) Pass(to Day) {
	if r[0].Until >= to {
		return
	}
	for i := range r {
		r[i].Pass(to)
	}
}

// Chance is the probability that a newcomer appears on a day at all: 1-e^-λ, λ the posterior mean of a Gamma whose
// prior is a rate of priorRate a day, worth PriorDays days.
func (r Rate) Chance(priorRate float64) float64 {
	lambda := (r.Count + priorRate*PriorDays) / (r.Exposure + PriorDays)
	return 1 - math.Exp(-lambda)
}

// DailyDecay is what is left of a day's weight a day later (half-life 13.5 days); PriorDays is the weight of a prior.
const (
	DailyDecay = 0.95
	PriorDays  = 7
)
