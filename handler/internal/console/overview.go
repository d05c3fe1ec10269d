package console

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/console/chart"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
)

// overviewView is the first page: is there something to do, and can what is said be relied on?
type overviewView struct {
	// Headline answers the first question in a sentence, Lag the second.
	Headline string
	Open     [3]count // High, Medium, Low
	Health   []health

	Incidents     []incidentRow
	MoreIncidents int
	AllIncidents  string

	Days     template.HTML
	From, To string

	Vaults     []vaultRow
	MoreVaults int
	AllVaults  string
}

type count struct {
	Word string
	N    int
	Href string
}

// health is one short fact about the detector itself; Bad asks for a look.
type health struct {
	What string `json:"what"`
	Says string `json:"says"`
	Bad  bool   `json:"bad"`
}

type incidentRow struct {
	Severity   string
	Title      ref
	Vaults     []ref
	MoreVaults int
	Who        []ref
	When       time.Time
	Objects    int
	Alerts     int
	State      string
}

type vaultRow struct {
	Name  ref
	State state
	Strip template.HTML
	brief
}

// Rows on the first page; lists have pages of their own.
const (
	overviewIncidents = 12
	overviewVaults    = 25
	overviewDays      = 30
)

func (c *console) overview(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	var list []brief
	var memory pipeline.Memory
	if err := c.Viewer.Look(v.ctx(), func(m pipeline.Memory) { list, memory = briefs(m.Estate, k, c.ObserveOnly), m }); err != nil {
		return answer{}, err
	}
	streams, err := c.Viewer.Streams(v.ctx())
	if err != nil {
		return answer{}, err
	}
	memory.Estate = nil
	view := newOverview(k, list, v.links)
	view.Health = healthFacts(k, memory, streams, v.now)
	return answer{page: "overview", title: "Overview", view: view}, nil
}

func newOverview(k *known, list []brief, l links) overviewView {
	open := incidents(k.alerts, judged.open)
	view := overviewView{AllIncidents: l.to("alerts", "status", "open"), AllVaults: l.to("vaults")}
	for i, s := range []detection.Severity{detection.High, detection.Medium, detection.Low} {
		view.Open[i] = count{s.String(), 0, l.to("alerts", "status", "open", "severity", s.String())}
		for _, in := range open {
			if in.Severity == s {
				view.Open[i].N++
			}
		}
	}
	view.Headline = headline(open)
	slices.SortStableFunc(open, func(a, b notify.Incident) int { // the latest first among equals
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), b.Start.Compare(a.Start))
	})
	n := min(len(open), overviewIncidents)
	for _, in := range open[:n] {
		view.Incidents = append(view.Incidents, newIncidentRow(in, k, l))
	}
	view.MoreIncidents = len(open) - n
	view.Days, view.From, view.To = alertDays(k)
	m := min(len(list), overviewVaults)
	for _, b := range list[:m] {
		view.Vaults = append(view.Vaults, newVaultRow(b, k.present, l))
	}
	view.MoreVaults = len(list) - m
	return view
}

func headline(open []notify.Incident) string {
	if len(open) == 0 {
		return "Nothing is waiting for you."
	}
	high := 0
	for _, in := range open {
		if in.Severity == detection.High {
			high++
		}
	}
	text := counted(len(open), "incident") + " " + verb(len(open), "waits", "wait") + " for somebody"
	if high > 0 {
		text += fmt.Sprintf("; %s of high severity.", counted(high, "is", "are"))
		return text
	}
	return text + "."
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// counted is a number with its noun, or with one of two words.
func counted(n int, words ...string) string {
	switch {
	case len(words) == 2:
		return grouped(n) + " " + verb(n, words[0], words[1])
	case n == 1:
		return "1 " + words[0]
	case strings.HasSuffix(words[0], "y") && !strings.HasSuffix(words[0], "day"):
		return grouped(n) + " " + strings.TrimSuffix(words[0], "y") + "ies"
	}
	return grouped(n) + " " + words[0] + "s"
}

// grouped is a number with a thin space before every three digits.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return strings.ReplaceAll(s, "\u202f", "\u00a0")
}

func newIncidentRow(in notify.Incident, k *known, l links) incidentRow {
	row := incidentRow{Severity: in.Severity.String(), Title: ref{in.Title, l.to("incident", "id", in.ID)}, When: in.Start, Alerts: len(in.Alerts), State: "open"}
	row.Vaults = l.vaults(in.Vaults[:min(len(in.Vaults), 3)])
	row.MoreVaults = len(in.Vaults) - len(row.Vaults)
	for _, p := range in.Principals[:min(len(in.Principals), 2)] {
		row.Who = append(row.Who, l.caller(p.ID, p.Name, p.Kind))
	}
	ids := map[string]bool{}
	for _, a := range in.Alerts {
		ids[a.ID] = true
	}
	for _, j := range k.alerts {
		if ids[j.ID] {
			row.Objects = max(row.Objects, j.objects) // alerts of one story tell of the same objects
			row.State = j.word()
		}
	}
	return row
}

// alertDays draws the alerts of the last 30 days, silenced ones and samples left out.
func alertDays(k *known) (drawing template.HTML, from, to string) {
	first := k.present.Truncate(24*time.Hour).AddDate(0, 0, 1-overviewDays)
	columns := make([]chart.Column, overviewDays)
	for _, j := range since(k.alerts, first) {
		i := int(j.Time.Sub(first).Hours() / 24)
		if i < 0 || i >= overviewDays || j.silenced || j.Sample {
			continue
		}
		columns[i].Parts[min(max(int(detection.High)-int(j.Severity), 0), 2)]++
	}
	for i := range columns {
		p := columns[i].Parts
		columns[i].Title = fmt.Sprintf("%s: %d high, %d medium, %d low", first.AddDate(0, 0, i).Format(time.DateOnly), p[0], p[1], p[2])
	}
	return chart.Columns("Alerts a day by severity, 30 days", columns), first.Format(time.DateOnly), k.present.Format(time.DateOnly)
}

func newVaultRow(b brief, present time.Time, l links) vaultRow {
	return vaultRow{Name: l.vault(b.ID), State: b.State, Strip: hourStrip(b, present), brief: b}
}

func hourStrip(b brief, present time.Time) template.HTML {
	cells := make([]chart.Cell, len(b.Hours))
	for i, n := range b.Hours {
		hour := present.Truncate(time.Hour).Add(time.Duration(i-len(b.Hours)+1) * time.Hour)
		cells[i] = chart.Cell{Count: n, Title: hour.Format("02 Jan 15:00") + ": " + counted(int(n), "request")}
	}
	return chart.Strip("Requests an hour, the last 24 hours", cells)
}

// vaultsView is the list of all vaults.
type vaultsView struct {
	Query, State string
	States       []string
	Vaults       []vaultRow
	Total        int
	Next         string
	Hidden       []pair
}

type pair struct{ Name, Value string }

const vaultPage = 100

func (c *console) vaultList(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	var list []brief
	if err := c.Viewer.Look(v.ctx(), func(m pipeline.Memory) { list = briefs(m.Estate, k, c.ObserveOnly) }); err != nil {
		return answer{}, err
	}
	view := vaultsView{Query: v.arg("q"), State: v.arg("state"), States: []string{"armed", "provisional", "learning", "silent", "observed"}, Hidden: v.links.hidden()}
	list = chooseVaults(list, view.Query, view.State)
	view.Total = len(list)
	page, next := pageOf(list, v.arg("after"), func(b brief) string { return b.ID }, vaultPage)
	for _, b := range page {
		view.Vaults = append(view.Vaults, newVaultRow(b, k.present, v.links))
	}
	if next != "" {
		view.Next = v.links.to("vaults", "q", view.Query, "state", view.State, "after", next)
	}
	return answer{page: "vaults", title: "Vaults", view: view}, nil
}

func chooseVaults(list []brief, query, state string) []brief {
	query = strings.ToLower(strings.TrimSpace(query))
	return slices.DeleteFunc(list, func(b brief) bool {
		return !strings.Contains(b.ID, query) || state != "" && b.State.Word != state
	})
}

// pageOf is the part of a list behind the entry with an id, and the id to go on after.
func pageOf[T any](list []T, after string, id func(T) string, size int) (page []T, next string) {
	if after != "" {
		at := slices.IndexFunc(list, func(x T) bool { return id(x) == after })
		list = list[at+1:]
	}
	if len(list) <= size {
		return list, ""
	}
	return list[:size], id(list[size-1])
}

// hidden are the fields that a form for looking must carry along.
func (l links) hidden() []pair {
	if l.code == "" {
		return nil
	}
	return []pair{{"code", l.code}}
}
