package console

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// ReportOptions is what a report tells.
type ReportOptions struct {
	Alerts []detection.Alert
	// Look gives the memory behind the alerts, as [pipeline.Viewer.Look] does; nil leaves out what only memory knows:
	// the pictures of why, the vaults, and what else the callers did.
	Look func(func(pipeline.Memory)) error
	// Catalogue gives the papers of the alerts.
	Catalogue []*detection.Detection
	Links     notify.Links
}

// reportView is the one page of a report: the overview, then every incident in full.
type reportView struct {
	Headline, Span string
	Vaults, Alerts int
	Rows           []incidentRow
	Days           template.HTML
	From, To       string
	Stories        []storyView
	Overview       []vaultRow
}

// Bounds of a report; what they leave out, the headline counts.
const (
	maxStories      = 200
	maxReportVaults = 500
)

// Report writes the console's views of some alerts as one file of HTML that needs nothing else: no script, no font, no
// host.
func Report(w io.Writer, o ReportOptions) error {
	pages, err := parsePages()
	if err != nil {
		return err
	}
	style, err := assets.ReadFile("assets/style.css")
	if err != nil {
		return err
	}
	view, err := newReport(o)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(style)
	p := page{Title: "Vaultwatch: " + view.Headline, View: view, Inline: template.CSS(style), // our own sheet
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"}
	body, err := execute(pages["report"], p)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = w.Write(body)
	return err
}

func newReport(o ReportOptions) (reportView, error) {
	digests := make([]digest, len(o.Alerts))
	for i, a := range o.Alerts {
		digests[i] = newDigest(a)
	}
	book, err := triage.Load(context.Background(), nil) // no store: an empty book
	if err != nil {
		return reportView{}, err
	}
	k := &known{book: book, alerts: judge(digests, book, time.Time{})}
	for _, a := range o.Alerts {
		if a.End.After(k.present) {
			k.present = a.End
		}
	}
	l := links{report: true}
	list := notify.Group(o.Alerts)
	view := reportView{Alerts: len(o.Alerts), Headline: found(list)}
	if len(o.Alerts) > 0 {
		view.Span = notify.Span(earliest(list), k.present)
		view.Days, view.From, view.To = alertDays(k)
	}
	for _, in := range list[:min(len(list), maxStories)] {
		view.Rows = append(view.Rows, newIncidentRow(in, k, l))
		view.Stories = append(view.Stories, tellStory(storyInput{in, k, l, o.Links, o.Catalogue}))
	}
	if o.Look == nil {
		view.Vaults = countVaults(list)
		return view, nil
	}
	return view, o.Look(func(m pipeline.Memory) { view.remember(m, list, k) })
}

// remember adds what memory knows.
func (view *reportView) remember(m pipeline.Memory, list []notify.Incident, k *known) {
	if last := m.Estate.Seen.Last; last > 0 {
		k.present = last.Time()
	}
	for i := range view.Stories {
		view.Stories[i].remember(m, storyInput{incident: list[i], known: k, links: links{report: true}})
	}
	view.Vaults = len(m.Estate.Vaults)
	all := briefs(m.Estate, k, nil)
	for _, b := range all[:min(len(all), maxReportVaults)] {
		view.Overview = append(view.Overview, newVaultRow(b, k.present, links{report: true}))
	}
}

func found(list []notify.Incident) string {
	high := 0
	for _, in := range list {
		if in.Severity == detection.High {
			high++
		}
	}
	switch {
	case len(list) == 0:
		return "Nothing was found"
	case high == 0:
		return counted(len(list), "incident")
	case len(list) > maxStories:
		return fmt.Sprintf("%s, %d of them high; the %d loudest in full", counted(len(list), "incident"), high, maxStories)
	}
	return fmt.Sprintf("%s, %d of them high", counted(len(list), "incident"), high)
}

func earliest(list []notify.Incident) time.Time {
	first := list[0].Start
	for _, in := range list {
		if in.Start.Before(first) {
			first = in.Start
		}
	}
	return first
}

func countVaults(list []notify.Incident) int {
	ids := map[string]bool{}
	for _, in := range list {
		for _, v := range in.Vaults {
			ids[v] = true
		}
	}
	return len(ids)
}
