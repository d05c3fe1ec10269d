package main

import (
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

// curve is what was measured along an axis.
type curve struct {
	bench.Axis
	points []bench.Growth
	// work is instructions a record at the first and the last point; 0 where they were not counted.
	work [2]float64
}

// countable is the most records of an estate's past that are worth waiting for where instructions are counted.
const countable = 300_000

// count counts at both ends, but for an axis whose estates have too long a past.
func (c *curve) count(n counter) (err error) {
	last := c.Estates[len(c.Estates)-1]
	if last.Vaults*last.Days*last.Daily > countable {
		return nil
	}
	for i, e := range []bench.Estate{c.Estates[0], last} {
		if c.work[i], err = n.ofEstate(e); err != nil {
			return fmt.Errorf("count the instructions of %d %s: %w", c.Count(e), c.Name, err)
		}
	}
	return nil
}

func (p page) growth(b *strings.Builder) {
	b.WriteString(`## Growth

![What a record costs as an estate grows](pictures/growth.svg)

What a record costs as a synthetic estate grows in one direction: the whole job, from the host's body on, and within it to
judge and absorb a record that was parsed. *×* holds the cost against the first line's. The heap is the live one that is
remembered. The vaults speak in turn, the worst there is: nothing that a record needs was needed by the thousands before it.
So what grows is hardly the work, which instructions count, but the waiting for memory, and requests are forgotten before
they return and have to be read anew.

`)
	for _, c := range p.curves {
		fmt.Fprintf(b, "**%s** (%s)\n\n", strings.ToUpper(c.Name[:1])+c.Name[1:], c.Fixed)
		fmt.Fprintf(b, "| %s | whole job, µs/record | × | judging, µs/record | × | allocations/record, whole job | judging | heap, MiB | KiB per vault |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n", c.Name)
		for _, g := range c.points {
			first := c.points[0]
			fmt.Fprintf(b, "| %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.1f | %.0f |\n", c.Count(g.Estate),
				micros(g.Whole.Time), ratio(g.Whole, first.Whole), micros(g.Judging.Time), ratio(g.Judging, first.Judging),
				g.Whole.Allocations, g.Judging.Allocations, float64(g.Memory)/(1<<20), float64(g.Memory)/1024/float64(g.Vaults))
		}
		if first, last := c.work[0], c.work[1]; first*last > 0 {
			fmt.Fprintf(b, "\nBy instructions of the whole job: %.0f a record at the first line, %.0f at the last, %.2f times as many.\n", first, last, last/first)
		}
		b.WriteString("\n")
	}
}

func ratio(c, first bench.Cost) float64 { return float64(c.Time) / float64(first.Time) }
