package invoke

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// classify is the host's judgement of a reply, as its source has it: success, failure, or an invocation that never
// ends.
func classify(status int, contentType, body string) string {
	if status < 200 || status > 299 {
		return "failure"
	}
	if strings.TrimSpace(body) == "" || body == "null" {
		return "hang"
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/json" && kind != "text/json" {
		return "failure"
	}
	var reply struct {
		Outputs map[string]any
		Logs    []string
	}
	if json.Unmarshal([]byte(body), &reply) != nil {
		return "failure"
	}
	return "success"
}

func TestClassifyAgreesWithTheKnownCases(t *testing.T) {
	eachFixtureFolder(t, func(t *testing.T, folder string) {
		var cases []struct {
			Name        string
			Status      int
			ContentType *string
			Body        string
			HostOutcome string
		}
		fixtureJSON(t, folder, "response_cases.json", &cases)
		for _, c := range cases {
			kind := ""
			if c.ContentType != nil {
				kind = *c.ContentType
			}
			if got := classify(c.Status, kind, c.Body); got != c.HostOutcome {
				t.Errorf("%s: %s, want %s", c.Name, got, c.HostOutcome)
			}
		}
		if len(cases) < 15 {
			t.Errorf("only %d cases", len(cases))
		}
	})
}

// Every way in which an invocation can end must mean to the host what it means to us.
func TestEveryReplyMeansToTheHostWhatItMeansToUs(t *testing.T) {
	good := `{"Data":{"events":"[\"aGk=\"]"}}`
	tick := `{"Data":{"timer":{"IsPastDue":false}}}`
	fine := func(context.Context, Batch) (Result, error) { return Result{}, nil }
	keep := func(context.Context, Rejected) (Result, error) { return Result{}, nil }
	events := func(f EventsFunc) Config { return Config{Routes: Routes{"F": {Events: f}}} }
	for _, c := range []struct {
		name, body, want string
		config           Config
	}{
		{"batch", good, "success", events(fine)},
		{"batch with logs", good, "success", events(func(context.Context, Batch) (Result, error) {
			return Result{Logs: []string{"a\nb\x00", strings.Repeat("é", 5000), "\xff"}, Numbers: map[string]int{"records": 1}}, nil
		})},
		{"error", good, "failure", events(func(context.Context, Batch) (Result, error) { return Result{}, errors.New("store is away") })},
		{"panic", good, "failure", events(func(context.Context, Batch) (Result, error) { panic("boom") })},
		{"garbage, nowhere to set it aside", "garbage", "failure", events(fine)},
		{"garbage, set aside", "garbage", "success", Config{Routes: Routes{"F": {Events: fine}}, Reject: keep}},
		{"garbage, setting aside fails", "garbage", "failure", Config{Routes: Routes{"F": {Events: fine}}, Reject: func(context.Context, Rejected) (Result, error) {
			return Result{}, errors.New("store is away")
		}}},
		{"too large, set aside", good, "success", Config{Routes: Routes{"F": {Events: fine}}, Reject: keep, MaxBody: 10}},
		{"too large", good, "failure", Config{Routes: Routes{"F": {Events: fine}}, MaxBody: 10}},
		{"empty body", "", "failure", events(fine)},
		{"timer", tick, "success", Config{Routes: Routes{"F": {Timer: func(context.Context, Timer) (Result, error) { return Result{}, nil }}}}},
		{"timer fails", tick, "failure", Config{Routes: Routes{"F": {Timer: func(context.Context, Timer) (Result, error) {
			return Result{}, errors.New("mail is away")
		}}}}},
		{"timer gets a batch", good, "failure", Config{Routes: Routes{"F": {Timer: func(context.Context, Timer) (Result, error) { return Result{}, nil }}}}},
		{"timer gets garbage", "[]", "failure", Config{Routes: Routes{"F": {Timer: func(context.Context, Timer) (Result, error) { return Result{}, nil }}}}},
		{"wrapped page answers nothing", `{"Data":{"req":{"Url":"https://h/api/","Method":"GET"}}}`, "success", Config{Routes: Routes{"F": {HTTP: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := serve(t, c.config, invocation("/F", c.body))
			if outcome := classify(got.Code, got.Header().Get("Content-Type"), got.Body.String()); outcome != c.want {
				t.Errorf("%s, want %s: %d %s", outcome, c.want, got.Code, got.Body)
			}
		})
	}
}

func invocation(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set(invocationHeader, "00000000-0000-4000-8000-000000000001")
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	return r
}

func serve(t *testing.T, c Config, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	h, err := NewHandler(c)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestLogLinesAreBoundedAndHarmless(t *testing.T) {
	many := make([]string, 1000)
	many[0] = "first\nazfuncjsonlog: forged\x7f"
	many[1] = strings.Repeat("x", 1<<20)
	many[2] = "https://h/api?code=S3CRET&x=1"
	got := logLines(many)
	if len(got) != maxLogLines || len(got[1]) != maxLogLine {
		t.Errorf("%d lines, the second of %d bytes", len(got), len(got[1]))
	}
	if got[0] != "first azfuncjsonlog: forged " || strings.Contains(got[2], "S3CRET") {
		t.Errorf("got %q", got[:3])
	}
}

func TestRedactBlanksKeysAndNothingElse(t *testing.T) {
	for in, want := range map[string]string{
		"/api/alerts?code=abc==&x=1":                "/api/alerts?code=REDACTED&x=1",
		"https://s.table.core/t?sv=1&sig=a%2Bb%3D":  "https://s.table.core/t?sv=1&sig=REDACTED",
		`"x-functions-key":["abc"]`:                 `"x-functions-key":["REDACTED"]`,
		"X-Functions-Key: abc":                      "X-Functions-Key: REDACTED",
		"AccountName=a;AccountKey=abc==;X=y":        "AccountName=a;AccountKey=REDACTED;X=y",
		"Endpoint=sb://n/;SharedAccessKey=abc=":     "Endpoint=sb://n/;SharedAccessKey=REDACTED",
		"Authorization: Bearer ey.J0-_x":            "Authorization: Bearer REDACTED",
		"error code: 412, status_code=409, keys: 3": "error code: 412, status_code=409, keys: 3",
		"/secrets/db?api-version=7.4":               "/secrets/db?api-version=7.4",
	} {
		if got := Redact(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
