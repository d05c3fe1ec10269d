package main

import (
	"bufio"
	"context"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// The page is where the host forwards to, tells the settings in force, and no secret among them.
func TestServeShowsThePage(t *testing.T) {
	a, _ := posted(t, map[string]string{"VAULTWATCH_WEBHOOK_URL": "https://hooks.example/T0KEN", "VAULTWATCH_WEBHOOK_SECRET": "hush-hush"})
	handler, err := invoke.NewHandler(a.config())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	for path, want := range map[string]string{pagePath: "No vault has spoken yet", pagePath + "health": "VAULTWATCH_WEBHOOK_SECRET", "/api/v1/alerts": `"total": 0`} {
		body, status := read(t, server.URL+path)
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d, want %q in\n%.300s", path, status, want, body)
		}
		for _, secret := range []string{"T0KEN", "hush-hush"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s tells the secret %s", path, secret)
			}
		}
	}
}

func read(t *testing.T, address string) (body string, status int) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), response.StatusCode
}

// Who may look depends on where the program runs.
func TestAccess(t *testing.T) {
	for _, c := range []struct {
		env      map[string]string
		easyAuth bool
		hosts    string
	}{
		{nil, false, "127.0.0.1 localhost ::1"},
		{map[string]string{"VAULTWATCH_PAGE": "https://Watch.example/api/ui/incident?id={incident}"}, false, "127.0.0.1 localhost ::1 watch.example"},
		{map[string]string{"WEBSITE_INSTANCE_ID": "a"}, false, ""},
		{map[string]string{"WEBSITE_INSTANCE_ID": "a", "WEBSITE_AUTH_ENABLED": "True"}, true, ""},
		{map[string]string{"WEBSITE_AUTH_ENABLED": "True"}, false, "127.0.0.1 localhost ::1"},
	} {
		s, err := readSettings(c.env)
		if err != nil {
			t.Fatal(err)
		}
		got := s.access()
		if got.EasyAuth != c.easyAuth || strings.Join(got.Hosts, " ") != c.hosts || got.Anonymous == "" {
			t.Errorf("%v: %+v", c.env, got)
		}
	}
}

// The report is one file that asks for nothing: no script, no address that a browser would load from.
func TestReplayWritesAReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.html")
	good(t, surroundings{}, "replay", "--json", "--html", path, "--tor", torFile(t), writeFile(t, "log.ndjson", ndjson(theft(t))))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for _, want := range []string{"Access from a TOR exit", "rotate these", "What to do now", "<svg", "kv-pay"} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if m := regexp.MustCompile(`(?i)<script|<link|<img|<form|<iframe|src=|url\(|@import`).FindString(page); m != "" {
		t.Errorf("the report holds %q: it is to need nothing else", m)
	}
	for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if id, ok := strings.CutPrefix(m[1], "#"); ok && !strings.Contains(page, `id="`+id+`"`) {
			t.Errorf("the link to %s leads nowhere", m[1])
		} else if !ok && !strings.HasPrefix(m[1], "https://portal.azure.com/") {
			t.Errorf("the report links to %s", m[1])
		}
	}
	if got := call(t, surroundings{}, "replay", "--html", filepath.Join(path, "no", "where"), writeFile(t, "log.ndjson", ndjson(theft(t)))); got.code != exitFailed || !strings.Contains(got.err, "write the report") {
		t.Errorf("a path that cannot be: %s", got.err)
	}
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// submit posts one of the page's forms, with the token that stands on the page it is on.
func submit(t *testing.T, base, on, to string, form url.Values) {
	t.Helper()
	page, _ := read(t, base+on)
	m := tokenField.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("%s offers no form:\n%.600s", on, page)
	}
	form.Set("token", m[1])
	response, err := http.PostForm(base+to, form)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(response.Body)
		t.Fatalf("%s: %s\n%.600s", to, response.Status, body)
	}
}

// A rule made on the page keeps what it matches from going out, and nothing else; what it silenced is kept and shown.
func TestARuleOfThePageSilences(t *testing.T) {
	box := newMailbox(t)
	a, post := posted(t, map[string]string{"VAULTWATCH_WEBHOOK_URL": box.URL, "VAULTWATCH_CANARIES": "kv-pay/bait,kv-hr/bait"})
	handler, err := invoke.NewHandler(a.config())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	deliver := func(text string) {
		t.Helper()
		story, err := scenario.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range story.Records {
			b := invoke.Batch{Namespace: "ns", Hub: "h", ConsumerGroup: "c", Partition: "0", Events: []invoke.Event{{Body: single(t, r)}}}
			if code, answer := post("AuditBatch", string(invoke.HostBody(b))); code != http.StatusOK {
				t.Fatalf("status %d: %s", code, answer)
			}
		}
		if _, err := a.pipeline.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		if code, answer := post("Sweep", tick); code != http.StatusOK {
			t.Fatalf("status %d: %s", code, answer)
		}
	}
	deliver("day 1 10:00 alice portal office kv-pay get bait")
	raised, err := a.pipeline.Alerts(t.Context(), time.Time{}, time.Time{})
	if err != nil || len(raised) != 1 {
		t.Fatalf("the bait on kv-pay raised %d alerts, %v", len(raised), err)
	}
	submit(t, server.URL, pagePath+"rule?alert="+raised[0].ID, pagePath+"add-rule",
		url.Values{"alert": {raised[0].ID}, "match": {"type", "vault"}, "name": {"known bait"}, "reason": {"ticket 12"}, "days": {"30"}})
	deliver("day 3 10:00 bob portal office kv-pay get bait\nday 3 11:00 carol portal office kv-hr get bait")
	all, err := a.pipeline.Alerts(t.Context(), time.Time{}, time.Time{})
	if err != nil || len(all) != 3 {
		t.Fatalf("%d alerts are kept, %v", len(all), err)
	}
	told := map[string]bool{}
	for _, b := range box.bodies {
		for _, in := range b.Incidents {
			for _, x := range in.Alerts {
				told[x.ID] = true
			}
		}
	}
	for _, x := range all {
		silenced := x.Vault == raised[0].Vault && x.ID != raised[0].ID
		if told[x.ID] == silenced {
			t.Errorf("%s by %s: told %t", x.Type, x.CallerName, told[x.ID])
		}
	}
	if page, _ := read(t, server.URL+pagePath+"alerts?status=silenced"); !strings.Contains(page, "1 alert,") {
		t.Errorf("the page does not show what was silenced:\n%.1500s", page)
	}
	if page, _ := read(t, server.URL+pagePath+"health"); !strings.Contains(page, "Last sweep") || !strings.Contains(page, "webhook") || !strings.Contains(page, "Nothing is late, stale or failing") {
		t.Errorf("the health page lacks the sweep:\n%.3000s", page)
	}
}

// The demo shows its pages on the port until it is interrupted: the overview with its incidents, and one of them.
func TestDemoShowsItsPages(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free just now
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(socket.Addr().String())
	_ = socket.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	announced, errs := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--port", port}, surroundings{In: strings.NewReader(""), Out: io.Discard, Err: errs})
		_ = errs.Close()
	}()
	lines := bufio.NewScanner(announced)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "The page: ") {
		t.Log(lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, announced) }()
	page := first(t, "http://127.0.0.1:"+port+pagePath)
	m := regexp.MustCompile(`href="(incident[^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the overview shows no incident:\n%.1500s", page)
	}
	if page, status := read(t, "http://127.0.0.1:"+port+pagePath+html.UnescapeString(m[1])); status != http.StatusOK || !strings.Contains(page, "rotate these") {
		t.Errorf("the incident: %d\n%.1500s", status, page)
	}
	interrupt()
	if code := <-ended; code != exitGood {
		t.Errorf("interrupted, it exits with %d", code)
	}
}

// first reads a page of a server that is about to listen.
func first(t *testing.T, address string) string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(address)
		if err == nil {
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			return string(body)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
