package console

import (
	"cmp"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// lessonsView is what people taught about a vault or caller, and the form to take it back.
type lessonsView struct {
	Rows          []lessonRow
	CanWrite      bool
	Token, Action string
}

// lessonRow is one lesson in words.
type lessonRow struct {
	ID, Title, By, Why string
	Alert, Who         ref
	Vaults             []ref
	MoreVaults         int
	At                 time.Time
	// Since and Until are event time, zero as long as the judge has not taken the lesson in.
	Since, Until time.Time
	InForce      bool
	Ended        time.Time
	EndedBy      string
	Seen         []pair
}

// lessons are those that people taught, of which keep is true, the ones in force first.
func (v *visit) lessons(k *known, keep func(triage.Teaching) bool) (lessonsView, error) {
	view := lessonsView{CanWrite: v.console.Store != nil, Action: v.links.to("end-lesson")}
	for _, t := range k.book.Lessons {
		if keep(t) {
			view.Rows = append(view.Rows, newLessonRow(t, k, v.links))
		}
	}
	slices.SortStableFunc(view.Rows, func(a, b lessonRow) int { return -compareBool(a.InForce, b.InForce) })
	if len(view.Rows) == 0 {
		return view, nil
	}
	var err error
	view.Token, err = v.token()
	return view, err
}

func newLessonRow(t triage.Teaching, k *known, l links) lessonRow {
	r := lessonRow{ID: t.ID, Title: cmp.Or(t.Title, t.Types[0]), By: t.By, Why: string(t.Cause), At: t.At, Since: t.From, Until: t.Until, InForce: t.InForce(k.present), Ended: t.Ended, EndedBy: t.EndedBy}
	if t.Note != "" {
		r.Why += ": " + t.Note
	}
	r.Alert, r.Who = ref{r.Title, l.to("alert", "id", t.Alert)}, l.caller(t.Caller, nameIn(k, t.Caller), "")
	r.Vaults = l.vaults(t.Vaults[:min(len(t.Vaults), 3)])
	r.MoreVaults = len(t.Vaults) - len(r.Vaults)
	for _, p := range []struct {
		name string
		list []string
	}{{"networks", t.Networks}, {"applications", named(t.Applications)}, {"operations", t.Operations}} {
		r.Seen = append(r.Seen, pair{p.name, shortened(p.list)})
	}
	for _, n := range t.Numbers {
		r.Seen = append(r.Seen, pair{n.What, short(n.Observed)})
	}
	return r
}

func nameIn(k *known, caller string) string {
	for _, j := range slices.Backward(k.alerts) {
		if j.Caller == caller && j.CallerName != "" {
			return j.CallerName
		}
	}
	return ""
}

func named(applications []string) []string {
	out := make([]string, len(applications))
	for i, a := range applications {
		out[i] = applicationName(a)
	}
	return out
}

// shortened is a list in words, of which the first few are said.
func shortened(list []string) string {
	const few = 4
	if len(list) > few {
		return joined(append(slices.Clone(list[:few]), counted(len(list)-few, "other")), "and")
	}
	if len(list) == 0 {
		return "none"
	}
	return joined(list, "and")
}
