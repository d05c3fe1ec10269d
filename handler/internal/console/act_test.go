package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

// Ensure that a benign incident is closed with all its alerts, says who closed it and why, and can be opened again.
func TestAnIncidentIsMarked(t *testing.T) {
	w := tell(t, thief)
	a := w.one(t, "KV_TORAccess")
	at := "ui/incident?id=" + url.QueryEscape(a.Incident)
	form := url.Values{"token": {tokenOf(t, w.get(t, at, http.StatusOK))}, "incident": {a.Incident}, "status": {"benign"}, "cause": {"expected"}, "note": {"night shift"}}
	if page := w.post(t, "ui/set-status", form, http.StatusOK); !strings.Contains(page, "1 alert was taught") {
		t.Error("the answer does not say that it teaches")
	}
	page := w.get(t, at, http.StatusOK)
	for _, want := range []string{"state-benign", "by the user of this computer", "night shift"} {
		if !strings.Contains(page, want) {
			t.Errorf("the incident lacks %q", want)
		}
	}
	if page := w.get(t, "ui/", http.StatusOK); strings.Contains(page, "id="+a.Incident) {
		t.Error("the overview still lists it as open")
	}
	form.Set("status", "open")
	w.post(t, "ui/set-status", form, http.StatusOK)
	if page := w.get(t, "ui/", http.StatusOK); !strings.Contains(page, "id="+a.Incident) {
		t.Error("the overview does not list what was opened again")
	}
	form.Set("status", "benign")
	form.Del("cause")
	if page := w.post(t, "ui/set-status", form, http.StatusBadRequest); !strings.Contains(page, "say why it is benign") {
		t.Error("benign without a cause: the answer does not say what is missing")
	}
}

// Ensure that a rule's preview counts what it would have silenced, that the rule holds for what is raised after it, and
// that ending it ends it.
func TestARuleFromPreviewToEnd(t *testing.T) {
	w := tell(t, thief)
	a := w.one(t, "KV_TORAccess")
	same := 0
	for _, other := range w.alerts(t) {
		if other.Type == a.Type {
			same++
		}
	}
	page := w.get(t, "ui/rule?alert="+a.ID+"&match=type", http.StatusOK)
	if want := "it would have silenced " + counted(same, "alert"); !strings.Contains(page, want) {
		t.Errorf("the preview lacks %q", want)
	}
	form := url.Values{"token": {tokenOf(t, page)}, "alert": {a.ID}, "match": {"type"}, "name": {"relay operators"}, "reason": {"ticket 12"}, "days": {"30"}}
	for field, bad := range map[string]string{"days": "never", "name": "x", "reason": ""} {
		broken := url.Values{}
		for k, v := range form {
			broken[k] = v
		}
		broken.Set(field, bad)
		w.post(t, "ui/add-rule", broken, http.StatusBadRequest)
	}
	w.now = w.now.Add(time.Minute)
	w.post(t, "ui/add-rule", form, http.StatusOK)
	if page := w.get(t, "ui/alert?id="+a.ID, http.StatusOK); strings.Contains(page, "state-silenced") {
		t.Error("the rule silences what was raised before it")
	}
	w.now = w.now.Add(24 * time.Hour)
	w.theft(t)
	silenced := w.get(t, "ui/alerts?status=silenced", http.StatusOK)
	if !strings.Contains(silenced, "1 alert,") || !strings.Contains(silenced, a.Type) {
		t.Errorf("the new alert is not silenced:\n%.1500s", silenced[strings.Index(silenced, "<main"):])
	}
	rules := w.get(t, "ui/rules", http.StatusOK)
	if !strings.Contains(rules, "silenced 1 alert") {
		t.Error("the rules do not count what the rule silenced")
	}
	id := strings.SplitN(strings.SplitN(rules, `name="id" value="`, 2)[1], `"`, 2)[0]
	w.post(t, "ui/end-rule", url.Values{"token": {tokenOf(t, rules)}, "id": {id}}, http.StatusOK)
	if page := w.get(t, "ui/rules", http.StatusOK); !strings.Contains(page, "ended by the user of this computer") || strings.Contains(page, "End it now") {
		t.Error("the rule goes on")
	}
}

// theft delivers another access by TOR, by somebody else, and lets the verdict fall.
func (w *world) theft(t *testing.T) {
	t.Helper()
	story, err := scenario.Parse("day 21 03:00 bob cli tor kv-hr get h1")
	if err != nil {
		t.Fatal(err)
	}
	w.deliver(t, scenario.Body(story.Records))
	if _, err := w.pipeline.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Ensure that a dead letter can be looked at, that a replay which fails says why and leaves it, and that asking was
// written down.
func TestADeadLetterIsLookedAt(t *testing.T) {
	w := tell(t, thief)
	w.deliver(t, []byte(`{"records":[{"time":"yesterday","category":"AuditEvent"}]}`))
	page := w.get(t, "ui/health", http.StatusOK)
	at := strings.SplitN(strings.SplitN(page, `href="letter?`, 2)[1], `"`, 2)[0]
	letter := w.get(t, "ui/letter?"+strings.ReplaceAll(at, "&amp;", "&"), http.StatusOK)
	if !strings.Contains(letter, "yesterday") {
		t.Error("the letter is not shown")
	}
	q, err := url.ParseQuery(strings.ReplaceAll(at, "&amp;", "&"))
	if err != nil {
		t.Fatal(err)
	}
	q.Set("token", tokenOf(t, letter))
	if page := w.post(t, "ui/replay", q, http.StatusConflict); !strings.Contains(page, "still cannot be read") {
		t.Error("the answer does not say why the letter stays")
	}
	if page := w.get(t, "ui/rules", http.StatusOK); !strings.Contains(page, "replayed a dead letter") {
		t.Error("the audit does not tell of it")
	}
}

// Ensure that a console without a store shows everything and offers nothing to change.
func TestReadOnly(t *testing.T) {
	w := tell(t, thief, func(o *Options) { o.Store = nil })
	a := w.one(t, "KV_TORAccess")
	for _, path := range []string{"ui/incident?id=" + a.Incident, "ui/rules", "ui/rule?alert=" + a.ID, "ui/health"} {
		if page := w.get(t, path, http.StatusOK); strings.Contains(page, `method="post"`) {
			t.Errorf("%s offers a change", path)
		}
	}
	w.post(t, "ui/set-status", url.Values{"alert": {a.ID}, "status": {"confirmed"}}, http.StatusForbidden)
}
