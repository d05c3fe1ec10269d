package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// barPause is how often the bar is drawn at most.
const barPause = 100 * time.Millisecond

// bar shows on a terminal how far a replay is. Without a terminal it shows nothing. It never holds text of the log.
type bar struct {
	out     io.Writer // nil: no terminal
	width   int
	started time.Time
	drawn   time.Time
	phase   string
	now     func() time.Time
}

func newBar(w io.Writer) *bar {
	b := &bar{now: time.Now}
	if columns, ok := terminalWidth(w); ok {
		b.out, b.width = w, columns
	}
	return b
}

func (b *bar) reading(records int, share float64) { b.draw("reading", records, share) }
func (b *bar) judging(records int, share float64) { b.draw("judging", records, share) }

func (b *bar) draw(phase string, records int, share float64) {
	if b.out == nil {
		return
	}
	now := b.now()
	if phase != b.phase {
		b.phase, b.started = phase, now
	}
	if now.Sub(b.drawn) < barPause {
		return
	}
	b.drawn = now
	fmt.Fprint(b.out, "\r\x1b[K", barLine(b.width-1, progress{phase, records, share, now.Sub(b.started)}))
}

// clear takes the bar away.
func (b *bar) clear() {
	if b.out != nil && !b.drawn.IsZero() {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}

// progress is what a bar shows: a share from 0 to 1, or 0 where the end is not known.
type progress struct {
	phase   string
	records int
	share   float64
	took    time.Duration
}

// barLine is the bar as text of at most width columns: "reading ████····  42%  120,000 records  85,000/s  0:12 left".
func barLine(width int, p progress) string {
	rate := float64(p.records) / max(p.took.Seconds(), 1e-3)
	text := fmt.Sprintf("  %s  %s/s", plural(p.records, "record"), grouped(int(rate)))
	if p.share > 0 {
		share := min(p.share, 1)
		left := time.Duration(float64(p.took) * (1 - share) / share).Round(time.Second)
		text = fmt.Sprintf("%4.0f%%%s  %d:%02d left", share*100, text, int(left.Minutes()), int(left.Seconds())%60)
		if cells := min(30, width-len(p.phase)-1-len(text)); cells >= 5 {
			full := int(share * float64(cells))
			text = strings.Repeat("█", full) + strings.Repeat("·", cells-full) + text
		}
	}
	line := []rune(p.phase + " " + text)
	return string(line[:min(len(line), max(width, 0))])
}
