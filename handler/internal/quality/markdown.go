package quality

import (
	"fmt"
	"io"
	"strings"
)

// Named is a report with the name of the judge it is about.
type Named struct {
	Name string
	Report
}

// Markdown writes a report as tables: the numbers, the types, the stories, and where alerts came from that should not
// have been.
func (r Report) Markdown(w io.Writer) error {
	p := &printer{w: w}
	Compare(p, []Named{{"measured", r}})
	p.table("Alert type", "raised", "false", "required", "met", "by this type")
	for _, y := range r.Types {
		p.row(y.Name, y.Raised, y.False, y.Required, y.Met, y.Own)
	}
	p.table("Story", "class", "episodes", "seen", "required", "met", "alerts", "false")
	for _, s := range r.Scenarios {
		p.row(s.Name, s.Class, s.Episodes, s.Seen, s.Required, s.Met, s.Alerts, s.False)
	}
	p.table("Requirement not met", "any of", "raised instead")
	for _, m := range r.Missed {
		p.row(m.Episode, strings.Join(m.Any, ", "), strings.Join(m.Got, ", "))
	}
	p.table("Alerts beyond the hits", "type", "story", "count")
	for _, c := range r.Causes {
		p.row(c.Reason, c.Type, c.Scenario, c.Count)
	}
	return p.err
}

// Compare writes the main numbers of several judges side by side.
func Compare(w io.Writer, judges []Named) error {
	p := &printer{w: w}
	head := []string{"Measure"}
	for _, j := range judges {
		head = append(head, j.Name)
	}
	p.table(head...)
	line := func(name string, value func(Report) any) {
		cells := []any{name}
		for _, j := range judges {
			cells = append(cells, value(j.Report))
		}
		p.row(cells...)
	}
	line("Requirements met", func(r Report) any {
		return fmt.Sprintf("%d of %d (%s)", r.Met, r.Requirements, percent(r.Expectations))
	})
	line("Attacks seen", func(r Report) any { return percent(r.Seen) })
	line("Requirements of our own types met", func(r Report) any { return percent(r.Extensions) })
	line("False alerts per vault-month", func(r Report) any { return number(r.FalseRate) })
	line("The same while learning", func(r Report) any { return number(r.FalseLearning) })
	line("Understandable alerts on novelty", func(r Report) any { return r.OnNovel })
	line("Median delay, s", func(r Report) any { return number(r.MedianDelay) })
	line("95th percentile of the delay, s", func(r Report) any { return number(r.TailDelay) })
	line("Alerts per attack", func(r Report) any { return number(r.PerEpisode) })
	line("Incidents per attack", func(r Report) any { return number(r.IncidentsPerEpisode) })
	line("Right caller", func(r Report) any { return percent(r.CallerRight) })
	line("Right vault", func(r Report) any { return percent(r.VaultRight) })
	line("Touched objects named", func(r Report) any { return percent(r.ObjectRecall) })
	line("Named objects touched", func(r Report) any { return percent(r.ObjectPrecision) })
	return p.err
}

func percent(x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", *x*100)
}

func number(x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf("%g", *x)
}

// printer writes tables and remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) Write(b []byte) (int, error) { return p.w.Write(b) }

func (p *printer) table(head ...string) {
	p.print("\n| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat("---|", len(head)) + "\n")
}

// row writes cells. A bar inside a cell would end it.
func (p *printer) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = strings.ReplaceAll(fmt.Sprint(c), "|", "\\|")
	}
	p.print("| " + strings.Join(texts, " | ") + " |\n")
}

func (p *printer) print(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}
