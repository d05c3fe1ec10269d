package notify

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

// Brief is a message in the few words that fit a chat: every text is cleaned and bounded, what is left out is counted.
type Brief struct {
	// Title is the subject of the mail for the same message.
	Title    string
	Severity string
	// Sections are in the order a person asks.
	Sections []BriefSection
	// Links lead to where the rest is.
	Links []BriefLink
}

// BriefSection is a heading and some lines of plain text.
type BriefSection struct {
	Heading string
	Lines   []string
}

// BriefLink is a name and an address that we made ourselves.
type BriefLink struct{ Text, URL string }

// Bounds of a chat message: Slack takes 3000 characters a block and Teams 28 KB a card.
const (
	maxBriefLines = 12
	maxBriefLine  = 200
)

// Summarise writes the brief of a message with at least one incident; of one without, the zero Brief.
func Summarise(m Message, links Links) Brief {
	if len(m.Incidents) == 0 {
		return Brief{}
	}
	if m.Kind == Digest || m.Kind == Feed {
		return digestBrief(newDigestView(m, links))
	}
	v := incidentView(m, links)
	b := Brief{Title: v.Subject, Severity: v.Severity}
	b.add("", 0, v.Banner)
	var happened, reasons, names, touched []string
	moreReasons := 0
	for _, f := range v.Findings {
		happened = append(happened, fmt.Sprintf("%s: %s, %s", f.Severity, f.Title, f.Time))
		reasons = append(reasons, f.Reasons...)
		moreReasons += f.MoreReasons
	}
	for _, vault := range v.Vaults {
		names = append(names, vault.Name)
	}
	for _, o := range v.Objects {
		line := fmt.Sprintf("%s: %s", o.Name, o.Did)
		if o.Vault != "" {
			line = o.Vault + " " + line
		}
		touched = append(touched, line)
	}
	b.add("What happened", v.MoreFindings, happened...)
	b.add("Which vault", v.MoreVaults, names...)
	b.add("Who", v.MoreWho, lines(v.Who)...)
	b.add("From where", v.MoreFrom, lines(v.From)...)
	b.add("How unusual", moreReasons, reasons...)
	b.add("What was touched: rotate these", v.MoreObjects, touched...)
	b.add("What to do now", 0, v.Steps...)
	b.link("This incident", v.Page)
	for _, vault := range v.Vaults[:min(len(v.Vaults), 3)] {
		b.link(vault.Name+" in the portal", vault.Portal)
	}
	return b
}

func digestBrief(v digestView) Brief {
	b := Brief{Title: v.Subject}
	b.add("", 0, v.Lead)
	var lines []string
	for _, in := range v.Incidents {
		line := fmt.Sprintf("%s: %s, %s", in.Severity, in.Title, in.When)
		if in.Where != "" {
			line += ", " + in.Where
		}
		lines = append(lines, line)
	}
	b.add("Incidents", v.More, lines...)
	b.add("Not listed here", 0, v.Held...)
	return b
}

// add bounds a section's list and its lines; more counts what was left out before.
func (b *Brief) add(heading string, more int, lines ...string) {
	if len(lines) == 0 || lines[0] == "" {
		return
	}
	shown, cut := bounded(lines, maxBriefLines)
	section := BriefSection{Heading: heading}
	for _, l := range shown {
		section.Lines = append(section.Lines, clean.Line(l, maxBriefLine))
	}
	if more += cut; more > 0 {
		section.Lines = append(section.Lines, fmt.Sprintf("and %d more", more))
	}
	b.Sections = append(b.Sections, section)
}

func (b *Brief) link(text, address string) {
	if address != "" {
		b.Links = append(b.Links, BriefLink{text, address})
	}
}
