package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

// release is a story of three weeks with a burst on day 22, which comes again on day 29, and something else on day 30.
const release = `
every workday 10:00 for 30 days: alice portal office kv-pay get db-password
every day 09:00 for 30 days: mi-web sdk azure kv-pay get db-password x4
day 22 11:00 mi-web sdk azure kv-pay get db-password x120
day 29 11:00 mi-web sdk azure kv-pay get db-password x120
day 30 11:00 mi-web sdk azure kv-pay get db-password x600`

var releaseDay = scenario.Day1.AddDate(0, 0, 21)

// until delivers the records of a story up to a time that were not delivered yet, and lets the verdicts fall.
func (w *world) until(t *testing.T, list *[]audit.Record, to time.Time) {
	t.Helper()
	n := 0
	for n < len(*list) && (*list)[n].Time.Before(to) {
		n++
	}
	w.now = to.Add(time.Hour)
	if n > 0 {
		w.deliver(t, scenario.Body((*list)[:n]))
	}
	*list = (*list)[n:]
	w.now = w.now.Add(5 * time.Minute) // the partition is quiet: the horizon follows the clock
	w.sweep(t)
}

func (w *world) sweep(t *testing.T) {
	t.Helper()
	if _, err := w.pipeline.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// crash takes the process away, without a word to its pipeline, and starts another on the same store.
func (w *world) crash(t *testing.T) {
	t.Helper()
	w.Close()
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(t)
}

// mark says what is thought of an alert, as the page's form does.
func (w *world) mark(t *testing.T, alert, status, cause string) string {
	t.Helper()
	page := w.get(t, "ui/alert?id="+alert, http.StatusOK)
	return w.post(t, "ui/set-status", url.Values{"token": {tokenOf(t, page)}, "alert": {alert}, "status": {status}, "cause": {cause}, "note": {"a release"}}, http.StatusOK)
}

// toldIn runs the release with a decision on day 23, at one point or another among checkpoints and crashes, and returns
// the alerts.
func toldIn(t *testing.T, decide func(*world, string)) []detection.Alert {
	t.Helper()
	story, err := scenario.Parse(release)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{now: scenario.Day1}
	w.open(t)
	list := story.Records
	slices.SortFunc(list, func(a, b audit.Record) int { return a.Time.Compare(b.Time) })
	w.until(t, &list, releaseDay.Add(20*time.Hour))
	decide(w, w.one(t, "KV_OperationVolumeAnomaly").ID)
	w.until(t, &list, releaseDay.AddDate(0, 0, 3))
	w.until(t, &list, releaseDay.AddDate(0, 0, 10))
	alerts := w.alerts(t)
	for i := range alerts {
		alerts[i].Seen = time.Time{}
	}
	return alerts
}

// Ensure that what is called benign does not alert again, that what goes beyond it does, and that it makes no difference
// for that whether it was taught before or after a checkpoint, or a crash.
func TestBenignTeaches(t *testing.T) {
	untaught := toldIn(t, func(*world, string) {})
	if len(untaught) != 3 {
		t.Fatalf("without a lesson %d alerts are raised, want one a burst", len(untaught))
	}
	want := toldIn(t, func(w *world, id string) {
		if page := w.mark(t, id, "benign", "expected"); !strings.Contains(page, "1 alert was taught") {
			t.Errorf("the answer does not say what it teaches:\n%s", page)
		}
	})
	if len(want) != 2 || !want[1].Time.After(releaseDay.AddDate(0, 0, 8)) {
		t.Fatalf("%d alerts are raised, want that of the release and that of the larger burst", len(want))
	}
	for name, decide := range map[string]func(*world, string){
		"then a checkpoint":             func(w *world, id string) { w.mark(t, id, "benign", "expected"); w.sweep(t) },
		"then a crash":                  func(w *world, id string) { w.mark(t, id, "benign", "expected"); w.crash(t) },
		"then a checkpoint and a crash": func(w *world, id string) { w.mark(t, id, "benign", "mistaken"); w.sweep(t); w.crash(t) },
		"after a crash":                 func(w *world, id string) { w.crash(t); w.mark(t, id, "benign", "expected") },
		"by its incident":               func(w *world, id string) { w.markIncident(t, w.one(t, "KV_OperationVolumeAnomaly").Incident) },
	} {
		if diff := cmp.Diff(want, toldIn(t, decide)); diff != "" {
			t.Errorf("taught %s, the alerts differ: %.1500s", name, diff)
		}
	}
	for name, decide := range map[string]func(*world, string){
		"an exercise": func(w *world, id string) { w.mark(t, id, "benign", "exercise") },
		"confirmed":   func(w *world, id string) { w.mark(t, id, "confirmed", "") },
		"taught, and then confirmed": func(w *world, id string) {
			w.mark(t, id, "benign", "expected")
			w.now = w.now.Add(time.Minute)
			w.mark(t, id, "confirmed", "")
		},
		"taught, and taken back": func(w *world, id string) {
			w.mark(t, id, "benign", "expected")
			w.takeBack(t)
			w.crash(t)
		},
		"benign in a confirmed incident": func(w *world, id string) {
			a := w.one(t, "KV_OperationVolumeAnomaly")
			page := w.get(t, "ui/incident?id="+a.Incident, http.StatusOK)
			w.post(t, "ui/set-status", url.Values{"token": {tokenOf(t, page)}, "incident": {a.Incident}, "status": {"confirmed"}}, http.StatusOK)
			if page := w.mark(t, id, "benign", "expected"); !strings.Contains(page, "taught nothing: it is marked confirmed") {
				t.Errorf("the answer does not say that nothing was taught:\n%s", page)
			}
		},
	} {
		if diff := cmp.Diff(untaught, toldIn(t, decide)); diff != "" {
			t.Errorf("%s: the alerts differ from those without a lesson: %.1500s", name, diff)
		}
	}
}

func (w *world) markIncident(t *testing.T, id string) {
	t.Helper()
	page := w.get(t, "ui/incident?id="+id, http.StatusOK)
	w.post(t, "ui/set-status", url.Values{"token": {tokenOf(t, page)}, "incident": {id}, "status": {"benign"}, "cause": {"expected"}, "note": {"a release"}}, http.StatusOK)
}

// takeBack presses the button on the vault's page.
func (w *world) takeBack(t *testing.T) {
	t.Helper()
	page := w.get(t, "ui/vault?id="+url.QueryEscape(scenario.VaultID("kv-pay")), http.StatusOK)
	if !strings.Contains(page, "taught by the user of this computer") || !strings.Contains(page, "expected: a release") || !strings.Contains(page, "for records after") {
		t.Fatalf("the vault's page does not show the lesson:\n%s", page)
	}
	id := strings.SplitN(strings.SplitN(page, `name="id" value="`, 2)[1], `"`, 2)[0]
	w.now = w.now.Add(time.Minute)
	w.post(t, "ui/end-lesson", url.Values{"token": {"forged"}, "id": {id}}, http.StatusForbidden)
	w.post(t, "ui/end-lesson", url.Values{"token": {tokenOf(t, page)}, "id": {id}}, http.StatusOK)
	w.post(t, "ui/end-lesson", url.Values{"token": {tokenOf(t, page)}, "id": {id}}, http.StatusNotFound)
	page = w.get(t, "ui/principal?id="+scenario.PrincipalID("mi-web"), http.StatusOK)
	if !strings.Contains(page, "taken back by the user of this computer") || strings.Contains(page, "Take it back") {
		t.Errorf("the caller's page does not say that the lesson was taken back:\n%s", page)
	}
}

// Ensure that a program can see the lessons and take one back, and that without a token it can neither teach nor that.
func TestLessonsByProgram(t *testing.T) {
	w, doc := tell(t, thief), document(t)
	a := w.one(t, "KV_TORAccess")
	var session struct{ Token string }
	if err := json.Unmarshal([]byte(w.get(t, "v1/session", http.StatusOK)), &session); err != nil {
		t.Fatal(err)
	}
	mark := map[string]string{"alert": a.ID, "status": "benign", "cause": "expected"}
	w.send(t, "v1/set-status", "", mark, http.StatusForbidden)
	hold(t, doc, doc.Paths.Find("/v1/set-status").Post, w.send(t, "v1/set-status", session.Token, mark, http.StatusOK))
	body := w.get(t, "v1/lessons", http.StatusOK)
	hold(t, doc, doc.Paths.Find("/v1/lessons").Get, body)
	var page struct{ Items []struct{ ID, Alert string } }
	if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Items) != 1 || page.Items[0].Alert != a.ID {
		t.Fatalf("%v: %s", err, body)
	}
	id := map[string]string{"id": page.Items[0].ID}
	w.send(t, "v1/end-lesson", "", id, http.StatusForbidden)
	hold(t, doc, doc.Paths.Find("/v1/end-lesson").Post, w.send(t, "v1/end-lesson", session.Token, id, http.StatusOK))
	w.send(t, "v1/end-lesson", session.Token, id, http.StatusNotFound)
	hold(t, doc, doc.Paths.Find("/v1/lessons").Get, w.get(t, "v1/lessons", http.StatusOK))
}
