package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/docs/api"
)

// document is the API's description.
func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Document())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// hold fails the test if an answer is not what the document says of it.
func hold(t *testing.T, doc *openapi3.T, operation *openapi3.Operation, body string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v\n%.300s", err, body)
	}
	if err := operation.Responses.Status(200).Value.Content["application/json"].Schema.Value.VisitJSON(v, openapi3.EnableFormatValidation()); err != nil {
		t.Errorf("%s: %v", operation.Summary, err)
	}
}

// Ensure that every path of the document is served, answers as the document says, and that nothing else is served.
func TestAnswersAreAsDocumented(t *testing.T) {
	w, doc := tell(t, thief), document(t)
	a := w.one(t, "KV_TORAccess")
	query := map[string]string{"/v1/alert": "id=" + a.ID, "/v1/incident": "id=" + a.Incident, "/v1/vault": "id=" + url.QueryEscape(scenario.VaultID("kv-pay")), "/v1/principal": "id=" + scenario.PrincipalID("alice")}
	c, err := New(Options{Viewer: w.pipeline.Viewer()})
	if err != nil {
		t.Fatal(err)
	}
	served := 0
	for path := range c.(*console).routes {
		if strings.HasPrefix(path, "v1/") {
			served++
			if doc.Paths.Find("/"+path) == nil {
				t.Errorf("%s is not in the document", path)
			}
		}
	}
	if served != doc.Paths.Len() {
		t.Errorf("the document has %d paths, %d are served", doc.Paths.Len(), served)
	}
	for path, item := range doc.Paths.Map() {
		if item.Get == nil || path == "/v1/alerts.csv" {
			continue
		}
		hold(t, doc, item.Get, w.get(t, strings.TrimPrefix(path, "/")+"?"+query[path], http.StatusOK))
	}
	for path, item := range doc.Paths.Map() { // and an error is an error
		if item.Get != nil && query[path] != "" {
			body := w.get(t, strings.TrimPrefix(path, "/")+"?id=nothing", http.StatusNotFound)
			var e map[string]string
			if err := json.Unmarshal([]byte(body), &e); err != nil || e["error"] == "" {
				t.Errorf("%s: %q", path, body)
			}
		}
	}
}

// send posts a document to the API.
func (w *world) send(t *testing.T, path, token string, body any, status int) string {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, w.URL+"/api/"+path, strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-CSRF-Token", token)
	return w.do(t, r, status)
}

// Ensure that a program can decide what a person can, with a token, and is answered as documented.
func TestDecisionsByProgram(t *testing.T) {
	w, doc := tell(t, thief), document(t)
	a := w.one(t, "KV_TORAccess")
	var session struct{ Who, Token string }
	if err := json.Unmarshal([]byte(w.get(t, "v1/session", http.StatusOK)), &session); err != nil {
		t.Fatal(err)
	}
	w.send(t, "v1/set-status", "", map[string]string{"alert": a.ID, "status": "confirmed"}, http.StatusForbidden)
	hold(t, doc, doc.Paths.Find("/v1/set-status").Post, w.send(t, "v1/set-status", session.Token, map[string]string{"alert": a.ID, "status": "benign", "cause": "expected", "note": "a drill"}, http.StatusOK))
	if got := w.get(t, "v1/alert?id="+a.ID, http.StatusOK); !strings.Contains(got, `"status": "benign"`) {
		t.Errorf("the alert does not say that it is benign: %.300s", got)
	}
	rule := map[string]string{"name": "known", "reason": "ticket 12", "type": a.Type, "expires": "2026-04-01T00:00:00Z"}
	body := w.send(t, "v1/add-rule", session.Token, rule, http.StatusOK)
	hold(t, doc, doc.Paths.Find("/v1/add-rule").Post, body)
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(body), &made); err != nil {
		t.Fatal(err)
	}
	hold(t, doc, doc.Paths.Find("/v1/end-rule").Post, w.send(t, "v1/end-rule", session.Token, map[string]string{"id": made.ID}, http.StatusOK))
	w.send(t, "v1/end-rule", session.Token, map[string]string{"id": made.ID}, http.StatusNotFound)
	rule["typo"] = "x"
	w.send(t, "v1/add-rule", session.Token, rule, http.StatusBadRequest)
	w.send(t, "v1/set-status", session.Token, map[string]string{"alert": "nothing", "status": "confirmed"}, http.StatusNotFound)
}

// Ensure that pages of a list follow one another without a gap or a repetition.
func TestPagesFollowOneAnother(t *testing.T) {
	w := tell(t, thief)
	var ids []string
	for next, more := "", true; more; {
		var page struct {
			Items []struct{ ID string }
			Total int
			Next  string
		}
		if err := json.Unmarshal([]byte(w.get(t, "v1/alerts?limit=1&before="+url.QueryEscape(next), http.StatusOK)), &page); err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Items {
			ids = append(ids, i.ID)
		}
		next, more = page.Next, page.Next != ""
		if page.Total != len(w.alerts(t)) {
			t.Fatalf("total %d of %d", page.Total, len(w.alerts(t)))
		}
	}
	all := w.alerts(t)
	if len(ids) != len(all) {
		t.Fatalf("%d alerts on the pages, there are %d", len(ids), len(all))
	}
	for i, id := range ids {
		if want := all[len(all)-1-i].ID; id != want {
			t.Errorf("alert %d is %s, want %s", i, id, want)
		}
	}
}
