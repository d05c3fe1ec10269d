package console

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/console/chart"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// vaultView is all that is known of a vault.
type vaultView struct {
	ID, Name, Portal string
	State            state
	First, Heard     time.Time
	Facts            []pair

	Week         []weekMap
	Hours        template.HTML
	HourSays     string
	Calendar     template.HTML
	CalendarFrom time.Time
	Trends       []trend

	Members     []memberRow
	MoreMembers int
	Networks    markList
	Agents      markList
	Apps        markList
	Rare        []rare

	Calls    []callRow
	Failures []failureRow
	Changes  []changeRow
	Taught   lessonsView

	Alerts    []alertRow
	AllAlerts string
}

type memberRow struct {
	member
	Who   ref
	Strip template.HTML
}

type markList struct {
	Title string
	List  []mark
	More  int
}

// trend is a number of today against its past.
type trend struct {
	What    string
	Today   uint32
	Usual   string
	Most    uint32
	Drawing template.HTML
}

// rare is a class of operations, and on how many of the callers' days it was seen here.
type rare struct {
	Class string
	Who   string
	Days  float64
	Of    float64
	Share string
}

type changeRow struct {
	At        time.Time
	Who       ref
	Operation string
	What      string
}

func (c *console) vault(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	id, found := v.arg("id"), false
	var view vaultView
	if err := c.Viewer.Look(v.ctx(), func(m pipeline.Memory) {
		if of := m.Estate.Vaults[id]; of != nil {
			found, view = true, newVault(of, m.Estate, vaultInput{k, v.links, c.ObserveOnly != nil && c.ObserveOnly(id)})
		}
	}); err != nil {
		return answer{}, err
	}
	if !found {
		return answer{}, refuse(http.StatusNotFound, "Nothing is remembered of this vault: its log has not arrived, or its id is written differently.")
	}
	view.Portal = c.Links.Vault(id)
	if view.Taught, err = v.lessons(k, func(t triage.Teaching) bool { return slices.Contains(t.Vaults, id) }); err != nil {
		return answer{}, err
	}
	f := filter{Vault: id, Limit: 10}
	page, _, _ := f.choose(k.alerts)
	view.Alerts, view.AllAlerts = alertRows(page, v.links), v.links.to("alerts", "vault", id)
	return answer{page: "vault", title: view.Name, view: view}, nil
}

type vaultInput struct {
	*known
	links    links
	observed bool
}

func newVault(v *baseline.Vault, e *baseline.Estate, in vaultInput) vaultView {
	now := baseline.At(in.present)
	b := newBrief(v, in.present, in.observed)
	view := vaultView{ID: v.ID, Name: b.Name, State: b.State, Heard: b.Heard}
	if v.Seen.First > 0 {
		view.First = v.Seen.First.Time()
	}
	view.Facts = vaultFacts(v, now)
	view.Hours, view.HourSays = hourBars(v, b, in.present)
	view.Calendar, view.CalendarFrom = calendar(v, now)
	view.Week = weekMaps(v, now, in.alertTimes(v.ID))
	view.Trends = vaultTrends(v, now)
	list, more := members(v, e, now)
	for _, m := range list {
		view.Members = append(view.Members, memberRow{m, in.links.caller(m.ID, m.Name, ""), dayStrip(m, in.present)})
	}
	view.MoreMembers = more
	view.Networks.List, view.Networks.More = marks(v.Networks, now, prefixName)
	view.Agents.List, view.Agents.More = marks(v.Agents, now, textName)
	view.Apps.List, view.Apps.More = marks(v.Applications, now, applicationName)
	view.Rare = rareClasses(v)
	touches := touchesOn(v, in.present.Add(-24*time.Hour))
	view.Calls, view.Failures = calls(touches, v, now), failures(touches)
	for _, c := range slices.Backward(v.Changes) {
		view.Changes = append(view.Changes, newChange(c, in.links))
	}
	return view
}

// ringed is for how long an alert is shown among the hours of the week.
const ringed = 28 * 24 * time.Hour

// alertTimes are when the open alerts of a vault were decided lately: those about people, and those about workloads.
func (k *known) alertTimes(vault string) (times [2][]time.Time) {
	for _, j := range since(k.alerts, k.present.Add(-ringed)) {
		if !j.open() || j.Caller == "" || !slices.Contains(j.Vaults, vault) {
			continue
		}
		sort := baseline.NewWorkload
		if j.CallerKind == audit.User.String() {
			sort = baseline.NewUser
		}
		times[sort] = append(times[sort], j.Time)
	}
	return times
}

func vaultFacts(v *baseline.Vault, now baseline.Instant) []pair {
	facts := []pair{{"Watched", counted(v.Exposure(now), "day")}, {"Callers", grouped(v.Size())}, {"Objects known", grouped(v.Objects.Len())}, {"Networks", grouped(v.Networks.Len())}}
	if s := v.Settings; s != nil {
		facts = append(facts, pair{"Rights", word(s.RBAC, "Azure RBAC", "access policies")}, pair{"Firewall", word(s.Open, "open by default", "closed by default")}, pair{"Purge protection", word(s.PurgeProtection, "on", "off")})
	}
	for sort, name := range []string{"New people", "New workloads"} {
		r := v.Newcomers[sort]
		r.Pass(now.Day())
		if r.Exposure > 0 {
			facts = append(facts, pair{name, fmt.Sprintf("%.2f a week", 7*r.Count/r.Exposure)})
		}
	}
	return facts
}

func word(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

func hourBars(v *baseline.Vault, b brief, present time.Time) (template.HTML, string) {
	usual := mean(v.Requests.Hourly) + mean(v.Series(audit.Crypto).Hourly)
	day := baseline.At(present).Day()
	most := v.Requests.TopHour.Top(day-1) + v.Series(audit.Crypto).TopHour.Top(day-1)
	cells := make([]chart.Cell, len(b.Hours))
	for i, n := range b.Hours {
		at := present.Truncate(time.Hour).Add(time.Duration(i-len(b.Hours)+1) * time.Hour)
		cells[i] = chart.Cell{Count: n, Title: at.Format("02 Jan 15:00") + ": " + counted(int(n), "request")}
	}
	return chart.Bars("Requests an hour, the last 24 hours", cells, usual, float64(most)), fmt.Sprintf("an hour usually holds %s, the fullest hour of the last 30 days held %d", short(usual), most)
}

// The calendar begins where the vault's memory does, but shows some weeks and not more than a quarter.
const (
	calendarDays    = 13 * 7
	calendarAtLeast = 6 * 7
)

// calendar counts the callers that were active on each day.
func calendar(v *baseline.Vault, now baseline.Instant) (template.HTML, time.Time) {
	first := max(now.Day()-calendarDays+1, min(v.Seen.First.Day(), now.Day()-calendarAtLeast))
	first -= (first + 3) % 7 // back to a Monday; day 0 was a Thursday
	cells := make([]chart.Cell, now.Day()-first+1)
	for i := range cells {
		d := first + baseline.Day(i)
		for _, m := range v.All() {
			if m.Active.Has(d) {
				cells[i].Count++
			}
		}
		cells[i].Title = dayTime(d).Format("Mon 2006-01-02") + ": " + counted(int(cells[i].Count), "caller")
	}
	return chart.Calendar("Callers a day, 13 weeks", 0, cells), dayTime(first)
}

func dayTime(d baseline.Day) time.Time {
	return (baseline.Instant(d) * baseline.DayLen).Time()
}

func vaultTrends(v *baseline.Vault, now baseline.Instant) (list []trend) {
	for _, s := range []struct {
		what   string
		series baseline.Series
	}{{"Requests but use of keys, a day", v.Requests}, {"Use of keys, a day", *v.Series(audit.Crypto)}} {
		if s.series.At == 0 {
			continue
		}
		s.series.Advance(now)
		usual, most := mean(s.series.Daily), s.series.TopDay.Top(now.Day()-1)
		list = append(list, trend{s.what, s.series.Day, short(usual), most, chart.Bullet(s.what, float64(s.series.Day), usual, float64(most))})
	}
	return list
}

func dayStrip(m member, present time.Time) template.HTML {
	cells := make([]chart.Cell, len(m.Dots))
	for i, n := range m.Dots {
		cells[i] = chart.Cell{Count: n, Title: present.AddDate(0, 0, i-len(m.Dots)+1).Format(time.DateOnly) + word(n > 0, ": here", ": not here")}
	}
	return chart.Strip("Days with success, the last 30", cells)
}

// rareClasses tells on how many principal-days each class was seen, the rarest first.
func rareClasses(v *baseline.Vault) (list []rare) {
	for sort, who := range []string{"people", "workloads"} {
		days := v.ClassDays[sort]
		all := days[audit.Other]
		for c := audit.Value; int(c) < audit.Classes; c++ {
			if days[c] > 0 && all > 0 {
				list = append(list, rare{className(c), who, days[c], all, fmt.Sprintf("%.1f %%", 100*days[c]/all)})
			}
		}
	}
	slices.SortFunc(list, func(a, b rare) int {
		return cmp.Or(cmp.Compare(a.Days/a.Of, b.Days/b.Of), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Who, b.Who))
	})
	return list
}

func newChange(c baseline.Change, l links) changeRow {
	row := changeRow{At: c.At.Time(), Who: l.caller(c.Actor, c.Name, ""), Operation: c.Operation}
	for _, g := range c.Grants {
		row.What += "granted " + g.Principal + " " + vaultName(g.Role) + ". "
	}
	for _, r := range c.Revokes {
		row.What += "took rights from " + r + ". "
	}
	row.What += word(c.Opened, "Opened the firewall. ", "") + word(c.Weakened, "Took another guard off. ", "")
	if row.What == "" {
		row.What = "The record does not say what changed."
	}
	return row
}
