package chart

import (
	"html/template"
	"time"
)

// Arrival is when something came first; Own marks the one that the picture is about.
type Arrival struct {
	At    time.Time
	Title string
	Own   bool
}

// Arrivals draws a line of time with a tick for every newcomer: whether newcomers are usual shows at a glance.
func Arrivals(label string, from, to time.Time, list []Arrival) template.HTML {
	const width, height = 600, 34
	var d drawing
	scale := newScale(from, to, width-8)
	d.line("axis", 0, height-6, width, height-6)
	for _, a := range list {
		if !a.Own {
			d.rect("tick", scale(a.At), 10, 2, height-16, a.Title)
		}
	}
	for _, a := range list {
		if a.Own {
			d.rect("own", scale(a.At), 2, 5, height-8, a.Title)
		}
	}
	return d.svg("arrivals", label, width, height, true)
}

// Event is something done in a lane: a point, or a span when To is later than At.
type Event struct {
	At, To time.Time
	// Class is "done", "refused" or "other".
	Class string
	Title string
}

// Lanes draws what was done on one or several vaults between two times, a lane each. Shade marks the span of the story.
func Lanes(label string, from, to time.Time, lanes [][]Event, shade [2]time.Time) template.HTML {
	const width, lane = 1000, 26
	var d drawing
	height := float64(len(lanes) * lane)
	scale := newScale(from, to, width-12)
	d.rect("shade", scale(shade[0]), 0, max(scale(shade[1])-scale(shade[0])+8, 6), height, "")
	for i, events := range lanes {
		middle := float64(i*lane) + lane/2
		d.line("axis", 0, middle, width, middle)
		for _, e := range events {
			x, w := scale(e.At), max(scale(e.To)-scale(e.At), 4)
			if e.Class == "refused" { // told apart by shape, too: it hangs below the line
				d.rect(e.Class, x, middle+1, w, 9, e.Title)
			} else {
				d.rect(e.Class, x, middle-9, w, 9, e.Title)
			}
		}
	}
	return d.svg("lanes", label, width, height, true)
}

// newScale maps times to positions, and times outside to the edges.
func newScale(from, to time.Time, width float64) func(time.Time) float64 {
	span := to.Sub(from).Seconds()
	return func(t time.Time) float64 {
		if span <= 0 {
			return 0
		}
		return min(max(t.Sub(from).Seconds()/span, 0), 1) * width
	}
}
