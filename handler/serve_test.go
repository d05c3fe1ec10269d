package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/webhook"
	"github.com/vaultwatch/vaultwatch/handler/internal/sweep"
)

// mailbox is a webhook's receiver.
type mailbox struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []webhook.Body
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b webhook.Body
		if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
			t.Errorf("webhook body: %v", err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.bodies = append(m.bodies, b)
	}))
	t.Cleanup(m.Close)
	return m
}

// posted wires a detector with settings and returns a way to invoke it as the host does.
func posted(t *testing.T, env map[string]string) (a *app, invokeFunction func(name, body string) (int, string)) {
	t.Helper()
	env["VAULTWATCH_STORE"] = "file:" + filepath.Join(t.TempDir(), "memory.db")
	env["VAULTWATCH_TOR"] = "off"
	config, err := readSettings(env)
	if err != nil {
		t.Fatal(err)
	}
	a, err = newApp(t.Context(), config, parts{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.store.Close() })
	handler, err := invoke.NewHandler(a.config())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return a, func(name, body string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/"+name, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Azure-Functions-InvocationId", "1")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(answer)
	}
}

const tick = `{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}},"Metadata":{}}`

// From the batch to the message: what a batch brings is judged, queued in the same breath, and told by the next sweep,
// once, whatever comes again.
func TestServeTells(t *testing.T) {
	box := newMailbox(t)
	a, post := posted(t, map[string]string{"VAULTWATCH_WEBHOOK_URL": box.URL, "VAULTWATCH_CANARIES": "kv-pay/s05"})
	var messages []month.Message
	for _, r := range theft(t) {
		messages = append(messages, month.Message{Arrived: r.Time, Body: single(t, r)})
	}
	h := &host{partitions: 1, batch: 20}
	for b := range h.deliveries(func(yield func(month.Message) bool) {
		for _, m := range messages {
			if !yield(m) {
				return
			}
		}
	}) {
		for range 2 {
			if code, answer := post("AuditBatch", string(invoke.HostBody(b))); code != http.StatusOK {
				t.Fatalf("status %d: %s", code, answer)
			}
		}
	}
	for range 2 {
		if code, answer := post("Sweep", tick); code != http.StatusOK {
			t.Fatalf("status %d: %s", code, answer)
		}
	}
	stored, err := a.pipeline.Alerts(t.Context(), scenario.Day1, scenario.Day1.AddDate(1, 0, 0))
	if err != nil || len(stored) == 0 {
		t.Fatalf("%d alerts stored, error %v", len(stored), err)
	}
	told := map[string]int{}
	for _, b := range box.bodies {
		for _, in := range b.Incidents {
			for _, x := range in.Alerts {
				told[x.ID]++
			}
		}
	}
	for _, s := range stored {
		if told[s.ID] != 1 {
			t.Errorf("%s was told %d times", s.Type, told[s.ID])
		}
	}
}

// The timer's work stands in the health document.
func TestServeKeepsHealth(t *testing.T) {
	a, post := posted(t, map[string]string{})
	if code, answer := post("Sweep", tick); code != http.StatusOK {
		t.Fatalf("status %d: %s", code, answer)
	}
	health, ok, err := sweep.ReadHealth(t.Context(), a.store)
	if err != nil || !ok || !health.Judged || len(health.Steps) == 0 || health.Version != version() {
		t.Errorf("health %+v, there %t, error %v", health, ok, err)
	}
}

// What can never be understood is set aside and answered with success, or the host would bring it for ever.
func TestServeSetsAside(t *testing.T) {
	a, post := posted(t, map[string]string{})
	if code, answer := post("AuditBatch", `{"what":"is this"}`); code != http.StatusOK {
		t.Fatalf("status %d: %s", code, answer)
	}
	letters, err := a.pipeline.DeadLetters(t.Context())
	if err != nil || len(letters) != 1 || !strings.Contains(string(letters[0].Body), "is this") {
		t.Errorf("set aside: %+v, error %v", letters, err)
	}
}

// The routes are the folders that the host will call, no more and no fewer.
func TestRoutesAreTheFunctions(t *testing.T) {
	a, _ := posted(t, map[string]string{})
	folders, err := os.ReadDir(filepath.Join("..", "functions"))
	if err != nil {
		t.Fatal(err)
	}
	routes := a.routes()
	for _, f := range folders {
		if _, ok := routes[f.Name()]; !ok {
			t.Errorf("functions/%s has no route", f.Name())
		}
		delete(routes, f.Name())
	}
	for name := range routes {
		t.Errorf("route %s has no folder in functions/", name)
	}
}

// --send goes through every channel that is set, one message a sample, and says how it went.
func TestSendSamples(t *testing.T) {
	box := newMailbox(t)
	got := good(t, surroundings{Env: map[string]string{"VAULTWATCH_WEBHOOK_URL": box.URL}}, "sample-alert", "--send", "KV_TORAccess", "KV_UserAnomaly")
	if len(box.bodies) != 2 || box.bodies[0].Kind != notify.Sample || !strings.Contains(got.err, "webhook: 2 of 2 sent") {
		t.Errorf("%d messages; stderr:\n%s", len(box.bodies), got.err)
	}
	box.Close()
	failed := call(t, surroundings{Env: map[string]string{"VAULTWATCH_WEBHOOK_URL": box.URL}}, "sample-alert", "--send", "KV_TORAccess")
	if failed.code != exitFailed || !strings.Contains(failed.err, "send KV_TORAccess through webhook") {
		t.Errorf("exit code %d: %s", failed.code, failed.err)
	}
}

// The demo finds the stolen token, shows it first, and cleans up.
func TestDemo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	memory := filepath.Join(t.TempDir(), "demo.db")
	got := good(t, surroundings{}, "demo", "--store", memory)
	if !strings.HasPrefix(got.out, "HIGH ") || !strings.Contains(got.out, "Touched: rotate these") || !strings.Contains(got.err, "records judged in") {
		t.Errorf("stdout:\n%s\nstderr:\n%s", got.out, got.err)
	}
	cleanText(t, got.out+got.err)
	if again := call(t, surroundings{}, "demo", "--store", memory); again.code != exitMisused {
		t.Errorf("the demo went over a file that was there: %s", again.err)
	}
	shown := good(t, surroundings{}, "alerts", "--json", "--store", memory)
	if !bytes.Contains([]byte(shown.out), []byte(`"severity":"High"`)) {
		t.Errorf("the store does not hold what the demo showed:\n%s", shown.err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
