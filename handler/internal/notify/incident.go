package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Incident is the alerts of one story, as a person wants to hear of them: once.
type Incident struct {
	ID string
	// Title is the weightiest alert's title, with a count of the others.
	Title    string
	Severity detection.Severity
	// Sample is true for an invented incident: samples are never grouped with real alerts.
	Sample bool
	// Start and End span the records of all alerts, in event time.
	Start, End time.Time
	// Vaults lists resource ids, Principals the callers, Origins the addresses, each in order of first mention.
	Vaults     []string
	Principals []Principal
	Origins    []Origin
	// Alerts are ordered by event time.
	Alerts []detection.Alert
}

// Principal is a caller as an incident names it.
type Principal struct{ ID, Name, Kind, Application string }

// Origin is where calls came from and with which client.
type Origin struct{ IP, Client string }

// Group sorts alerts into incidents by their Incident id (an alert without one is its own), loudest first, then oldest
// first. It keeps every alert exactly once: an alert given twice counts once.
func Group(alerts []detection.Alert) []Incident {
	type key struct {
		id     string
		sample bool
	}
	members := map[key][]detection.Alert{}
	seen := map[string]bool{}
	for _, a := range alerts {
		if seen[a.ID] {
			continue
		}
		seen[a.ID] = true
		k := key{IncidentOf(a), a.Sample}
		members[k] = append(members[k], a)
	}
	incidents := make([]Incident, 0, len(members))
	for k, of := range members {
		incidents = append(incidents, newIncident(k.id, of))
	}
	slices.SortFunc(incidents, func(a, b Incident) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.Start.Compare(b.Start), cmp.Compare(a.Key(), b.Key()))
	})
	return incidents
}

// IncidentOf is the id of the incident that an alert belongs to.
func IncidentOf(a detection.Alert) string { return cmp.Or(a.Incident, a.ID) }

// Key names the incident's marks: a sample never shares one with a real incident.
func (in Incident) Key() string {
	if in.Sample {
		return part(in.ID) + "-sample"
	}
	return part(in.ID)
}

// split takes the suppressed alerts out. What is heard is empty if all are suppressed.
func (in Incident) split() (heard Incident, suppressed []detection.Alert) {
	var kept []detection.Alert
	for _, a := range in.Alerts {
		if a.Suppressed == "" {
			kept = append(kept, a)
		} else {
			suppressed = append(suppressed, a)
		}
	}
	return in.only(kept), suppressed
}

// only is the incident as if it held just these of its alerts.
func (in Incident) only(alerts []detection.Alert) Incident {
	if len(alerts) == 0 {
		return Incident{ID: in.ID, Sample: in.Sample}
	}
	return newIncident(in.ID, slices.Clone(alerts))
}

func newIncident(id string, alerts []detection.Alert) Incident {
	slices.SortFunc(alerts, func(a, b detection.Alert) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	in := Incident{ID: id, Sample: alerts[0].Sample, Alerts: alerts, Severity: severity(alerts), Title: title(alerts)}
	for _, a := range alerts {
		in.absorb(a)
	}
	return in
}

func (in *Incident) absorb(a detection.Alert) {
	if start := cmp.Or(a.Start, a.Time); in.Start.IsZero() || start.Before(in.Start) {
		in.Start = start
	}
	if end := cmp.Or(a.End, a.Time); end.After(in.End) {
		in.End = end
	}
	for _, v := range append([]string{a.Vault}, a.Vaults...) {
		in.Vaults = appendNew(in.Vaults, v)
	}
	in.Principals = appendNew(in.Principals, Principal{a.Caller, a.CallerName, a.CallerKind, a.Application})
	in.Origins = appendNew(in.Origins, Origin{a.IP, a.ClientInfo})
}

func appendNew[T comparable](list []T, v T) []T {
	var zero T
	if v == zero || slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// severity is the highest of the members, one step more when alerts of different types tell of several tactics or
// several vaults: together they are a story that none of them tells alone.
func severity(alerts []detection.Alert) detection.Severity {
	highest := detection.Informational
	var types, tactics, vaults []string
	for _, a := range alerts {
		highest = max(highest, a.Severity)
		types = appendNew(types, a.Type)
		for _, t := range a.Tactics {
			tactics = appendNew(tactics, t)
		}
		for _, v := range append([]string{a.Vault}, a.Vaults...) {
			vaults = appendNew(vaults, v)
		}
	}
	wide := len(types) > 1 && (len(tactics) > 1 || len(vaults) > 1)
	if wide && highest > detection.Informational && highest < detection.High {
		highest++
	}
	return highest
}

// SampleTitle begins the title of every sample alert, so that nobody takes one for real wherever it ends up. An incident
// of samples says so itself, once.
const SampleTitle = "[SAMPLE ALERT] "

func title(alerts []detection.Alert) string {
	first := slices.MaxFunc(alerts, bySeverity)
	name := cmp.Or(first.Title, first.Type)
	if first.Sample {
		name = strings.TrimPrefix(name, SampleTitle)
	}
	switch n := len(alerts) - 1; n {
	case 0:
		return name
	case 1:
		return name + ", and 1 more alert"
	default:
		return fmt.Sprintf("%s, and %d more alerts", name, n)
	}
}

func bySeverity(a, b detection.Alert) int { return cmp.Compare(a.Severity, b.Severity) }

// VaultName is the short name of a vault from its resource id.
func VaultName(id string) string {
	return id[strings.LastIndexByte(id, '/')+1:]
}
