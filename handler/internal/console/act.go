package console

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// doneView says what was changed and where to go on. There is no redirect: a Functions host might follow it itself.
type doneView struct {
	What string
	Next []ref
}

// statusChange is a decision as it came, by form or as JSON.
type statusChange struct {
	Incident string `json:"incident"`
	Alert    string `json:"alert"`
	Status   string `json:"status"`
	Cause    string `json:"cause"`
	Note     string `json:"note"`
}

func (c *console) setStatus(v *visit) (answer, error) {
	s := statusChange{Incident: v.PostFormValue("incident"), Alert: v.PostFormValue("alert"), Status: v.PostFormValue("status"), Note: v.PostFormValue("note")}
	if s.Status == string(triage.Benign) {
		s.Cause = v.PostFormValue("cause")
	}
	d, err := c.decide(v, s)
	if err != nil {
		return answer{}, err
	}
	kind, id := "incident", d.Mark.Incident
	if id == "" {
		kind, id = "alert", d.Mark.Alert
	}
	return done(decided(d), ref{"Back to the " + kind, v.links.to(kind, "id", id)}, ref{"Overview", v.links.to("./")}), nil
}

// decided says what a decision changed.
func decided(d triage.Decision) string {
	what := "It is marked " + string(d.Mark.State) + "."
	if n := len(d.Teach); n > 0 {
		what += fmt.Sprintf(" %s taught: the same again is usual from now on, for %s, and whatever goes beyond it still raises an alert. The lesson stands on the pages of the vault and the caller, where it can be taken back.",
			counted(n, "alert was", "alerts were"), lasting(detection.LessonLife))
	}
	for _, id := range slices.Sorted(maps.Keys(d.Untaught)) {
		what += fmt.Sprintf(" Alert %s taught nothing: %s.", id, d.Untaught[id])
	}
	return what
}

func done(what string, next ...ref) answer {
	return answer{page: "done", title: "Done", view: doneView{what, next}}
}

// decide checks that the story exists, so that no status is written for nothing, and writes it with what it teaches.
func (c *console) decide(v *visit, s statusChange) (triage.Decision, error) {
	m := triage.Mark{Incident: s.Incident, Alert: s.Alert, State: triage.State(s.Status), Cause: triage.Cause(s.Cause), Note: s.Note, By: v.who, At: v.now}
	if err := m.Check(); err != nil {
		return triage.Decision{}, refuse(http.StatusBadRequest, "Nothing was changed: "+err.Error()+".")
	}
	k, err := v.read()
	if err != nil {
		return triage.Decision{}, err
	}
	alerts, err := c.story(v.ctx(), k, s.Incident, s.Alert)
	if err != nil {
		return triage.Decision{}, err
	}
	d := k.book.Decide(m, alerts, c.Catalogue)
	if err := triage.Set(v.ctx(), c.Store, k.book, d); err != nil {
		return d, err
	}
	c.tell(v)
	return d, nil
}

// tell lets the judge know that there is something to learn.
func (c *console) tell(v *visit) {
	if c.Taught != nil {
		c.Taught(v.ctx())
	}
}

func (c *console) endLesson(v *visit) (answer, error) {
	if err := c.stopLesson(v, v.PostFormValue("id")); err != nil {
		return answer{}, err
	}
	return done("The lesson is taken back: from now on the same raises an alert again, unless it has become usual by being done.", ref{"Overview", v.links.to("./")}), nil
}

func (c *console) stopLesson(v *visit, id string) error {
	err := triage.EndLesson(v.ctx(), c.Store, id, v.who, v.now)
	if errors.Is(err, triage.ErrNoLesson) {
		return refuse(http.StatusNotFound, "There is no such lesson in force.")
	}
	if err == nil {
		c.tell(v)
	}
	return err
}

func (c *console) addRule(v *visit) (answer, error) {
	k, err := v.read()
	if err != nil {
		return answer{}, err
	}
	a, ok, err := wholeAlert(v.ctx(), c.Viewer.Alerts, digestsOf(k.alerts), v.PostFormValue("alert"))
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, refuse(http.StatusNotFound, "There is no such alert to take the conditions from.")
	}
	days, _ := strconv.Atoi(v.PostFormValue("days")) // what is no number is refused as a rule without an end
	r := ruleFor(a, v.PostForm["match"])
	r.Name, r.Reason = v.PostFormValue("name"), v.PostFormValue("reason")
	r.Expires = v.now.AddDate(0, 0, min(max(days, 0), 3660))
	r, err = c.putRule(v, r)
	if err != nil {
		return answer{}, err
	}
	_, total, open := preview(k, r, v.links)
	what := fmt.Sprintf("The rule is in force until %s. It holds for alerts raised from now on; of the last 30 days it would have silenced %s, %d of them still open.", r.Expires.Format(time.DateOnly), counted(total, "alert"), open)
	return done(what, ref{"All rules", v.links.to("rules")}, ref{"Back to the alert", v.links.to("alert", "id", a.ID)}), nil
}

func (c *console) putRule(v *visit, r triage.Rule) (triage.Rule, error) {
	r.Created, r.By = v.now, v.who
	if err := r.Check(); err != nil {
		return r, refuse(http.StatusBadRequest, "The rule was not added: "+err.Error()+".")
	}
	return triage.Add(v.ctx(), c.Store, r)
}

func (c *console) endRule(v *visit) (answer, error) {
	if err := c.stopRule(v, v.PostFormValue("id")); err != nil {
		return answer{}, err
	}
	return done("The rule has ended. Alerts that it silenced stay silenced.", ref{"All rules", v.links.to("rules")}), nil
}

func (c *console) stopRule(v *visit, id string) error {
	err := triage.End(v.ctx(), c.Store, id, v.who, v.now)
	if errors.Is(err, triage.ErrNoRule) {
		return refuse(http.StatusNotFound, "There is no such rule in force.")
	}
	return err
}

// replay reads a dead letter again. Who asked for it is written down first: a replay that fails was asked for as well.
func (c *console) replay(v *visit) (answer, error) {
	inbox, key := v.PostFormValue("inbox"), v.PostFormValue("key")
	if err := triage.Record(v.ctx(), c.Store, triage.Action{At: v.now, By: v.who, What: "replayed a dead letter", About: key, Detail: inbox}); err != nil {
		return answer{}, err
	}
	report, err := c.Viewer.Replay(v.ctx(), inbox, key)
	if err != nil {
		return answer{}, refuse(http.StatusConflict, "The letter stays where it is: "+err.Error()+".")
	}
	return done("It could be read now: "+counted(report.Tally.Records, "record")+" went to the judge.", ref{"Health", v.links.to("health")}), nil
}
