package console

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/console/chart"
)

// evidence is one picture of why: what was observed against what is usual.
type evidence struct {
	// What is measured, for the heading; Says the same in numbers.
	What, Says string
	Drawing    template.HTML
}

// evidenceOf draws the alert's own numbers, and what memory knows of the sides of the story that it is about. Memory is
// that of now: what it learned from the story itself is little, since alerts keep their records from becoming usual.
func evidenceOf(e *baseline.Estate, a detection.Alert, now time.Time) []evidence {
	in := evidenceInput{estate: e, alert: a, now: now, principal: e.Principals[a.Caller]}
	if v := e.Vaults[a.Vault]; v != nil {
		in.vault, in.member = v, v.Member(a.Caller)
	}
	list := numberEvidence(a)
	for _, one := range []func(evidenceInput) (evidence, bool){newcomerEvidence, networkEvidence, weekEvidence} {
		if e, ok := one(in); ok {
			list = append(list, e)
		}
	}
	return list
}

type evidenceInput struct {
	estate    *baseline.Estate
	alert     detection.Alert
	now       time.Time
	vault     *baseline.Vault
	member    *baseline.Member
	principal *baseline.Principal
}

// about tells whether the alert, or one folded into it, speaks of a side of the story.
func (in evidenceInput) about(words ...string) bool {
	return slices.ContainsFunc(append([]string{in.alert.Type}, in.alert.Also...), func(id string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(id, w) })
	})
}

// against says and draws one number against its past.
func against(what string, observed, usual float64, most uint32) evidence {
	says := fmt.Sprintf("%.0f here; usual %s, at most %d in 30 days", observed, short(usual), most)
	return evidence{what, says, chart.Bullet(what+": "+says, observed, usual, float64(most))}
}

func short(x float64) string {
	if x < 10 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	}
	return fmt.Sprintf("%.0f", x)
}

// numberEvidence draws the numbers that the verdict rests on, as they were when it fell, where they are unusual: of what
// was counted on several vaults the furthest out.
func numberEvidence(a detection.Alert) (list []evidence) {
	far := map[string]detection.Number{}
	several := map[string]int{}
	var order []string
	for _, n := range a.Numbers {
		if !unusual(n) {
			continue
		}
		if several[n.What]++; several[n.What] == 1 {
			order = append(order, n.What)
		}
		if several[n.What] == 1 || beyond(n) > beyond(far[n.What]) {
			far[n.What] = n
		}
	}
	for _, what := range order {
		list = append(list, drawNumber(far[what], several[what]-1, len(a.Vaults) > 1))
	}
	return list
}

// unusual: beyond the most of 30 days, and at least twice what is usual.
func unusual(n detection.Number) bool { return n.Observed > n.Most && n.Observed >= 2*n.Usual }

// beyond is how many times what was the most before.
func beyond(n detection.Number) float64 { return n.Observed / max(n.Most, n.Usual, 1) }

func drawNumber(n detection.Number, others int, where bool) evidence {
	what := strings.ToUpper(n.What[:1]) + n.What[1:]
	if n.Vault != "" && where {
		what += " on " + vaultName(n.Vault)
	}
	says := fmt.Sprintf("%.0f here; usual %s%s, at most %.0f in 30 days", n.Observed, short(n.Usual), spanned(n.Span), n.Most)
	if others > 0 {
		says += "; unusual on " + counted(others, "more vault")
	}
	return evidence{what, says, chart.Bullet(what+": "+says, n.Observed, n.Usual, n.Most)}
}

func spanned(span string) string {
	if span == "" {
		return ""
	}
	return " " + span
}

// newcomerEvidence draws when each caller of the vault came first: whether strangers are usual here shows at a glance.
func newcomerEvidence(in evidenceInput) (evidence, bool) {
	if in.vault == nil || in.alert.Caller == "" || !in.about("User", "App", "Dormant") {
		return evidence{}, false
	}
	var list []chart.Arrival
	others := 0
	for id, m := range in.vault.All() {
		first := m.Access.First
		if first == 0 {
			first = m.Refused.First
		}
		if first == 0 {
			continue
		}
		a := chart.Arrival{At: first.Time(), Own: id == in.alert.Caller, Title: "a caller, first on " + first.Time().Format(time.DateOnly)}
		if a.Own {
			a.Title = "this caller, first on " + first.Time().Format(time.DateOnly)
		} else if !m.Founder && m.Access.First > 0 {
			others++
		}
		list = append(list, a)
	}
	says := fmt.Sprintf("%s came after the first week; %s", counted(others, "other caller"), watched(in))
	return evidence{"When each caller of this vault came first", says, arrivals("Arrivals of callers: "+says, in, list)}, true
}

func watched(in evidenceInput) string {
	return "the vault is watched for " + counted(in.vault.Exposure(baseline.At(in.now)), "day")
}

func arrivals(label string, in evidenceInput, list []chart.Arrival) template.HTML {
	from := in.now.Add(-30 * 24 * time.Hour)
	for _, a := range list {
		if a.At.Before(from) {
			from = a.At
		}
	}
	return chart.Arrivals(label, from, in.now, list)
}

// networkEvidence draws when the caller was first met from each of its networks.
func networkEvidence(in evidenceInput) (evidence, bool) {
	if in.principal == nil || in.alert.IP == "" || !in.about("IP", "TOR", "Elsewhere") {
		return evidence{}, false
	}
	var list []chart.Arrival
	others := 0
	for p, m := range in.principal.Networks.All() {
		own := strings.Contains(in.alert.IP, ".") == p.Addr().Is4() && p.String() == networkOf(in.alert.IP)
		if !own {
			others++
		}
		list = append(list, chart.Arrival{At: m.First.Time(), Own: own, Title: p.String() + ", first on " + m.First.Time().Format(time.DateOnly)})
	}
	says := fmt.Sprintf("this caller is known from %s besides this one", counted(others, "network"))
	return evidence{"When each network of this caller came first", says, arrivals("Arrivals of networks: "+says, in, list)}, true
}

// An hour of the week is told as evidence if enough is known of the week and hardly anybody comes in that hour.
const (
	weekKnown = 20
	hourRare  = 1 // the alert's own records are remembered, too
)

// weekEvidence draws the hour of the alert among the hours in which callers of the sort come to the vault.
func weekEvidence(in evidenceInput) (evidence, bool) {
	if in.member == nil {
		return evidence{}, false
	}
	who, week := "People", in.vault.Week[baseline.NewUser]
	if in.member.Kind.Workload() {
		who, week = "Workloads", in.vault.Week[baseline.NewWorkload]
	}
	hours, hour := week.As(baseline.At(in.now)), baseline.HourOfWeek(baseline.At(in.alert.Time))
	if sum(hours[:]) < weekKnown || hours[hour] > hourRare {
		return evidence{}, false
	}
	m := newWeekMap(who, hours, []time.Time{in.alert.Time})
	return evidence{who + " by hour of the week (UTC)", "this was " + hourName(hour) + ", when hardly anybody comes. " + m.Says, m.Map}, true
}
