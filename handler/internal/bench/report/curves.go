package main

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

// Sizes of the picture of growth: panels side by side, all to one scale.
const (
	panel, gap    = 300, 30
	left, top0    = 10, 62 // of the first plot
	plot          = 150    // its height
	margin, below = 22, 44
)

const curveStyle = `text{font:11px system-ui,sans-serif;fill:#4c5b6b}.head{font-weight:600;font-size:13px;fill:#1c2733}` +
	`.grid{stroke:#8fa0b3;stroke-opacity:.3}.whole{stroke:#c8641b}.judging{stroke:#3b6ea5}.whole,.judging{fill:none;stroke-width:2}` +
	`.w{fill:#c8641b}.j{fill:#3b6ea5}text.w,text.j{font-weight:600}` +
	`@media(prefers-color-scheme:dark){text{fill:#a9b7c6}.head{fill:#e8eef5}.whole{stroke:#f0a060}.judging{stroke:#6ea3dc}.w{fill:#f0a060}.j{fill:#6ea3dc}}`

// draw draws cost against size, the size logarithmic, a panel for each direction.
func draw(curves []curve) []byte {
	highest := time.Duration(1)
	for _, c := range curves {
		for _, g := range c.points {
			highest = max(highest, g.Whole.Time, g.Judging.Time)
		}
	}
	step := tick(micros(highest))
	d := plots{step: step, scale: plot / (step * math.Ceil(micros(highest)/step))}
	for i, c := range curves {
		d.x0 = float64(left + i*(panel+gap))
		d.panel(c)
	}
	width := left + len(curves)*(panel+gap)
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img"><title>What a record costs as an estate grows</title><style>%s</style>`+
		`<rect class="w" x="%d" y="8" width="12" height="4"/><text x="%d" y="14">the whole job</text><rect class="j" x="%d" y="8" width="12" height="4"/><text x="%d" y="14">of it: judge and absorb</text><text x="%d" y="14">in µs of processor time a record</text>%s</svg>`+"\n",
		width, top0+plot+below, curveStyle, left, left+17, left+110, left+127, left+270, d.String())
}

// tick is a round distance of some four lines up to the highest.
func tick(highest float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(highest/4)))
	for _, f := range []float64{1, 2, 5} {
		if f*power*4.5 >= highest {
			return f * power
		}
	}
	return 10 * power
}

type plots struct {
	strings.Builder
	x0, step, scale float64 // left edge; µs between two lines; pixels per µs
}

func (d *plots) y(micros float64) float64 { return top0 + plot - micros*d.scale }

func (d *plots) panel(c curve) {
	fmt.Fprintf(d, `<text class="head" x="%.0f" y="40">%s%s</text>`, d.x0, html.EscapeString(strings.ToUpper(c.Name[:1])), html.EscapeString(c.Name[1:]))
	fmt.Fprintf(d, `<text x="%.0f" y="%d">%s</text>`, d.x0, top0+plot+36, html.EscapeString(c.Fixed))
	for v := 0.0; d.y(v) >= top0-0.5; v += d.step {
		fmt.Fprintf(d, `<line class="grid" x1="%.0f" y1="%.1f" x2="%.0f" y2="%.1f"/><text x="%.0f" y="%.1f" text-anchor="end">%g</text>`,
			d.x0+margin, d.y(v), d.x0+panel, d.y(v), d.x0+margin-5, d.y(v)+4, v)
	}
	xs := d.places(c)
	for i, g := range c.points {
		fmt.Fprintf(d, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`, xs[i], top0+plot+18, c.Count(g.Estate))
	}
	d.line("whole", "w", xs, c.points, func(g bench.Growth) time.Duration { return g.Whole.Time })
	d.line("judging", "j", xs, c.points, func(g bench.Growth) time.Duration { return g.Judging.Time })
}

// places are where the estates stand along the logarithm of their size.
func (d *plots) places(c curve) (out []float64) {
	first, last := c.Count(c.points[0].Estate), c.Count(c.points[len(c.points)-1].Estate)
	room, span := float64(panel-margin-44), math.Log(float64(last)/float64(first))
	for _, g := range c.points {
		out = append(out, d.x0+margin+16+room*math.Log(float64(c.Count(g.Estate))/float64(first))/max(span, 1e-9))
	}
	return out
}

// line draws one cost through all points, with a dot at each and its number above.
func (d *plots) line(class, dot string, xs []float64, points []bench.Growth, cost func(bench.Growth) time.Duration) {
	var path, dots strings.Builder
	for i, g := range points {
		y := d.y(micros(cost(g)))
		fmt.Fprintf(&path, " %.1f,%.1f", xs[i], y)
		fmt.Fprintf(&dots, `<circle class="%s" cx="%.1f" cy="%.1f" r="3"/><text class="%s" x="%.1f" y="%.1f" text-anchor="middle">%.1f</text>`, dot, xs[i], y, dot, xs[i], y-8, micros(cost(g)))
	}
	fmt.Fprintf(d, `<polyline class="%s" points="%s"/>%s`, class, strings.TrimSpace(path.String()), dots.String())
}
