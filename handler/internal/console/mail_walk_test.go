package console

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Ensure that somebody who comes by the mail's link sees, without scrolling, who did it and where the list of what to
// rotate is, and has the list, named and ready to copy, with one more click: on a desk and on a phone, with and without
// scripts. docs/console.md tells this walk.
func TestFromTheMailToWhatToRotate(t *testing.T) {
	b := newBrowser(t)
	w := organisation(t)
	at := w.views(t)["incident"] // the address that mails lead to, see notify.Links
	for name, size := range map[string][2]int64{"desk": {1280, 900}, "phone": {390, 844}} {
		b.do(t, chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(w.URL+"/api/"+at), chromedp.WaitReady(chromedp.CSS("main")))
		for what, ask := range map[string]string{
			"the way to the list":   `document.querySelector(".lead .button").getBoundingClientRect().bottom`,
			"what happened":         `document.querySelector(".finding").getBoundingClientRect().bottom`,
			"the title of the page": `document.querySelector("h1").getBoundingClientRect().bottom`,
		} {
			if bottom := run(t, b, chromedp.Evaluate[float64](ask)); bottom > float64(size[1]) {
				t.Errorf("%s: %s ends at %.0f of %d pixels: one must scroll", name, what, bottom, size[1])
			}
		}
		if who := run(t, b, chromedp.Evaluate[float64](`[...document.querySelectorAll("h2")].find(h => h.textContent.startsWith("Who")).getBoundingClientRect().bottom`)); name == "desk" && who > float64(size[1]) {
			t.Errorf("who did it stands at %.0f of %d pixels", who, size[1])
		}
		b.shot(t, "walk-1-"+name)
		before := run(t, b, chromedp.Text(chromedp.CSS(".lead .button")))
		b.step(t, step{at: ".lead .button", want: "az keyvault secret set"})
		list := run(t, b, chromedp.Text(chromedp.CSS("main")))
		if !strings.Contains(before, "Rotate") || !strings.Contains(list, "secrets/") {
			t.Errorf("%s: from %q to a list without secrets:\n%.500s", name, before, list)
		}
		b.shot(t, "walk-2-"+name)
	}
	b.clean(t)
}
