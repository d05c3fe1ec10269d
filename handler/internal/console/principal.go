package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// principalView is all that is known of a principal over the estate.
type principalView struct {
	ID, Name, Kind string
	First, Last    time.Time
	Days           int
	Facts          []pair
	Spread         []evidence

	Ties     []tieRow
	MoreTies int
	Networks markList
	Agents   markList
	Apps     markList

	Touches     []touchRow
	MoreTouches int

	Taught    lessonsView
	Alerts    []alertRow
	AllAlerts string
}

type tieRow struct {
	Vault       ref
	First, Last time.Time
	Days        int
	Refused     time.Time
	Objects     int
	New         bool
}

const maxTies = 200

func (c *console) principal(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	id, found := v.arg("id"), false
	var view principalView
	if err := c.Viewer.Look(v.ctx(), func(m pipeline.Memory) {
		if p := m.Estate.Principals[id]; p != nil {
			found, view = true, newPrincipal(p, m.Estate, k.present, v.links)
		}
	}); err != nil {
		return answer{}, err
	}
	f := filter{Caller: id, Limit: 20}
	page, total, _ := f.choose(k.alerts)
	if !found && total == 0 {
		return answer{}, refuse(http.StatusNotFound, "Nothing is remembered of this principal.")
	}
	if !found {
		view = principalView{ID: id, Name: page[0].CallerName, Kind: page[0].CallerKind}
	}
	if view.Taught, err = v.lessons(k, func(t triage.Teaching) bool { return t.Caller == id }); err != nil {
		return answer{}, err
	}
	view.Alerts, view.AllAlerts = alertRows(page, v.links), v.links.to("alerts", "caller", id)
	return answer{page: "principal", title: cmp.Or(view.Name, view.ID), view: view}, nil
}

func newPrincipal(p *baseline.Principal, e *baseline.Estate, present time.Time, l links) principalView {
	now := baseline.At(present)
	view := principalView{ID: p.ID, Name: p.Name, Kind: p.Kind.String(), Days: p.Active.Within(now.Day()+1, memberDays)}
	if p.Access.First > 0 {
		view.First, view.Last = p.Access.First.Time(), p.Access.Last.Time()
	}
	view.Facts = []pair{{"Vaults", grouped(p.Ties.Len())}, {"Active days of the last 30", grouped(view.Days)}, {"Networks", grouped(p.Networks.Len())}, {"Applications", grouped(p.Applications.Len())}}
	view.Spread = []evidence{spreadOf("Vaults a day", p.Spread, now)}
	if p.RefusedSpread.Top.Top(now.Day())+p.RefusedSpread.Today > 0 {
		view.Spread = append(view.Spread, spreadOf("Vaults a day that refused it", p.RefusedSpread, now))
	}
	view.Ties, view.MoreTies = ties(p, e, now, l)
	view.Networks.List, view.Networks.More = marks(p.Networks, now, prefixName)
	view.Agents.List, view.Agents.More = marks(p.Agents, now, textName)
	view.Apps.List, view.Apps.More = marks(p.Applications, now, applicationName)
	recent := touchesOf(e, p.ID, present.Add(-24*time.Hour), present)
	slices.Reverse(recent)
	view.Touches, view.MoreTouches = touchRows(recent, l)
	return view
}

func spreadOf(what string, d baseline.Distinct, now baseline.Instant) evidence {
	today := d.Today
	if d.On != now.Day() {
		today = 0
	}
	e := against(what, float64(today), mean(d.Daily), d.Top.Top(now.Day()))
	e.Says = "today " + e.Says
	return e
}

func ties(p *baseline.Principal, e *baseline.Estate, now baseline.Instant, l links) (list []tieRow, more int) {
	for id, t := range p.Ties.All() {
		row := tieRow{Vault: l.vault(id), Days: int(t.Access.Days), New: t.Access.First > now-newFor && p.Access.First <= now-newFor}
		if t.Access.First > 0 {
			row.First, row.Last = t.Access.First.Time(), t.Access.Last.Time()
		}
		if t.Refused.Last > 0 {
			row.Refused = t.Refused.Last.Time()
		}
		if v := e.Vaults[id]; v != nil && v.Member(p.ID) != nil {
			row.Objects = v.Member(p.ID).Objects.Len()
		}
		list = append(list, row)
	}
	slices.SortFunc(list, func(a, b tieRow) int {
		return cmp.Or(-compareBool(a.New, b.New), cmp.Compare(b.Days, a.Days), b.Last.Compare(a.Last), cmp.Compare(a.Vault.Text, b.Vault.Text))
	})
	n := min(len(list), maxTies)
	return list[:n], len(list) - n
}
