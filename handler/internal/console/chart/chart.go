// Package chart draws the console's pictures as SVG, on the server: heat strips, columns, bullets, calendars, lanes.
//
// It refuses scripts, inline styles and text of anybody's choice: a drawing is made of numbers and class names, so that
// a strict content policy holds and nothing needs to be escaped but the labels, which are. Colours are the style
// sheet's business; every drawing is told apart by position, length or shape as well, never by colour alone.
//
// Start reading at [Strip].
package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// drawing gathers the elements of one SVG.
type drawing struct{ strings.Builder }

func (d *drawing) rect(class string, x, y, w, h float64, title string) {
	fmt.Fprintf(d, `<rect class="%s" x="%s" y="%s" width="%s" height="%s">`, class, n(x), n(y), n(w), n(h))
	if title != "" {
		fmt.Fprintf(d, `<title>%s</title>`, html.EscapeString(title))
	}
	d.WriteString(`</rect>`)
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(d, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, n(x1), n(y1), n(x2), n(y2))
}

// svg closes the drawing. Stretch lets it fill whatever width it gets, which suits rectangles and spoils circles.
func (d *drawing) svg(class, label string, w, h float64, stretch bool) template.HTML {
	size := fmt.Sprintf(`width="%s" height="%s"`, n(w), n(h))
	if stretch {
		size = fmt.Sprintf(`width="100%%" height="%s" preserveAspectRatio="none"`, n(h))
	}
	return template.HTML(fmt.Sprintf(`<svg class="%s" role="img" aria-label="%s" viewBox="0 0 %s %s" %s>%s</svg>`,
		class, html.EscapeString(label), n(w), n(h), size, d.String())) // numbers, classes and escaped labels only
}

// n is a number as short as it is exact enough.
func n(x float64) string {
	s := fmt.Sprintf("%.2f", x)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Levels is how many shades a heat cell may have besides empty.
const Levels = 5

// level is the shade of a count, logarithmic towards the highest: a vault's night and its noon differ by a hundred.
func level(count, top uint32) int {
	switch {
	case count == 0:
		return 0
	case top <= 1:
		return Levels
	}
	share := math.Log1p(float64(count)) / math.Log1p(float64(top))
	return min(Levels, max(1, int(math.Ceil(share*Levels))))
}

// Cell is one count of a strip or calendar, and what it says when pointed at.
type Cell struct {
	Count uint32
	Title string
}

// Strip draws counts side by side as a heat strip, the darkest being the highest of them.
func Strip(label string, cells []Cell) template.HTML {
	const size, gap = 10, 1
	var d drawing
	top := highest(cells)
	for i, c := range cells {
		d.rect(fmt.Sprintf("h%d", level(c.Count, top)), float64(i*(size+gap)), 0, size, 14, c.Title)
	}
	return d.svg("strip", label, float64(len(cells)*(size+gap)-gap), 14, true)
}

func highest(cells []Cell) (top uint32) {
	for _, c := range cells {
		top = max(top, c.Count)
	}
	return top
}

// Calendar draws one cell a day, a column a week from Monday down; first is the weekday of the first cell (Monday 0).
func Calendar(label string, first int, cells []Cell) template.HTML {
	const size, gap = 12, 2
	var d drawing
	top := highest(cells)
	for i, c := range cells {
		at := i + first
		d.rect(fmt.Sprintf("h%d", level(c.Count, top)), float64(at/7*(size+gap)), float64(at%7*(size+gap)), size, size, c.Title)
	}
	weeks := (len(cells) + first + 6) / 7
	return d.svg("calendar", label, float64(weeks*(size+gap)-gap), 7*(size+gap)-gap, false)
}

// Column is one stacked column: parts from the bottom up.
type Column struct {
	Parts [3]int
	Title string
}

// Columns draws stacked columns; parts get the classes "part0" to "part2".
func Columns(label string, columns []Column) template.HTML {
	const height, width, gap = 96, 20, 4
	var d drawing
	top := 1
	for _, c := range columns {
		top = max(top, c.Parts[0]+c.Parts[1]+c.Parts[2])
	}
	for i, c := range columns {
		x, y := float64(i*(width+gap)), float64(height)
		for k, count := range c.Parts {
			h := float64(count) / float64(top) * (height - 4)
			if count > 0 {
				d.rect(fmt.Sprintf("part%d", k), x, y-h, width, max(h-1, 1), "")
			}
			y -= h
		}
		d.rect("hit", x, 0, width, height, c.Title)
	}
	d.line("axis", 0, height, float64(len(columns)*(width+gap)-gap), height)
	return d.svg("columns", label, float64(len(columns)*(width+gap)-gap), height, true)
}

// Bars draws counts as columns with a line at what is usual and one at the most that was.
func Bars(label string, cells []Cell, usual, most float64) template.HTML {
	const height, width, gap = 72, 16, 3
	var d drawing
	top := max(most, usual, float64(highest(cells)), 1)
	for i, c := range cells {
		x, h := float64(i*(width+gap)), float64(c.Count)/top*(height-2)
		d.rect("bar", x, height-h, width, h, "")
		d.rect("hit", x, 0, width, height, c.Title)
	}
	w := float64(len(cells)*(width+gap) - gap)
	d.line("axis", 0, height, w, height)
	if usual > 0 {
		d.line("usual", 0, height-usual/top*(height-2), w, height-usual/top*(height-2))
	}
	if most > 0 {
		d.line("most", 0, height-most/top*(height-2), w, height-most/top*(height-2))
	}
	return d.svg("bars", label, w, height, true)
}

// Bullet draws one observed number against what is usual and the most that was, on one scale from 0.
func Bullet(label string, observed, usual, most float64) template.HTML {
	const width, height = 600, 22
	var d drawing
	top := max(observed, usual, most, 1)
	at := func(v float64) float64 { return v / top * (width - 4) }
	d.rect("ground", 0, 9, width, 4, "")
	d.rect("usualspan", 0, 5, max(at(usual), 2), 12, "")
	d.rect("observed", 0, 8, max(at(observed), 2), 6, "")
	if most > 0 {
		d.rect("mostmark", at(most), 1, 3, 20, "")
	}
	return d.svg("bullet", label, width, height, true)
}
