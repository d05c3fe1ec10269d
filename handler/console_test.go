package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

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
