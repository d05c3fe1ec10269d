package invoke

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

func TestNewServerListensOnLoopbackOnly(t *testing.T) {
	s, err := NewServer("40001", Config{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Addr != "127.0.0.1:40001" || s.ReadHeaderTimeout == 0 || s.IdleTimeout <= time.Minute || s.WriteTimeout != 0 {
		t.Errorf("address %s, timeouts %v %v %v", s.Addr, s.ReadHeaderTimeout, s.IdleTimeout, s.WriteTimeout)
	}
}

func TestNewServerExplainsABadPort(t *testing.T) {
	for _, port := range []string{"", "0", "-1", "65536", "http", "80 "} {
		if _, err := NewServer(port, Config{}); err == nil || !strings.Contains(err.Error(), PortSetting) {
			t.Errorf("port %q: %v", port, err)
		}
	}
	settings := map[string]string{"FUNCTIONS_HTTPWORKER_PORT": "7"}
	if got := PortFromEnvironment(func(k string) string { return settings[k] }); got != "7" {
		t.Errorf("the older variable was not read: %q", got)
	}
	settings[PortSetting] = "8"
	if got := PortFromEnvironment(func(k string) string { return settings[k] }); got != "8" {
		t.Errorf("got %q, the newer variable goes first", got)
	}
}

func TestNewHandlerRefusesContradictoryRoutes(t *testing.T) {
	page := http.NotFoundHandler()
	tick := func(context.Context, Timer) (Result, error) { return Result{}, nil }
	for name, c := range map[string]Config{
		"no handler":   {Routes: Routes{"A": {}}},
		"two handlers": {Routes: Routes{"A": {HTTP: page, Timer: tick}}},
		"two pages":    {Routes: Routes{"A": {HTTP: page}, "B": {HTTP: page}}},
		"no name":      {Routes: Routes{"": {HTTP: page}}},
		"a path":       {Routes: Routes{"api/x": {Timer: tick}}},
		"empty prefix": {Prefix: "/"},
		"odd prefix":   {Prefix: "api"},
	} {
		if _, err := NewHandler(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPathsAndMethods(t *testing.T) {
	c := Config{Routes: Routes{
		"AuditBatch": {Events: func(context.Context, Batch) (Result, error) { return Result{}, nil }},
		"Console":    {HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "page "+r.URL.Path) })},
	}}
	for _, x := range []struct {
		method, path string
		status       int
		page         bool
	}{
		{"GET", "/", 200, false}, {"HEAD", "/", 200, false},
		{"GET", "/AuditBatch", 405, false}, {"PUT", "/AuditBatch", 405, false}, {"POST", "/AuditBatch", 400, false},
		{"GET", "/auditbatch", 404, false}, {"POST", "/AuditBatch/", 404, false}, {"POST", "/x/../AuditBatch", 404, false},
		{"GET", "/api/alerts", 200, true}, {"GET", "/api", 200, true}, {"POST", "/api/../AuditBatch", 200, true},
		{"GET", "/apix", 404, false}, {"GET", "/debug/pprof/", 404, false}, {"OPTIONS", "/AuditBatch", 405, false},
	} {
		// Without the header of the host: a request from anywhere.
		r := httptest.NewRequest(x.method, "http://127.0.0.1"+x.path, strings.NewReader(`{"Data":{"events":"[]"}}`))
		r.Header.Set("Content-Type", "text/plain")
		got := serve(t, c, r)
		if got.Code != x.status || strings.HasPrefix(got.Body.String(), "page ") != x.page {
			t.Errorf("%s %s: %d %s", x.method, x.path, got.Code, got.Body)
		}
		if !x.page && (!json.Valid(got.Body.Bytes()) || !strings.HasPrefix(got.Header().Get("Content-Type"), "application/json")) {
			t.Errorf("%s %s: not JSON: %s", x.method, x.path, got.Body)
		}
	}
}

func TestABatchGoesOverRealHTTPAndIsLoggedInOneLine(t *testing.T) {
	eachFixtureFolder(t, func(t *testing.T, folder string) {
		var got Batch
		var log bytes.Buffer
		h, err := NewHandler(Config{Log: zerolog.New(&log), Routes: Routes{"AuditBatch": {Events: func(_ context.Context, b Batch) (Result, error) {
			got = b
			return Result{Logs: []string{"three messages"}, Numbers: map[string]int{"records": 4, "alerts": 0}}, nil
		}}}})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(h)
		defer server.Close()
		want, err := DecodeBatch(fixture(t, folder, "eventhub_many_binary.json"))
		if err != nil {
			t.Fatal(err)
		}
		want.Function = "AuditBatch"
		r, err := HostRequest(t.Context(), server.URL, want)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = -1 // chunked, as the host sends it
		reply, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(reply.Body)
		reply.Body.Close()
		if string(body) != `{"Outputs":{},"Logs":["three messages"],"ReturnValue":null}` {
			t.Errorf("reply %s", body)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		checkLine(t, log.String(), map[string]any{
			"level": "info", "function": "AuditBatch", "invocation": r.Header.Get(invocationHeader), "partition": "3",
			"events": 3.0, "first": 41870.0, "last": 41872.0, "records": 4.0, "alerts": 0.0,
		})
	})
}

// checkLine holds a log to one line with at least these members.
func checkLine(t *testing.T, log string, want map[string]any) {
	t.Helper()
	var line map[string]any
	if strings.Count(log, "\n") != 1 || json.Unmarshal([]byte(log), &line) != nil {
		t.Fatalf("want one line of JSON, got %q", log)
	}
	for name, value := range want {
		if line[name] != value {
			t.Errorf("%s is %v, want %v in %s", name, line[name], value, log)
		}
	}
	if _, ok := line["ms"]; !ok {
		t.Errorf("no duration in %s", log)
	}
}

func TestThePathNamesTheFunctionNotTheMetadata(t *testing.T) {
	var got Batch
	c := Config{Routes: Routes{"AuditBatch": {Events: func(_ context.Context, b Batch) (Result, error) { got = b; return Result{}, nil }}}}
	serve(t, c, invocation("/AuditBatch", `{"Data":{"events":"[\"aGk=\"]"},"Metadata":{"sys":{"MethodName":"Other"}}}`))
	if got.Function != "AuditBatch" || len(got.Events) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestWhatCannotBeDecodedIsSetAsideWithEvidence(t *testing.T) {
	for name, x := range map[string]struct {
		body  string
		limit int64
		want  error
		head  int
	}{
		"garbage":   {body: strings.Repeat("x", HeadBytes+5), want: ErrShape, head: HeadBytes},
		"too large": {body: `{"Data":{"events":"[\"aGk=\"]"}}`, limit: 12, want: ErrTooLarge, head: 12},
	} {
		t.Run(name, func(t *testing.T) {
			var got Rejected
			var log bytes.Buffer
			w := serve(t, Config{MaxBody: x.limit, Log: zerolog.New(&log),
				Routes: Routes{"AuditBatch": {Events: func(context.Context, Batch) (Result, error) { t.Error("it was handled"); return Result{}, nil }}},
				Reject: func(_ context.Context, r Rejected) (Result, error) {
					got = r
					return Result{Numbers: map[string]int{"setAside": 1}}, nil
				},
			}, invocation("/AuditBatch", x.body))
			if w.Code != http.StatusOK || !errors.Is(got.Reason, x.want) {
				t.Fatalf("%d, reason %v", w.Code, got.Reason)
			}
			if got.Function != "AuditBatch" || got.Invocation == "" || got.Size != int64(len(x.body)) || len(got.Head) != x.head {
				t.Errorf("function %q, invocation %q, size %d, head of %d bytes", got.Function, got.Invocation, got.Size, len(got.Head))
			}
			checkLine(t, log.String(), map[string]any{"level": "warn", "setAside": 1.0})
		})
	}
}

func TestFailuresSayWhatAndLeakNoKey(t *testing.T) {
	for name, x := range map[string]struct {
		handler EventsFunc
		body    string
		status  int
	}{
		"error": {func(context.Context, Batch) (Result, error) {
			return Result{}, errors.New("GET https://t?sig=S3CRET: 503")
		}, `{"Data":{"events":"[]"}}`, 500},
		"panic":     {func(context.Context, Batch) (Result, error) { panic("AccountKey=S3CRET;") }, `{"Data":{"events":"[]"}}`, 500},
		"bad shape": {nil, `x?code=S3CRET`, 400},
		"deadline":  {func(ctx context.Context, _ Batch) (Result, error) { <-ctx.Done(); return Result{}, ctx.Err() }, `{"Data":{"events":"[]"}}`, 500},
	} {
		t.Run(name, func(t *testing.T) {
			if x.handler == nil {
				x.handler = func(context.Context, Batch) (Result, error) { return Result{}, nil }
			}
			var log bytes.Buffer
			w := serve(t, Config{Timeout: time.Millisecond, Log: zerolog.New(&log), Routes: Routes{"F": {Events: x.handler}}}, invocation("/F", x.body))
			if w.Code != x.status {
				t.Errorf("status %d, want %d", w.Code, x.status)
			}
			if both := w.Body.String() + log.String(); strings.Contains(both, "S3CRET") {
				t.Errorf("a key got out: %s", both)
			}
			checkLine(t, log.String(), map[string]any{"level": "error", "function": "F"})
			if hasStack := strings.Contains(log.String(), `"stack"`); hasStack != (name == "panic") {
				t.Errorf("stack in the log: %v", hasStack)
			}
		})
	}
}

func TestABrokenUploadIsAFailureSoThatTheHostTriesAgain(t *testing.T) {
	r := invocation("/F", "")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"Data":`), brokenReader{}))
	rejected := false
	w := serve(t, Config{Routes: Routes{"F": {Events: func(context.Context, Batch) (Result, error) { return Result{}, nil }}},
		Reject: func(context.Context, Rejected) (Result, error) { rejected = true; return Result{}, nil }}, r)
	if w.Code != http.StatusInternalServerError || rejected {
		t.Errorf("status %d, set aside: %v", w.Code, rejected)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
