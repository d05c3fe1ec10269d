package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
)

// evil is text that tries everything at once: leave its attribute, run, colour a terminal, turn the line around, be a
// formula, end a shell's word.
const evil = `=cmd|' /C calc'!A0"><b4d onload=alert(1)><script>b4d()</script>'` + "\x1b[31m\u202e\u200b\r\n" + `{{.}}$(b4d);` + "`b4d`"

// hostile is a world in which whatever a caller may choose is evil.
func hostile(t *testing.T) *world {
	t.Helper()
	story, err := scenario.Parse(thief)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{}
	for i := range story.Records {
		r := &story.Records[i]
		if r.Time.After(w.now) {
			w.now = r.Time
		}
		if strings.HasSuffix(r.Vault, "kv-hr") {
			r.Vault += strings.ToLower(evil)
		}
		if r.Caller.ID != scenario.PrincipalID("alice") {
			continue
		}
		r.Caller.Name, r.Agent = evil, evil
		r.Caller.Application = strings.ToLower(evil)
		if r.Object.Name != "" {
			r.Object.Name += strings.ToLower(evil)
		}
	}
	w.now = w.now.Add(5 * time.Minute)
	w.open(t)
	if _, err := w.pipeline.Take(context.Background(), story.Records); err != nil {
		t.Fatal(err)
	}
	w.deliver(t, []byte(`{"records":[{"time":"`+"\x1b"+`<b4d>"}]}`))
	if _, err := w.pipeline.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	return w
}

// harmless fails the test if a page holds evil text in a form that does something.
func harmless(t *testing.T, at, page string) {
	t.Helper()
	for _, bad := range []string{"<b4d", "<script>b4d", "\x1b", "\u202e", "\u200b", "\r", `A0">`} {
		if i := strings.Index(page, bad); i >= 0 {
			t.Errorf("%s holds %q: …%.200q", at, bad, page[max(0, i-100):])
		}
	}
}

// Ensure that hostile text stays text on every page, in every file and in the report.
func TestHostileTextStaysText(t *testing.T) {
	w := hostile(t)
	seen := map[string]bool{}
	for at, body := range w.crawl(t, "ui/?code="+url.QueryEscape(evil)) {
		name, _, _ := strings.Cut(at, "?")
		switch seen[name] = true; {
		case strings.HasSuffix(name, ".csv"):
			noFormula(t, at, body)
		case strings.HasSuffix(name, ".sh"):
			noCommand(t, at, body)
		case !strings.HasSuffix(name, ".css") && !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".svg") && !strings.HasSuffix(name, ".txt"):
			harmless(t, at, body)
		}
	}
	for _, want := range []string{"ui/", "ui/alerts", "ui/alert", "ui/incident", "ui/vault", "ui/vaults", "ui/principal", "ui/health", "ui/letter", "ui/rule", "ui/rotation", "ui/rotation.csv", "ui/rotation.sh", "ui/alerts.csv"} {
		if !seen[want] {
			t.Errorf("%s was not looked at", want)
		}
	}
	for _, at := range []string{"ui/alerts?q=" + url.QueryEscape(evil), "ui/vaults?q=" + url.QueryEscape(evil)} {
		harmless(t, at, w.get(t, at, http.StatusOK))
	}
	for _, at := range []string{"ui/alerts?severity=" + url.QueryEscape(evil), "ui/alerts?from=" + url.QueryEscape(evil), "v1/alerts?limit=" + url.QueryEscape(evil)} {
		harmless(t, at, w.get(t, at, http.StatusBadRequest))
	}
	var b bytes.Buffer
	look := func(f func(pipeline.Memory)) error { return w.pipeline.Viewer().Look(t.Context(), f) }
	if err := Report(&b, ReportOptions{Alerts: w.alerts(t), Look: look, Catalogue: catalogue.All()}); err != nil {
		t.Fatal(err)
	}
	harmless(t, "the report", b.String())
	if !strings.Contains(b.String(), "b4d") {
		t.Error("the report does not show the evil text at all: this test tests nothing")
	}
}

func noFormula(t *testing.T, at, body string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", at, len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r|%", rune(cell[0])) {
				t.Errorf("%s: a spreadsheet runs %q", at, cell)
			}
		}
	}
}

var command = regexp.MustCompile(`^(#[^\n]*|az keyvault (secret|key|certificate) [a-z ]+ --vault-name [a-z0-9-]+ --name [a-z0-9-]+( --file new/[a-z0-9.-]+)?)$`)

func noCommand(t *testing.T, at, body string) {
	t.Helper()
	for line := range strings.Lines(body) {
		if line = strings.TrimSuffix(line, "\n"); !command.MatchString(line) {
			t.Errorf("%s: a shell would run %q", at, line)
		}
	}
}

// Ensure that ordinary names do become commands: a list of comments would pass the test above.
func TestRotationCommands(t *testing.T) {
	w := tell(t, thief)
	a := w.one(t, "KV_TORAccess")
	body := w.get(t, "ui/rotation.sh?incident="+a.Incident, http.StatusOK)
	noCommand(t, "rotation.sh", body)
	if want := "az keyvault secret set --vault-name kv-pay --name s01 --file new/kv-pay.s01\n"; !strings.Contains(body, want) {
		t.Errorf("the commands lack %q:\n%s", want, body)
	}
}
