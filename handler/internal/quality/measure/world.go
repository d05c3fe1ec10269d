package main

import (
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// world is a labelled log with what a judge may be told about addresses.
type world struct {
	labels     month.Labels
	bodies     iter.Seq[[]byte]
	book       *intel.Book
	bare       *intel.Book // the same without Azure's and the operator's own networks
	indicators map[netip.Addr]bool
	settings   *detection.Settings
}

func newWorld(seed uint64) (world, error) {
	m, err := month.Make(month.Plan{Seed: seed})
	if err != nil {
		return world{}, err
	}
	bodies := func(yield func([]byte) bool) {
		for message := range m.Messages() {
			if !yield(message.Body) {
				return
			}
		}
	}
	l := m.Lists()
	book, err := bookOf(map[intel.Kind]string{intel.Tor: strings.Join(l.TorExits, "\n"), intel.Suspicious: strings.Join(l.Suspicious, "\n"),
		intel.Azure: strings.Join(l.Azure, "\n"), intel.Known: strings.Join(l.Known, "\n")})
	if err != nil {
		return world{}, err
	}
	bare, err := bookOf(map[intel.Kind]string{intel.Tor: strings.Join(l.TorExits, "\n"), intel.Suspicious: strings.Join(l.Suspicious, "\n")})
	return world{m.Labels(), bodies, book, bare, indicators(l.Suspicious), canaries(l.Canaries)}, err
}

// bookOf makes a book of lists given as text. An empty list is left out.
func bookOf(texts map[intel.Kind]string) (*intel.Book, error) {
	var lists []intel.List
	for kind, text := range texts {
		if strings.TrimSpace(text) == "" {
			continue
		}
		l, _, err := intel.Parse(strings.NewReader(text), intel.Options{Name: string(kind), Kind: kind, AllowWide: true})
		if err != nil {
			return nil, err
		}
		lists = append(lists, l)
	}
	return intel.NewBook(lists...), nil
}

func indicators(lines []string) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for _, l := range lines {
		if a, err := netip.ParseAddr(l); err == nil {
			out[a] = true
		}
	}
	return out
}

func canaries(lines []string) *detection.Settings {
	s := &detection.Settings{Canaries: map[detection.Canary]bool{}}
	for _, l := range lines {
		if f := strings.Fields(strings.ToLower(l)); len(f) == 2 && f[0] != "#" {
			s.Canaries[detection.Canary{Vault: f[0], Object: f[1]}] = true
		}
	}
	return s
}

// vaultwatch is what our alerts on a world amount to.
func vaultwatch(w world) []quality.Finding { return quality.Findings(alerts(w)) }

// alerts judges a world as a replay does.
func alerts(w world) []detection.Alert {
	e := detection.NewEngine(detection.Config{Catalogue: catalogue.All(), Addresses: w.book.Addresses(), Settings: w.settings})
	p := audit.NewParser(audit.Limits{})
	last := map[string]detection.Alert{}
	note := func(alerts []detection.Alert) {
		for _, a := range alerts {
			last[a.ID] = a
		}
	}
	var high time.Time
	for body := range w.bodies {
		records, _ := p.Body(body, nil)
		for i := range records {
			if records[i].Time.After(high) {
				high = records[i].Time
			}
		}
		e.Queue.Add(records)
		note(e.Settle(high.Add(-pipeline.Lateness)))
	}
	note(e.Settle(high.AddDate(0, 0, 1)))
	out := make([]detection.Alert, 0, len(last))
	for _, a := range last {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b detection.Alert) int { return strings.Compare(a.ID, b.ID) })
	return out
}
