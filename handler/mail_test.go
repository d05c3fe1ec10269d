package main

import (
	"context"
	"flag"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

var pictures = flag.String("pictures", "", "write a picture of the demo's mail into this folder")

// The mail of the demo's loudest incident reads well on a phone as on a desk, light and dark: nothing is wider than the
// window.
func TestTheDemosMailInABrowser(t *testing.T) {
	b, mail := newBrowser(t), demoMail(t)
	path := filepath.Join(t.TempDir(), "mail.html")
	if err := os.WriteFile(path, []byte(mail.HTML), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"light", "dark"} {
		b.prefer(t, scheme)
		for _, width := range []int64{320, 390, 720} {
			b.do(t, chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+path), chromedp.WaitReady(chromedp.CSS("h2")))
			if over := see(t, b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`)); over > 0 {
				t.Errorf("%s, %d pixels: the mail is %d pixels wider", scheme, width, over)
			}
		}
	}
	if *pictures != "" {
		b.picture(t, mail)
	}
}

// demoMail is the mail of the incident that the demo begins with.
func demoMail(t *testing.T) notify.Mail {
	t.Helper()
	alerts := alertsOf(t, good(t, surroundings{}, "demo", "--json").out)
	loudest := notify.Group(alerts)[0]
	links := notify.Links{Page: "https://vaultwatch.example/api/ui/incident?id={incident}"}
	mail, err := notify.Compose(notify.Message{Kind: notify.Opened, Incidents: []notify.Incident{loudest}}, links)
	if err != nil {
		t.Fatal(err)
	}
	return mail
}

type browser struct{ context.Context }

func newBrowser(t *testing.T) browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium on this machine: install the package chromium to run the browser tests")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil { // starts it; a deadline here would end it
		t.Fatal(err)
	}
	return browser{ctx}
}

func (b browser) prefer(t *testing.T, scheme string) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(b, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
}

func (b browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	see(t, b, chromedp.Steps(steps...))
}

func see[T any](t *testing.T, b browser, a chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sheet shows the mail as on a desk and as on a phone, whose second column goes on where the first ends.
const sheet = `<!doctype html><style>body{margin:0;background:#fff;display:flex;gap:24px}
div{overflow:hidden;height:2800px;border:1px solid #c8ccd1;border-radius:10px}iframe{border:0;height:6000px}
.on iframe{margin-top:-2800px}</style><div><iframe srcdoc="MAIL" width="700" scrolling="no"></iframe></div>
<div><iframe srcdoc="MAIL" width="390" scrolling="no"></iframe></div><div class="on"><iframe srcdoc="MAIL" width="390" scrolling="no"></iframe></div>`

func (b browser) picture(t *testing.T, mail notify.Mail) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sheet.html")
	page := strings.ReplaceAll(sheet, "MAIL", html.EscapeString(mail.HTML))
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	b.prefer(t, "light")
	b.do(t, chromedp.EmulateViewport(1534, 2802), chromedp.Navigate("file://"+path), chromedp.WaitReady(chromedp.CSS("iframe")))
	data := see(t, b, chromedp.FullScreenshot(65))
	if err := os.WriteFile(filepath.Join(*pictures, "mail.jpg"), data, 0o644); err != nil {
		t.Fatal(err)
	}
}
