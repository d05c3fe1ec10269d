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
}

func (p page) growth(b *strings.Builder) {
	b.WriteString(`## Growth

![What a record costs as an estate grows](pictures/growth.svg)

What a record costs as a synthetic estate grows in one direction: the whole job, from the host's body on, and within it to
judge and absorb a record that was parsed. *×* holds the cost against the first line's. The heap is the live one that is
remembered.

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
		b.WriteString("\n")
	}
}

func ratio(c, first bench.Cost) float64 { return float64(c.Time) / float64(first.Time) }
