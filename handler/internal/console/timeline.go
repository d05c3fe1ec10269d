package console

import (
	"cmp"
	"html/template"
	"net/netip"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/console/chart"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// timeline is what the callers of a story did around it, on all vaults.
type timeline struct {
	Lanes     template.HTML
	Names     []ref
	MoreVault int
	Rows      []touchRow
	MoreRows  int
	From, To  time.Time
	// Note says where the rows come from, or why they are few.
	Note string
}

type touchRow struct {
	touch
	VaultRef ref
	Result   string
	Refused  bool
}

const (
	maxLanes    = 12
	maxTouches  = 200
	aroundStory = time.Hour
)

// newTimeline looks an hour around an incident. Memory holds a caller's last day; of older stories the alerts' own
// objects remain.
func newTimeline(e *baseline.Estate, in notify.Incident, l links) timeline {
	t := timeline{From: in.Start.Add(-aroundStory), To: in.End.Add(aroundStory)}
	var list []touch
	for _, p := range in.Principals {
		if p.ID != "" && e != nil && !slices.ContainsFunc(list, func(x touch) bool { return x.Caller == p.ID }) {
			list = append(list, touchesOf(e, p.ID, t.From, t.To)...)
		}
	}
	rest := touchesOfAlerts(in, list)
	switch {
	case len(list) == 0:
		t.Note = "The single requests of that day are no longer remembered; shown are the objects that the alerts list."
	case len(rest) > 0:
		t.Note = "What the callers of this story did from an hour before it until an hour after, on all vaults. Where they have been since, only the objects that the alerts list are still remembered."
	default:
		t.Note = "Everything that the callers of this story did from an hour before it until an hour after, on all vaults."
	}
	list = append(list, rest...)
	slices.SortFunc(list, func(a, b touch) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Vault, b.Vault), cmp.Compare(a.Object, b.Object))
	})
	t.narrow(list, in)
	t.draw(list, in, l)
	t.Rows, t.MoreRows = touchRows(list, l)
	return t
}

// narrow lets the picture begin and end with what was done, so that a theft of a minute is more than a stroke.
func (t *timeline) narrow(list []touch, in notify.Incident) {
	first, last := in.Start, in.End
	for _, x := range list {
		if x.First.Before(first) && x.First.After(t.From) {
			first = x.First
		}
		if x.Last.After(last) && x.Last.Before(t.To) {
			last = x.Last
		}
	}
	margin := max(last.Sub(first)/20, 10*time.Second)
	t.From, t.To = first.Add(-margin), last.Add(margin)
}

// touchesOfAlerts are the objects of an incident, on the vaults of which nothing else is remembered.
func touchesOfAlerts(in notify.Incident, remembered []touch) (list []touch) {
	seen := map[string]bool{}
	known := func(vault string) bool {
		return slices.ContainsFunc(remembered, func(t touch) bool { return t.Vault == vault })
	}
	for _, a := range in.Alerts {
		for _, o := range a.Objects {
			key := o.Vault + "\x00" + o.Name + "\x00" + o.Operation
			if seen[key] || known(o.Vault) {
				continue
			}
			seen[key] = true
			list = append(list, touch{First: o.First, Last: o.Last, Count: o.Count, Vault: o.Vault, Caller: a.Caller, Operation: o.Operation, Object: o.Name, Outcome: outcomeOf(o.Operation), Address: a.IP})
		}
	}
	return list
}

func touchRows(list []touch, l links) (rows []touchRow, more int) {
	n := min(len(list), maxTouches)
	for _, t := range list[:n] {
		rows = append(rows, touchRow{t, l.vault(t.Vault), t.Outcome.String(), refused(t.Outcome)})
	}
	return rows, len(list) - n
}

func refused(o audit.Outcome) bool { return o != audit.Success }

// draw makes a lane of every vault, in order of first touch.
func (t *timeline) draw(list []touch, in notify.Incident, l links) {
	var order []string
	lanes := map[string][]chart.Event{}
	for _, x := range list {
		if _, ok := lanes[x.Vault]; !ok {
			order = append(order, x.Vault)
		}
		e := chart.Event{At: x.First, To: x.Last, Class: "done", Title: x.First.Format("15:04:05") + " " + x.Operation + " " + x.Object + ", " + x.Outcome.String()}
		switch {
		case refused(x.Outcome):
			e.Class = "refused"
		case x.Class == audit.Meta || x.Class == audit.List:
			e.Class = "other"
		}
		lanes[x.Vault] = append(lanes[x.Vault], e)
	}
	if len(order) == 0 {
		return
	}
	t.MoreVault = max(0, len(order)-maxLanes)
	var drawn [][]chart.Event
	for _, v := range order[:min(len(order), maxLanes)] {
		t.Names = append(t.Names, l.vault(v))
		drawn = append(drawn, lanes[v])
	}
	t.Lanes = chart.Lanes("What was done when, a lane for each vault", t.From, t.To, drawn, [2]time.Time{in.Start, in.End})
}

// networkOf is the /24 or /48 of an address as text, empty if it is none.
func networkOf(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	return baseline.Network(a).String()
}
