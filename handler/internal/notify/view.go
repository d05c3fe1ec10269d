package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

// Bounds of one mail. Whatever they leave out is counted in the mail itself.
const (
	maxMailFindings  = 20
	maxMailReasons   = 8
	maxMailList      = 10
	maxMailObjects   = 100
	maxMailIncidents = 100
	maxText          = 200
	maxSubject       = 140
)

// view is a mail in words: every text is cleaned and bounded, so that the templates only arrange.
type view struct {
	Subject, Banner string
	Severity        string
	Title, Story    string
	Gist            string
	Sample          bool
	Findings        []findingView
	MoreFindings    int
	Vaults          []vaultView
	MoreVaults      int
	Who             []named
	MoreWho         int
	From            []named
	MoreFrom        int
	Operations      string
	Objects         []objectView
	MoreObjects     int
	Steps           []string
	Page, Logs, KQL string
}

// Of the two times, At leaves out the day where the whole incident is of one.
type findingView struct {
	Severity, Title, Type, Time, At, Confidence string
	Reasons                                     []string
	MoreReasons                                 int
}

type vaultView struct{ Name, Place, Portal string }

type objectView struct{ Name, Vault, Did, When string }

// named is a principal or an origin: what people call it, and what else is known of it.
type named struct{ Name, joint, Rest string }

func incidentView(m Message, links Links) view {
	in := m.Incidents[0]
	v := view{Severity: in.Severity.String(), Title: clean.Defang(in.Title, maxText), Sample: in.Sample, KQL: in.KQL(), Page: links.Incident(in.ID)}
	v.Subject, v.Banner = subject(m), banner(m)
	v.Story, v.Gist = story(in), gist(in)
	v.Findings, v.MoreFindings = bounded(findings(in), maxMailFindings)
	v.Vaults, v.MoreVaults = bounded(vaults(in, links), maxMailList)
	v.Who, v.MoreWho = bounded(who(in), maxMailList)
	v.From, v.MoreFrom = bounded(origins(in), maxMailList)
	v.Operations = operations(in.Operations())
	list, more := in.Objects()
	v.Objects, v.MoreObjects = bounded(objects(in, list), maxMailObjects)
	v.MoreObjects += more
	for _, s := range in.Steps() {
		v.Steps = append(v.Steps, clean.Defang(s, 2*maxText))
	}
	if len(in.Vaults) > 0 {
		v.Logs = links.Logs(in.Vaults[0], v.KQL)
	}
	return v
}

func bounded[T any](list []T, limit int) ([]T, int) {
	n := min(len(list), limit)
	return list[:n], len(list) - n
}

// subject is one line of plain characters whatever the alert holds: no line break may add a header.
func subject(m Message) string {
	in := m.Incidents[0]
	word := in.Severity.String()
	if m.Kind == Escalation {
		word = "Escalated to " + word
	}
	s := fmt.Sprintf("%s: %s", word, in.Title)
	if len(in.Vaults) > 0 {
		s += " – " + VaultName(in.Vaults[0])
	}
	if n := len(in.Vaults) - 1; n > 0 {
		s += fmt.Sprintf(" and %s", count(n, "more vault"))
	}
	if in.Sample || m.Kind == Sample {
		s = "[SAMPLE] " + s
	}
	return clean.Strip(clean.Defang(clean.Strip(s, 0), 0), maxSubject)
}

func banner(m Message) string {
	switch {
	case m.Kind == Sample || m.Incidents[0].Sample:
		return "This is a sample. Nothing happened: it only shows that alerts arrive here."
	case m.Kind == Escalation:
		return fmt.Sprintf("You were told of this incident as %s. It has become %s.", m.Before, m.Incidents[0].Severity)
	}
	return ""
}

func story(in Incident) string {
	text := fmt.Sprintf("%s, %s", count(len(in.Alerts), "alert"), Span(in.Start, in.End))
	if in.Severity > slices.MaxFunc(in.Alerts, bySeverity).Severity {
		text += ". Together they are more severe than each of them: different alerts tell of several vaults or several tactics."
	}
	return text
}

func findings(in Incident) []findingView {
	list := make([]findingView, 0, len(in.Alerts))
	for _, a := range in.Alerts {
		f := findingView{Severity: a.Severity.String(), Title: clean.Defang(cmp.Or(a.Title, a.Type), maxText), Type: clean.Defang(a.Type, 80), Time: Clock(a.Time), At: in.clock(a.Time, a.Time), Confidence: clean.Defang(a.Confidence, 20)}
		reasons, more := bounded(a.Reasons, maxMailReasons)
		for _, r := range reasons {
			f.Reasons = append(f.Reasons, clean.Defang(r, 2*maxText))
		}
		f.MoreReasons = more
		list = append(list, f)
	}
	return list
}

func vaults(in Incident, links Links) []vaultView {
	list := make([]vaultView, 0, len(in.Vaults))
	for _, id := range in.Vaults {
		list = append(list, vaultView{clean.Defang(VaultName(id), 80), place(id), links.Vault(id)})
	}
	return list
}

// place says where a vault is. An id that is none of Azure's is shown as it is.
func place(id string) string {
	parts := strings.Split(id, "/")
	if !resourceID.MatchString(id) || len(parts) != 9 {
		return clean.Defang(id, 2*maxText)
	}
	return clean.Defang("resource group "+parts[4]+", subscription "+parts[2], 2*maxText)
}

// gist is the incident in one sentence, the first that a person reads; empty for one that has no caller, such as a
// vault that fell silent.
func gist(in Incident) string {
	if len(in.Principals) == 0 {
		return ""
	}
	text := in.Principals[0].named().Name + andMore(len(in.Principals), "caller")
	list, more := in.Objects()
	switch n := len(list) + more; {
	case more > 0: // which may count an object twice
		text += " touched up to " + count(n, "object")
	case n > 0:
		text += " touched " + count(n, "object")
	default:
		text += " came"
	}
	if len(in.Vaults) > 0 {
		text += map[bool]string{true: " of ", false: " to "}[len(list)+more > 0]
		text += clean.Defang(VaultName(in.Vaults[0]), 80) + andMore(len(in.Vaults), "vault")
	}
	var addresses []string // which several clients may share
	for _, o := range in.Origins {
		addresses = appendNew(addresses, o.named().Name)
	}
	if len(addresses) > 0 {
		text += ", from " + addresses[0] + andMore(len(addresses), "address")
	}
	return text + "."
}

func andMore(n int, noun string) string {
	if n < 2 {
		return ""
	}
	return " and " + count(n-1, "more "+noun)
}

func who(in Incident) []named {
	var list []named
	for _, p := range in.Principals {
		list = append(list, p.named())
	}
	return list
}

// String names a principal for a person: name, kind, object id, application; cleaned and bounded.
func (p Principal) String() string { return p.named().String() }

func (p Principal) named() named {
	name := cmp.Or(p.Name, p.ID, "an unnamed caller")
	n := named{Name: clean.Defang(name, maxText), joint: ", "}
	if p.Kind != "" {
		n.Name += " (" + clean.Defang(p.Kind, 40) + ")"
	}
	var rest []string
	if p.ID != "" && p.ID != name {
		rest = append(rest, "object id "+clean.Defang(p.ID, 80))
	}
	if p.Application != "" && p.Application != p.ID {
		rest = append(rest, "with application "+clean.Defang(p.Application, 80))
	}
	n.Rest = strings.Join(rest, ", ")
	return n
}

// String is both parts in one line.
func (n named) String() string {
	if n.Rest == "" {
		return n.Name
	}
	return n.Name + n.joint + n.Rest
}

func origins(in Incident) []named {
	var list []named
	for _, o := range in.Origins {
		list = append(list, o.named())
	}
	return list
}

// String names an origin for a person, cleaned and bounded.
func (o Origin) String() string { return o.named().String() }

func (o Origin) named() named {
	n := named{Name: clean.Defang(cmp.Or(o.IP, "an address that is not logged"), 60), joint: " "}
	if o.Client != "" {
		n.Rest = "with " + clean.Defang(o.Client, maxText)
	}
	return n
}

// operations is the histogram as words, most frequent first.
func operations(counts map[string]int) string {
	names := make([]string, 0, len(counts))
	for op := range counts {
		names = append(names, op)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	shown, more := bounded(names, maxMailList)
	parts := make([]string, 0, len(shown)+1)
	for _, op := range shown {
		parts = append(parts, fmt.Sprintf("%s × %d", clean.Defang(op, 80), counts[op]))
	}
	if more > 0 {
		parts = append(parts, "and "+count(more, "more kind"))
	}
	return strings.Join(parts, ", ")
}

func objects(in Incident, list []Object) []objectView {
	views := make([]objectView, 0, len(list))
	for _, o := range list {
		v := objectView{Name: clean.Defang(o.Name, maxText), When: in.clock(o.First, o.Last)}
		v.Did = clean.Defang(strings.Join(o.Operations, ", "), 120)
		if o.Count != 1 {
			v.Did += fmt.Sprintf(" × %d", o.Count)
		}
		if len(in.Vaults) > 1 {
			v.Vault = clean.Defang(VaultName(o.Vault), 80)
		}
		views = append(views, v)
	}
	return views
}

// touchedView is what was touched of one vault. Vault is empty where the incident has no other.
type touchedView struct {
	Vault   string
	Objects []objectView
}

// Touched is the objects vault by vault, the vault that was touched first at the head.
func (v view) Touched() []touchedView {
	var list []touchedView
	for _, o := range v.Objects {
		i := slices.IndexFunc(list, func(t touchedView) bool { return t.Vault == o.Vault })
		if i < 0 {
			i, list = len(list), append(list, touchedView{Vault: o.Vault})
		}
		list[i].Objects = append(list[i].Objects, o)
	}
	return list
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Clock writes an event time for people, in UTC.
func Clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// Span writes two event times, the date once if it is the same.
func Span(from, to time.Time) string {
	from, to = from.UTC(), to.UTC()
	switch {
	case from.Equal(to):
		return Clock(from)
	case from.Format(time.DateOnly) == to.Format(time.DateOnly):
		return from.Format("2006-01-02 15:04:05") + " – " + to.Format("15:04:05 UTC")
	}
	return from.Format("2006-01-02 15:04:05") + " – " + Clock(to)
}

// clock is a span without the day, where all of the incident is of one: the mail has said which.
func (in Incident) clock(from, to time.Time) string {
	text := Span(from, to)
	day := in.Start.UTC().Format(time.DateOnly) + " "
	if in.End.UTC().Format(time.DateOnly)+" " != day || strings.Count(text, "-") != strings.Count(day, "-") {
		return text
	}
	return strings.TrimSuffix(strings.TrimPrefix(text, day), " UTC")
}

// digestView is a digest in words.
type digestView struct {
	Subject, Lead string
	Incidents     []digestLine
	More          int
	Held          []string
}

type digestLine struct{ Severity, Title, Where, Who, When, Page string }

func newDigestView(m Message, links Links) digestView {
	alerts := len(m.Alerts())
	v := digestView{Lead: fmt.Sprintf("%s in %s that did not need a message of their own.", count(alerts, "alert"), count(len(m.Incidents), "incident"))}
	v.Subject = clean.Strip("Digest: "+count(alerts, "alert")+" in "+count(len(m.Incidents), "incident"), maxSubject)
	shown, more := bounded(m.Incidents, maxMailIncidents)
	for _, in := range shown {
		v.Incidents = append(v.Incidents, newDigestLine(in, links))
	}
	v.More = more
	v.Held = m.Held.Sentences()
	return v
}

func newDigestLine(in Incident, links Links) digestLine {
	names := make([]string, 0, len(in.Vaults))
	for _, id := range in.Vaults {
		names = append(names, VaultName(id))
	}
	line := digestLine{Severity: in.Severity.String(), Title: clean.Defang(in.Title, maxText), When: Span(in.Start, in.End), Page: links.Incident(in.ID)}
	line.Where = someOf(names)
	line.Who = someOf(lines(who(in)))
	return line
}

func lines(list []named) []string {
	texts := make([]string, 0, len(list))
	for _, n := range list {
		texts = append(texts, n.String())
	}
	return texts
}

func someOf(names []string) string {
	shown, more := bounded(names, 3)
	text := clean.Defang(strings.Join(shown, "; "), 2*maxText)
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Sentences says what is held back, one sentence for each reason; none if nothing is.
func (h Held) Sentences() []string {
	var list []string
	if h.Below > 0 {
		list = append(list, count(h.Below, "alert")+" below this channel's minimum severity.")
	}
	if h.Suppressed > 0 {
		list = append(list, count(h.Suppressed, "alert")+" held back by your suppression rules.")
	}
	if h.Undelivered > 0 {
		list = append(list, count(h.Undelivered, "alert")+" whose own message was refused on its way here; it is tried again every hour.")
	}
	return list
}

func severityColour(s string) string {
	switch s {
	case detection.High.String():
		return "#b3261e"
	case detection.Medium.String():
		return "#b25e09"
	case detection.Low.String():
		return "#2b6a3e"
	}
	return "#49607a"
}
