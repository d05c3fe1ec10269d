package console

import (
	"net/http"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// rulesView is the list of suppression rules and of what people did.
type rulesView struct {
	Rules    []ruleRow
	Actions  []triage.Action
	CanWrite bool
	Token    string
	End      string
}

type ruleRow struct {
	triage.Rule
	InForce bool
	Word    string
	Where   []condition
	// Silenced counts the alerts of the last 30 days that it silenced.
	Silenced int
}

type condition struct {
	Field, Name, Value string
	Chosen             bool
}

// previewSpan is how far back a rule's preview looks, in event time.
const previewSpan = 30 * 24 * time.Hour

func (c *console) rules(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	view := rulesView{CanWrite: c.Store != nil, End: v.links.to("end-rule")}
	for _, r := range k.book.Rules {
		row := ruleRow{Rule: r, InForce: r.InForce(v.now), Where: conditions(r)}
		switch {
		case row.InForce:
			row.Word = "in force"
		case !r.Ended.IsZero():
			row.Word = "ended by " + r.EndedBy
		default:
			row.Word = "expired"
		}
		for _, j := range since(k.alerts, k.present.Add(-previewSpan)) {
			if j.silenced && j.rule.ID == r.ID {
				row.Silenced++
			}
		}
		view.Rules = append(view.Rules, row)
	}
	if view.Actions, err = triage.Actions(v.ctx(), c.Store, maxActions); err != nil {
		return answer{}, err
	}
	view.Token, err = v.token()
	return answer{page: "rules", title: "Rules", view: view}, err
}

// conditions are a rule's, in words.
func conditions(r triage.Rule) []condition {
	all := []condition{{"type", "type", r.Type, true}, {"vault", "vault", r.Vault, true}, {"caller", "caller", r.Caller, true}, {"application", "application", r.Application, true}, {"ip", "address", r.IP, true}}
	return slices.DeleteFunc(all, func(c condition) bool { return c.Value == "" })
}

// ruleView is the form of a new rule, with what it would have silenced.
type ruleView struct {
	Alert      alertRow
	AlertID    string
	Conditions []condition
	Rule       triage.Rule

	Matches []alertRow
	Total   int
	Open    int

	CanWrite bool
	Token    string
	Preview  string
	Add      string
	Hidden   []pair
}

func (c *console) newRule(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	a, ok, err := wholeAlert(v.ctx(), c.Viewer.Alerts, digestsOf(k.alerts), v.arg("alert"))
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, refuse(http.StatusNotFound, "There is no such alert. Start from an alert that you would rather not hear of again.")
	}
	match := v.URL.Query()["match"]
	if len(match) == 0 {
		match = []string{"type", "vault", "caller"}
	}
	view := ruleView{AlertID: a.ID, Conditions: choices(a, match), Rule: ruleFor(a, match), CanWrite: c.Store != nil, Preview: v.links.to("rule"), Add: v.links.to("add-rule"), Hidden: v.links.hidden()}
	for _, j := range k.alerts {
		if j.ID == a.ID {
			view.Alert = alertRows([]judged{j}, v.links)[0]
		}
	}
	view.Matches, view.Total, view.Open = preview(k, view.Rule, v.links)
	view.Token, err = v.token()
	return answer{page: "rule", title: "Silence alerts like this", view: view}, err
}

// choices are the conditions that an alert offers.
func choices(a detection.Alert, match []string) []condition {
	vault := a.Vault
	all := []condition{{"type", "of this type", a.Type, false}, {"vault", "on this vault", vault, false}, {"caller", "by this caller", a.Caller, false},
		{"application", "with this application", a.Application, false}, {"ip", "from this address", a.IP, false}}
	all = slices.DeleteFunc(all, func(c condition) bool { return c.Value == "" })
	for i := range all {
		all[i].Chosen = slices.Contains(match, all[i].Field)
	}
	return all
}

// ruleFor takes the values of the chosen conditions from the alert itself: what stands in a log never travels through a
// form.
func ruleFor(a detection.Alert, match []string) triage.Rule {
	var r triage.Rule
	for _, c := range choices(a, match) {
		if !c.Chosen {
			continue
		}
		switch c.Field {
		case "type":
			r.Type = c.Value
		case "vault":
			r.Vault = c.Value
		case "caller":
			r.Caller = c.Value
		case "application":
			r.Application = c.Value
		case "ip":
			r.IP = c.Value
		}
	}
	return r
}

const maxPreview = 25

// preview is what a rule would have silenced in the last 30 days.
func preview(k *known, r triage.Rule, l links) (rows []alertRow, total, open int) {
	var list []judged
	for _, j := range slices.Backward(since(k.alerts, k.present.Add(-previewSpan))) {
		if j.Sample || !r.Matches(j.Alert) {
			continue
		}
		total++
		if j.open() {
			open++
		}
		if len(list) < maxPreview {
			list = append(list, j)
		}
	}
	return alertRows(list, l), total, open
}
