package chart

import (
	"fmt"
	"html/template"
)

// Hour is one hour of a week. Marked ones get a ring.
type Hour struct {
	Count  uint32
	Title  string
	Marked bool
}

// Week draws the hours of a week, a row a day from Monday on, a column an hour, the darkest being the highest.
func Week(label string, hours [7 * 24]Hour) template.HTML {
	const size, gap, left, head = 14, 2, 34, 16
	var d drawing
	top := uint32(0)
	for _, h := range hours {
		top = max(top, h.Count)
	}
	for day, name := range [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} {
		d.tag(0, float64(head+day*(size+gap)+size-3), name)
	}
	for hour := 0; hour < 24; hour += 6 {
		d.tag(float64(left+hour*(size+gap)), head-5, fmt.Sprintf("%02d:00", hour))
	}
	for i, h := range hours {
		x, y := float64(left+i%24*(size+gap)), float64(head+i/24*(size+gap))
		d.rect(fmt.Sprintf("h%d", even(h.Count, top)), x, y, size, size, h.Title)
		if h.Marked {
			d.rect("ring", x, y, size, size, h.Title)
		}
	}
	return d.svg("week", label, left+24*(size+gap), head+7*(size+gap), false)
}

// even is the shade of a count, in even steps: an hour's callers do not differ as requests do.
func even(count, top uint32) int {
	if count == 0 {
		return 0
	}
	return min(Levels, 1+int(uint64(count)*Levels/(uint64(top)+1)))
}

// tag writes one of our own words.
func (d *drawing) tag(x, y float64, word string) {
	fmt.Fprintf(d, `<text class="tag" x="%s" y="%s">%s</text>`, n(x), n(y), word)
}
