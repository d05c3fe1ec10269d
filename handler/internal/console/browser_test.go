package console

import (
	"context"
	"flag"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
)

var (
	pictures = flag.String("pictures", "", "write screenshots of the main views into this folder")
	whole    = flag.Bool("whole", false, "screenshots of whole pages, not of the first screen")
	axe      = flag.String("axe", os.Getenv("AXE_CORE"), "path of axe.min.js, to look for faults of accessibility")
)

// browser is a real one, and what went wrong in it.
type browser struct {
	ctx context.Context

	mu     sync.Mutex
	faults []string
	hosts  map[string]bool
}

// newBrowser starts Chromium, or skips the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("no Chromium on this machine: install the package chromium to run the browser tests")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 900))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	b := &browser{hosts: map[string]bool{}}
	b.ctx, stop = chromedp.NewContext(ctx, chromedp.WithListener(b.hear))
	t.Cleanup(stop)
	if err := chromedp.Do(b.ctx); err != nil { // starts it; a deadline here would end it
		t.Fatal(err)
	}
	call(t, b, cdplog.Enable, cdp.Empty{})
	call(t, b, network.Enable, network.EnableParams{})
	return b
}

// hear notes errors of the console, violations of the content policy, and whom the browser asks.
func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		b.faults = append(b.faults, e.Entry.Text+" "+e.Entry.URL)
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "file" && u.Scheme != "data" {
			b.hosts[u.Hostname()] = true
		}
	}
}

func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	run(t, b, chromedp.Steps(steps...))
}

// run runs one action and returns its value.
func run[T any](t *testing.T, b *browser, a chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func call[P, R any](t *testing.T, b *browser, c cdp.Command[P, R], params P) {
	t.Helper()
	if _, err := chromedp.Call(b.ctx, c, params); err != nil {
		t.Fatal(err)
	}
}

// clean fails the test if anything went wrong or another host was asked.
func (b *browser) clean(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		t.Errorf("the browser complains: %s", f)
	}
	for h := range b.hosts {
		if h != "127.0.0.1" {
			t.Errorf("the browser asked another host: %s", h)
		}
	}
	b.faults = nil
}

func (b *browser) shot(t *testing.T, name string) {
	t.Helper()
	if *pictures == "" {
		return
	}
	take := chromedp.CaptureScreenshot()
	if *whole {
		take = chromedp.FullScreenshot(100)
	}
	data := run(t, b, take)
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// narrow fails the test if the page is wider than the window.
func (b *browser) narrow(t *testing.T, at string) {
	t.Helper()
	if over := run(t, b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`)); over > 0 {
		t.Errorf("%s is %d pixels wider than the window", at, over)
	}
}

func (b *browser) prefer(t *testing.T, scheme string) {
	call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// organisation is a world of a month, for a look at something like life.
func organisation(t *testing.T) *world {
	t.Helper()
	tale, err := month.Make(month.Plan{Seed: 3, Days: 26, LearnDays: 18, Vaults: 14, Pace: 0.25, Stories: []string{"stolen_token", "estate_dump", "joiner", "tor_read", "grant_dump_revoke", "quarterly_rotation", "on_call_at_three"}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{now: tale.Labels().End, lists: monthLists(t, tale.Lists())}
	w.open(t, func(o *Options) { o.Settings = []Setting{{"VAULTWATCH_STORE", "file", "environment"}} })
	for m := range tale.Messages() {
		w.deliver(t, m.Body)
	}
	if _, err := w.pipeline.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	return w
}

// monthLists are the address lists of the invented organisation.
func monthLists(t *testing.T, l month.Lists) detection.Addresses {
	t.Helper()
	var lists []intel.List
	for _, of := range []struct {
		entries []string
		kind    intel.Kind
	}{{l.Azure, intel.Azure}, {l.TorExits, intel.Tor}, {l.Suspicious, intel.Suspicious}, {l.Known, intel.Known}} {
		list, _, err := intel.Parse(strings.NewReader(strings.Join(of.entries, "\n")), intel.Options{Name: "list", Kind: of.kind, AllowWide: true})
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, list)
	}
	return intel.NewBook(lists...).Addresses()
}

// Ensure that every view opens in a real browser, light, dark and at phone width, with nothing to complain of.
func TestViewsInABrowser(t *testing.T) {
	b := newBrowser(t)
	w := organisation(t)
	w.deliver(t, []byte(`{"records":[{"time":"yesterday","category":"AuditEvent"}]}`))
	views := w.views(t)
	for _, look := range []struct {
		name   string
		width  int64
		scheme string
	}{{"light", 1280, "light"}, {"dark", 1280, "dark"}, {"phone", 390, "light"}} {
		b.prefer(t, look.scheme)
		b.do(t, chromedp.EmulateViewport(look.width, 900))
		for name, path := range views {
			b.do(t, chromedp.Navigate(w.URL+"/api/"+path), chromedp.WaitReady(chromedp.CSS("main")))
			b.narrow(t, look.name+" "+name)
			b.shot(t, name+"-"+look.name)
			b.accessible(t, look.name+" "+name)
			if name == "vault" {
				run(t, b, chromedp.Evaluate[bool](`document.querySelector(".weeks").scrollIntoView({block: "center"}), true`))
				b.shot(t, "week-"+look.name)
			}
		}
	}
	b.clean(t)
}

// views are the addresses of the main views, about the loudest alert.
func (w *world) views(t *testing.T) map[string]string {
	t.Helper()
	list := w.alerts(t)
	worst := list[0]
	for _, a := range list {
		if a.Severity > worst.Severity || a.Severity == worst.Severity && len(a.Objects) > len(worst.Objects) && a.Caller != "" {
			worst = a
		}
	}
	vault := worst.Vaults[0]
	return map[string]string{"overview": "ui/", "incident": "ui/incident?id=" + worst.Incident, "alert": "ui/alert?id=" + worst.ID, "alerts": "ui/alerts", "vaults": "ui/vaults",
		"vault": "ui/vault?id=" + url.QueryEscape(vault), "principal": "ui/principal?id=" + url.QueryEscape(worst.Caller), "health": "ui/health",
		"rules": "ui/rules", "rule": "ui/rule?alert=" + worst.ID, "rotation": "ui/rotation?incident=" + worst.Incident}
}

// accessible asks axe-core, if it is there, for serious faults.
func (b *browser) accessible(t *testing.T, at string) {
	t.Helper()
	if *axe == "" {
		return
	}
	code, err := os.ReadFile(*axe)
	if err != nil {
		t.Fatal(err)
	}
	ask := `axe.run().then(r => r.violations.filter(v => v.impact == "serious" || v.impact == "critical").map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 160) + " " + n.failureSummary).slice(0, 3).join(" | ")))`
	run(t, b, chromedp.Evaluate[int](string(code)+";0"))
	for _, f := range run(t, b, chromedp.Evaluate[[]string](ask, chromedp.EvalAwaitPromise)) {
		t.Errorf("%s: %s", at, f)
	}
}

// Ensure that a person goes from the overview to what must be rotated, marks a story benign and silences its like, by
// clicks alone, with scripts and without.
func TestAWalkThroughTheConsole(t *testing.T) {
	for name, scripts := range map[string]bool{"with scripts": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t)
			w := tell(t, thief)
			call(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
			b.do(t, chromedp.Navigate(w.URL+"/api/ui/"))
			for _, step := range walk() {
				b.step(t, step)
			}
			b.clean(t)
		})
	}
}

// step is one click, or text put into a field. A click that leads to a page says what must stand there.
type step struct{ at, text, want string }

// walk is from the overview to the rotation list, to a rule, to a benign mark.
func walk() []step {
	return []step{
		{at: `.incidents .what > a`, want: "rotate these"},
		{at: `.finding a`, want: "About this alert"},
		{at: `.answers a[href^="vault"]`, want: "Who comes"},
		{at: `table a[href^="principal"]`, want: "Vaults it touches"},
		{at: `table a[href^="alert?"]`, want: "What you decide"},
		{at: `.take .button`, want: "az keyvault secret set"},
		{at: `.eyebrow a`, want: "What you decide"},
		{at: `.act a[href^="rule"]`, want: "it would have silenced"},
		{at: `input[value=caller]`},
		{at: `form[action^=rule] button`, want: "it would have silenced"},
		{at: `input[name=name]`, text: "known work"},
		{at: `input[name=reason]`, text: "ticket 12"},
		{at: `form[action^="add-rule"] button`, want: "in force until"},
		{at: `main a[href^="rules"]`, want: "known work"},
		{at: `nav a[href^="alerts"]`, want: "newest first"},
		{at: `table a[href^="alert?"]`, want: "What you decide"},
		{at: `input[value=benign]`},
		{at: `.act form button`, want: "marked benign"},
	}
}

func (b *browser) step(t *testing.T, s step) {
	t.Helper()
	switch {
	case s.text != "":
		b.do(t, chromedp.SendKeys(chromedp.CSS(s.at), s.text))
		return
	case s.want == "":
		b.do(t, chromedp.Click(chromedp.CSS(s.at)))
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(s.at))); err != nil {
		t.Fatalf("click %s: %v", s.at, err)
	}
	if text := run(t, b, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(strings.ToLower(text), strings.ToLower(s.want)) {
		t.Fatalf("after %s the page lacks %q:\n%.500s", s.at, s.want, text)
	}
}
