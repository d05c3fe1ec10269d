package console

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
)

// report writes the report of a world.
func (w *world) report(t *testing.T) string {
	t.Helper()
	viewer := w.pipeline.Viewer()
	var b bytes.Buffer
	err := Report(&b, ReportOptions{Alerts: w.alerts(t), Catalogue: catalogue.All(), Look: func(f func(pipeline.Memory)) error { return viewer.Look(context.Background(), f) }})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Ensure that a report needs nothing but itself, tells every incident in full, and leads nowhere but to the portal.
func TestAReportStandsAlone(t *testing.T) {
	w := tell(t, thief)
	page := w.report(t)
	for _, forbidden := range []string{"<script", "<link", "<form", "src=", "@import", "url("} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the report holds %s", forbidden)
		}
	}
	for _, m := range hrefs.FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(m[1], "https://portal.azure.com/") {
			t.Errorf("the report leads to %s", m[1])
		}
	}
	for _, a := range w.alerts(t) {
		if !strings.Contains(page, `id="incident-`+a.Incident+`"`) || !strings.Contains(page, `href="#incident-`+a.Incident+`"`) {
			t.Errorf("the incident of %s is not told, or not linked", a.Type)
		}
	}
	for _, want := range []string{"secrets/s12", "alice@contoso.example", "What to do now", `class="lanes"`, "kv-hr"} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}

// Ensure that a report can be made of alerts alone, and of none.
func TestAReportOfLittle(t *testing.T) {
	w := tell(t, thief)
	for want, alerts := range map[string][]detection.Alert{"Nothing was found": nil, "What to do now": w.alerts(t)} {
		var b bytes.Buffer
		if err := Report(&b, ReportOptions{Alerts: alerts}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("a report of %d alerts lacks %q", len(alerts), want)
		}
	}
}

// Ensure that a browser shows a report from a file with its style, and finds nothing to complain of.
func TestAReportInABrowser(t *testing.T) {
	b := newBrowser(t)
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(tell(t, thief).report(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.EmulateViewport(1280, 900), chromedp.Navigate("file://"+path), chromedp.WaitReady(chromedp.CSS("main")))
	if got := run(t, b, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("main")).maxWidth`)); got != "1240px" {
		t.Errorf("the style is not in force: main is at most %s wide", got)
	}
	b.shot(t, "report")
	b.clean(t)
}
