package terminal

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

// maxListed bounds vaults, callers and origins of one incident; the rest is counted.
const maxListed = 10

func (p *page) incident(in notify.Incident) {
	p.headline(in)
	var vaults []string
	for _, id := range in.Vaults {
		vaults = append(vaults, notify.VaultName(id))
	}
	p.list("vault", vaults)
	var who, from []string
	for _, c := range in.Principals {
		who = append(who, c.String())
	}
	for _, o := range in.Origins {
		from = append(from, o.String())
	}
	p.list("who", who)
	p.list("from", from)
	p.block("when", notify.Span(in.Start, in.End))
	for _, a := range in.Alerts {
		p.alert(a)
	}
	p.touched(in)
	p.steps(in.Steps())
	if link := p.options.Links.Incident(in.ID); link != "" {
		p.buffer.WriteString("  page      " + clean.Line(link, 0) + "\n") // whole, so that it can be followed
	}
}

func (p *page) headline(in notify.Incident) {
	word := strings.ToUpper(in.Severity.String())
	if in.Sample {
		word = "[SAMPLE] " + word
	}
	title := clean.Wrap(clean.Defang(in.Title, maxField), p.options.width()-len(word)-1)
	for i, line := range title {
		lead := strings.Repeat(" ", len(word))
		if i == 0 {
			lead = p.paint(colour(in.Severity), word)
		}
		p.buffer.WriteString(lead + " " + p.paint("1", line) + "\n")
	}
}

func (p *page) list(label string, items []string) {
	for i, item := range items[:min(len(items), maxListed)] {
		if i > 0 {
			label = ""
		}
		p.block(label, item)
	}
	if more := len(items) - maxListed; more > 0 {
		p.block("", fmt.Sprintf("and %d more", more))
	}
}

func (p *page) alert(a detection.Alert) {
	p.buffer.WriteByte('\n')
	facts := []string{a.Severity.String(), a.Type, notify.Clock(a.Time)}
	if a.Confidence != "" {
		facts = append(facts, "confidence "+a.Confidence)
	}
	if a.Suppressed != "" {
		facts = append(facts, "suppressed by "+a.Suppressed)
	}
	p.hanging("  ", cmp.Or(a.Title, a.Type))
	p.hanging("  ", strings.Join(facts, " · "))
	for _, r := range a.Reasons {
		p.hanging("    - ", r)
	}
}

func (p *page) touched(in notify.Incident) {
	list, more := in.Objects()
	if len(list)+more == 0 {
		return
	}
	p.section("Touched: rotate these")
	shown := list[:min(len(list), p.options.objects())]
	for _, o := range shown {
		name := o.Name
		if len(in.Vaults) > 1 {
			name = notify.VaultName(o.Vault) + " " + name
		}
		p.hanging("    - ", fmt.Sprintf("%s  %s × %d  %s", name, strings.Join(o.Operations, ", "), o.Count, notify.Span(o.First, o.Last)))
	}
	if more += len(list) - len(shown); more > 0 {
		p.hanging("    ", fmt.Sprintf("and %d more; --json lists what the alerts hold", more))
	}
}

func (p *page) steps(steps []string) {
	if len(steps) == 0 {
		return
	}
	p.section("What to do")
	for i, s := range steps {
		p.hanging(fmt.Sprintf("   %2d. ", i+1), s)
	}
}

func (p *page) section(name string) {
	p.buffer.WriteString("\n  " + p.paint("1", name) + "\n")
}
