package console

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

var hrefs = regexp.MustCompile(`(?:href|src)="([^"#][^"]*)"`)

// crawl follows every link from the overview, as far as they stay here, and returns the pages by address.
func (w *world) crawl(t *testing.T, start string) map[string]string {
	t.Helper()
	pages, queue := map[string]string{}, []string{start}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if _, seen := pages[at]; seen {
			continue
		}
		pages[at] = w.get(t, at, http.StatusOK)
		base, err := url.Parse("/api/" + at)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(at, ".css") || strings.Contains(at, ".js") || strings.Contains(at, ".csv") {
			continue
		}
		for _, m := range hrefs.FindAllStringSubmatch(pages[at], -1) {
			to, err := base.Parse(html.UnescapeString(m[1]))
			if err != nil {
				t.Fatalf("%s: link %q: %v", at, m[1], err)
			}
			if to.Host != "" {
				if to.Host != "portal.azure.com" {
					t.Errorf("%s links to another host: %s", at, to)
				}
				continue
			}
			next, ok := strings.CutPrefix(to.RequestURI(), "/api/")
			if !ok {
				t.Fatalf("%s links out of the prefix: %s", at, to)
			}
			queue = append(queue, next)
		}
	}
	return pages
}

// Ensure that every page can be reached by links, that every link leads somewhere, and that the function key goes along.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	w := tell(t, thief)
	w.deliver(t, []byte(`{"records":[{"time":"yesterday"}]}`))
	pages := w.crawl(t, "ui/?code=k3y")
	kinds := map[string]int{}
	for at := range pages {
		name, query, _ := strings.Cut(at, "?")
		kinds[name]++
		if !strings.Contains(query, "code=k3y") {
			t.Errorf("%s lost the function key", at)
		}
	}
	for _, want := range []string{"ui/", "ui/alerts", "ui/alert", "ui/incident", "ui/vaults", "ui/vault", "ui/principal", "ui/health", "ui/letter", "ui/rules", "ui/rule", "ui/rotation", "ui/rotation.csv", "ui/rotation.txt", "ui/rotation.sh", "ui/alerts.csv", "ui/style.css", "ui/console.js", "ui/mark.svg"} {
		if kinds[want] == 0 {
			t.Errorf("no link leads to %s", want)
		}
	}
}

// Ensure that the incident's page answers in the order of the mail, and says what to rotate.
func TestAnIncidentAnswersInOrder(t *testing.T) {
	w := tell(t, thief)
	a := w.one(t, "KV_TORAccess")
	page := w.get(t, "ui/incident?id="+url.QueryEscape(a.Incident), http.StatusOK)
	at := 0
	for _, heading := range []string{"What happened", "Which vault", "Who, and from where", "How unusual", "What was touched: rotate these", "What to do now", "Around it", "Where to look", "What you decide"} {
		i := strings.Index(page[at:], heading)
		if i < 0 {
			t.Fatalf("%q is missing or out of order", heading)
		}
		at += i
	}
	for _, want := range []string{"secrets/s01", "secrets/s12", "secrets/h4", "alice@contoso.example", scenario.TorExit, "kv-hr", `class="lanes"`, `class="bullet"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Ensure that an alert's page tells its papers, and that the vault's and principal's pages know those concerned.
func TestPagesAboutTheConcerned(t *testing.T) {
	w := tell(t, thief)
	a := w.one(t, "KV_TORAccess")
	for path, wants := range map[string][]string{
		"ui/alert?id=" + a.ID: {"Harmless causes", "What it misses", "the whole incident"},
		"ui/vault?id=" + url.QueryEscape(scenario.VaultID("kv-hr")):          {"mi-hr", "alice@contoso.example", "Failures by request", "secrets/h9", "203.0.113.66", "Callers a day", "listing"},
		"ui/principal?id=" + url.QueryEscape(scenario.PrincipalID("alice")):  {"kv-pay", "kv-hr", "192.0.2.0/24", "Vaults a day"},
		"ui/vaults?q=hr&state=armed":                                         {"1 vault,", "kv-hr"},
		"ui/alerts?severity=High":                                            {"newest first"},
		"ui/alerts?caller=" + url.QueryEscape(scenario.PrincipalID("alice")): {"Only"},
	} {
		page := w.get(t, path, http.StatusOK)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
}

// Ensure that what is not there gets a plain answer.
func TestWhatIsNotThere(t *testing.T) {
	w := tell(t, thief)
	for _, path := range []string{"ui/nothing", "ui/alert?id=x", "ui/incident?id=x", "ui/vault?id=x", "ui/principal?id=x", "ui/rule?alert=x", "ui/letter", "v1/alert?id=x", "v2/", "ui/../../AuditBatch"} {
		page := w.get(t, path, http.StatusNotFound)
		if len(page) < 20 {
			t.Errorf("%s: %q", path, page)
		}
	}
	w.get(t, "ui/alerts?severity=Loud", http.StatusBadRequest)
	w.get(t, "ui/alerts?limit=0", http.StatusBadRequest)
	w.get(t, "ui/alerts?from=monday", http.StatusBadRequest)
	w.get(t, "ui/set-status", http.StatusMethodNotAllowed)
}

// Ensure that an empty store makes pages that say so, not errors.
func TestEmptyWorld(t *testing.T) {
	w := tell(t, thief)
	empty := &world{now: w.now}
	empty.open(t)
	for _, path := range []string{"ui/", "ui/alerts", "ui/vaults", "ui/health", "ui/rules", "v1/alerts", "v1/vaults", "v1/health", "v1/incidents"} {
		empty.get(t, path, http.StatusOK)
	}
	if page := empty.get(t, "ui/", http.StatusOK); !strings.Contains(page, "No vault has spoken yet") {
		t.Error("the empty overview does not say what to do")
	}
}
