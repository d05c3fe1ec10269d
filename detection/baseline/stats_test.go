package baseline

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s = %.9f, want %.9f", what, got, want)
	}
}

// Tails against values worked out by hand: Poisson(3) has P(X>=5) = 0.184737 and P(X>=6) = 0.083918; the negative
// binomial of size 2 and chance 1/2 (mean 2, variance 4) has P(X>=3) = 5/16 and P(X>=4) = 3/16.
func TestTailKnownValues(t *testing.T) {
	near(t, "Poisson tail", Tail(5, 3, 3), (0.184737+0.083918)/2, 1e-6)
	near(t, "negative binomial tail", Tail(3, 2, 4), (5./16+3./16)/2, 1e-9)
	near(t, "tail of nothing", Tail(0, 2, 4), 1, 0)
	near(t, "tail over a mean of nothing", Tail(1, 0, 0), 0, 0)
}

// Tails by the incomplete beta function equal the plain sum of the mass, also far out and for heavy dispersion.
func TestTailEqualsSum(t *testing.T) {
	mass := func(k int, mean, variance float64) float64 {
		r := mean * mean / (variance - mean)
		p := r / (r + mean)
		a, _ := math.Lgamma(float64(k) + r)
		b, _ := math.Lgamma(r)
		c, _ := math.Lgamma(float64(k) + 1)
		return math.Exp(a - b - c + r*math.Log(p) + float64(k)*math.Log(1-p))
	}
	for _, c := range []struct {
		k              int
		mean, variance float64
	}{{10, 4, 20}, {50, 4, 20}, {200, 100, 5000}, {7, 0.1, 0.5}} {
		sum := mass(c.k, c.mean, c.variance) / 2
		for k := c.k + 1; k < 20000; k++ {
			sum += mass(k, c.mean, c.variance)
		}
		near(t, "tail", Tail(c.k, c.mean, c.variance)/sum, 1, 1e-6)
	}
}

func TestQuantileInvertsTail(t *testing.T) {
	for _, p := range []float64{0.1, 1e-3, 1e-6} {
		q := Quantile(p, 6, 40)
		if Tail(q, 6, 40) > p || Tail(q-1, 6, 40) <= p {
			t.Errorf("quantile of %g is %d: tails %g and %g", p, q, Tail(q, 6, 40), Tail(q-1, 6, 40))
		}
	}
}

// Zeros at once equal zeros one by one.
func TestMomentsZeros(t *testing.T) {
	var a, b Moments
	a.Add(5, 0.9)
	b.Add(5, 0.9)
	a.Zeros(7, 0.9)
	for range 7 {
		b.Add(0, 0.9)
	}
	near(t, "weight", a.Weight, b.Weight, 1e-9)
	near(t, "sum", a.Sum, b.Sum, 1e-9)
	near(t, "square", a.Square, b.Square, 1e-9)
}

// A vault with a newcomer every other day is used to them; one that has had none for weeks is not. The weight of the
// past fades on both sides, so that a long quiet history does not make the next newcomer count for nothing.
func TestRate(t *testing.T) {
	var busy, still Rate
	for day := Day(1); day <= 60; day++ {
		busy.Pass(day)
		still.Pass(day)
		if day%2 == 0 {
			busy.Count++
		}
	}
	if busy.Chance(0.02) < 0.25 || still.Chance(0.02) > 0.01 {
		t.Errorf("chances %.3f and %.3f", busy.Chance(0.02), still.Chance(0.02))
	}
	if limit := 1 / (1 - DailyDecay); still.Exposure > limit {
		t.Errorf("exposure %.1f grows beyond %.1f", still.Exposure, limit)
	}
}

// Counting the days of a span at once equals looking at each.
func TestDaysWithin(t *testing.T) {
	var s Days
	for _, d := range []Day{20100, 20101, 20130, 20163, 20164, 20165, 20226, 20227} {
		s.Mark(d)
		for day := Day(20080); day < 20400; day++ {
			for _, n := range []int{0, 1, 2, 30, 60, 63, 64, 65, 90, 127, 128, 200} {
				want := 0
				for x := day - Day(n); x < day; x++ {
					if s.Has(x) {
						want++
					}
				}
				if got := s.Within(day, n); got != want {
					t.Fatalf("%d days of the %d before %d are marked after %d, not %d", want, n, day, d, got)
				}
			}
		}
	}
}
