package invoke

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// echo answers what it was asked, with awkward headers.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Add("Vary", "Accept")
	w.Header().Add("Vary", "Cookie")
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(map[string]string{"method": r.Method, "host": r.Host, "path": r.URL.Path, "query": r.URL.RawQuery, "body": string(body)})
}

func TestWrappedRequestsAreRebuiltAndTheAnswerWrapped(t *testing.T) {
	for file, want := range map[string]map[string]string{
		"http_wrapped_get.json":            {"method": "GET", "path": "/api/findings/f-17", "query": "severity=high&limit=50", "body": ""},
		"http_wrapped_post_anonymous.json": {"method": "POST", "path": "/api/findings", "query": "", "body": `{"findingId":"f-17","state":"acknowledged","tags":["kv","p1"]}`},
		"http_wrapped_post_binary.json":    {"method": "POST", "path": "/api/import", "query": "", "body": "\x00\x01\x02\x03\x04\x05\x06\x07\b\t\n\v\f\r\x0e\x0f\ufffd"},
	} {
		eachFixtureFolder(t, func(t *testing.T, folder string) {
			var log bytes.Buffer
			w := serve(t, Config{Log: zerolog.New(&log), Routes: Routes{"Console": {HTTP: http.HandlerFunc(echo)}}},
				invocation("/Console", string(fixture(t, folder, file))))
			var reply struct {
				Outputs map[string]struct {
					StatusCode int
					Headers    map[string]string
					Body       string
				}
			}
			if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil || w.Code != http.StatusOK {
				t.Fatalf("%d %v", w.Code, err)
			}
			out := reply.Outputs[OutputName]
			var got map[string]string
			if err := json.Unmarshal([]byte(out.Body), &got); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(got["host"], ".azurewebsites.net") {
				t.Errorf("host %q", got["host"])
			}
			delete(got, "host")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", file, diff)
			}
			if out.StatusCode != 404 || out.Headers["Content-Type"] != "application/problem+json" || out.Headers["Vary"] != "Accept, Cookie" {
				t.Errorf("%s: %d %v", file, out.StatusCode, out.Headers)
			}
			checkLine(t, log.String(), map[string]any{"function": "Console", "status": 404.0})
			if strings.Contains(log.String(), "KEY") {
				t.Errorf("the key is in the log: %s", log.String())
			}
		})
	}
}

func TestForwardedRequestsPassAsTheyAre(t *testing.T) {
	for _, file := range []string{"http_forwarded_get.json", "http_forwarded_post.json", "http_forwarded_spoofed_headers.json"} {
		eachFixtureFolder(t, func(t *testing.T, folder string) {
			var wire struct {
				Method, Target string
				Headers        map[string]string
				Body           *string
			}
			fixtureJSON(t, folder, file, &wire)
			r := httptest.NewRequest(wire.Method, wire.Target, nil)
			if wire.Body != nil {
				r = httptest.NewRequest(wire.Method, wire.Target, strings.NewReader(*wire.Body))
			}
			for name, value := range wire.Headers {
				r.Header.Set(name, value)
			}
			var log bytes.Buffer
			var seen http.Header
			w := serve(t, Config{Log: zerolog.New(&log), Routes: Routes{"Console": {HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen = r.Header
				echo(w, r)
			})}}}, r)
			var got map[string]string
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 404 {
				t.Fatalf("%d %s %v", w.Code, w.Body, err)
			}
			target := got["path"]
			if got["query"] != "" {
				target += "?" + got["query"]
			}
			if target != wire.Target || got["method"] != wire.Method || wire.Body != nil && got["body"] != *wire.Body {
				t.Errorf("%s: got %v", file, got)
			}
			if name := "x-functions-key"; seen.Get(name) != wire.Headers[name] {
				t.Errorf("%s: header %s did not pass", file, name)
			}
			ids := strings.Split(wire.Headers[invocationHeader], ", ")
			checkLine(t, log.String(), map[string]any{"function": "Console", "invocation": ids[len(ids)-1], "status": 404.0})
			if strings.Contains(log.String(), "KEY") {
				t.Errorf("the key is in the log: %s", log.String())
			}
		})
	}
}

func TestAForwardedPanicIsAnsweredAndLogged(t *testing.T) {
	var log bytes.Buffer
	w := serve(t, Config{Log: zerolog.New(&log), Routes: Routes{"Console": {HTTP: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })}}},
		httptest.NewRequest(http.MethodGet, "/api/x", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "boom") || !json.Valid(w.Body.Bytes()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	checkLine(t, log.String(), map[string]any{"level": "error", "status": 500.0, "error": "Console panicked: boom"})
}

func TestAForwardedBodyIsBounded(t *testing.T) {
	w := serve(t, Config{MaxBody: 4, Routes: Routes{"Console": {HTTP: http.HandlerFunc(echo)}}},
		httptest.NewRequest(http.MethodPost, "/api/x", strings.NewReader("hello")))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", w.Code)
	}
}

func FuzzDecodeHTTP(f *testing.F) {
	for _, file := range []string{"http_wrapped_get.json", "http_wrapped_post_anonymous.json", "http_wrapped_post_binary.json"} {
		f.Add(fixture(f, "testdata/host", file))
	}
	f.Fuzz(func(t *testing.T, posted []byte) {
		r, err := DecodeHTTP(t.Context(), posted)
		if err == nil && (r.URL == nil || r.Header == nil || r.Body == nil) {
			t.Fatalf("half a request: %+v", r)
		}
	})
}

func FuzzDecodeTimer(f *testing.F) {
	f.Add(fixture(f, "testdata/host", "timer_normal.json"))
	f.Add(fixture(f, "testdata/host", "timer_no_monitor.json"))
	f.Fuzz(func(t *testing.T, posted []byte) {
		if tick, err := DecodeTimer(posted); err != nil && tick != (Timer{}) {
			t.Fatalf("an error and a timer: %+v, %v", tick, err)
		}
	})
}
