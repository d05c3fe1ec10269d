package month

import (
	"encoding/hex"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// dice are the only source of chance. Every actor and day rolls its own, seeded by its name, so that one more actor
// or a longer plan leaves everybody else's life as it was.
type dice struct{ *rand.Rand }

func newDice(seed uint64, name string, number int) dice {
	digest := fnv.New64a()
	digest.Write([]byte(name))
	return dice{rand.New(rand.NewPCG(seed^digest.Sum64(), seed*0x9e3779b97f4a7c15+uint64(number)))}
}

func (d dice) chance(p float64) bool { return d.Float64() < p }

// whole is a number from low to high, both included.
func (d dice) whole(low, high int) int { return low + d.IntN(high-low+1) }

func (d dice) span(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(d.Int64N(int64(high-low)))
}

// count is a Poisson number; over-dispersion comes from its callers, who vary the mean.
func (d dice) count(mean float64) int {
	if mean > 60 {
		return max(0, int(math.Round(mean+d.NormFloat64()*math.Sqrt(mean))))
	}
	n, left := 0, math.Exp(-mean)
	for p := d.Float64(); p > left; p *= d.Float64() {
		n++
	}
	return n
}

// spread varies a mean by a log-normal factor, as the rates of real machines differ.
func (d dice) spread(mean, sigma float64) float64 {
	return mean * math.Exp(d.NormFloat64()*sigma-sigma*sigma/2)
}

func (d dice) hex(bytes int) string {
	raw := make([]byte, bytes)
	for i := range raw {
		raw[i] = byte(d.Uint32())
	}
	return hex.EncodeToString(raw)
}

func (d dice) guid() string {
	h := []byte(d.hex(16))
	h[12], h[16] = '4', "89ab"[d.IntN(4)]
	return string(h[:8]) + "-" + string(h[8:12]) + "-" + string(h[12:16]) + "-" + string(h[16:20]) + "-" + string(h[20:])
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// some draws n different elements (all, if there are fewer), in random order.
func some[T any](d dice, from []T, n int) []T {
	order := d.Perm(len(from))
	out := make([]T, 0, min(n, len(from)))
	for _, i := range order[:min(n, len(from))] {
		out = append(out, from[i])
	}
	return out
}

func filter[T any](from []T, keep func(T) bool) []T {
	var out []T
	for _, x := range from {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}
