// Package terminal writes incidents as a page for a person at a terminal: what happened, who did it, what to rotate,
// what to do.
//
// It refuses to let an alert's text control the terminal: control characters, ANSI sequences, bidirectional marks and
// line breaks become visible escapes, addresses are not clickable. Colours come from here alone, and only if asked for.
//
// Start reading at [Page].
package terminal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

// Options of a page. The zero value is plain text of 100 columns.
type Options struct {
	Color bool
	// Width is the most columns of a line; below 40 counts as 40, 0 as 100.
	Width int
	// Objects is how many touched objects are listed in an incident, 0 for 20. The rest is counted.
	Objects int
	Links   notify.Links
}

func (o Options) width() int {
	if o.Width == 0 {
		return 100
	}
	return max(o.Width, 40)
}

func (o Options) objects() int {
	if o.Objects <= 0 {
		return 20
	}
	return o.Objects
}

// Page writes the incidents one after the other. Errors are the writer's.
func Page(w io.Writer, incidents []notify.Incident, o Options) error {
	p := &page{options: o}
	for i, in := range incidents {
		if i > 0 {
			p.buffer.WriteByte('\n')
		}
		p.incident(in)
	}
	if _, err := w.Write(p.buffer.Bytes()); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// Channel writes every message to one writer.
type Channel struct {
	options Options
	mutex   sync.Mutex // pages of concurrent sends must not mingle
	out     io.Writer
}

var _ notify.Channel = (*Channel)(nil)

// New returns a channel that writes to out.
func New(out io.Writer, o Options) *Channel { return &Channel{options: o, out: out} }

// Name is "terminal".
func (c *Channel) Name() string { return "terminal" }

// Send writes one message. A failing writer may be tried again.
func (c *Channel) Send(ctx context.Context, m notify.Message) error {
	if err := ctx.Err(); err != nil {
		return notify.Unreached("terminal", err)
	}
	var b bytes.Buffer
	if line := preamble(m); line != "" {
		b.WriteString(line + "\n\n")
	}
	if err := Page(&b, m.Incidents, c.options); err != nil {
		return notify.Refused(err)
	}
	b.WriteByte('\n')
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if _, err := c.out.Write(b.Bytes()); err != nil {
		return notify.Later(fmt.Errorf("write page: %w", err))
	}
	return nil
}

func preamble(m notify.Message) string {
	switch m.Kind {
	case notify.Escalation:
		return fmt.Sprintf("Escalated from %s:", m.Before)
	case notify.Digest:
		return "Digest: " + strings.Join(append([]string{fmt.Sprintf("%d incidents", len(m.Incidents))}, m.Held.Sentences()...), ". ")
	}
	return ""
}

// page builds the text of a page.
type page struct {
	options Options
	buffer  bytes.Buffer
}

// colours of the severities, as SGR parameters.
func colour(s detection.Severity) string {
	switch s {
	case detection.High:
		return "1;31"
	case detection.Medium:
		return "1;33"
	case detection.Low:
		return "1;32"
	}
	return "1;36"
}

func (p *page) paint(sgr, s string) string {
	if !p.options.Color || s == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

// block writes text under a label, wrapped, with its further lines aligned. The text is cleaned here, whatever it is.
func (p *page) block(label, text string) {
	first := "  " + label + strings.Repeat(" ", max(0, labelWidth-clean.Width(label)))
	p.hanging(first, text)
}

const labelWidth = 10

// maxField bounds one text of a page, in runes.
const maxField = 400

func (p *page) hanging(first, text string) {
	indent := clean.Width(first)
	for i, line := range clean.Wrap(clean.Defang(text, maxField), p.options.width()-indent) {
		if i > 0 {
			first = strings.Repeat(" ", indent)
		}
		p.buffer.WriteString(strings.TrimRight(first+line, " ") + "\n")
	}
}
