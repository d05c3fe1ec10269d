package notify_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func links() notify.Links {
	return notify.Links{Page: "https://watch.contoso.example/api/console#/incident/{incident}"}
}

func compose(t *testing.T, m notify.Message) notify.Mail {
	t.Helper()
	mail, err := notify.Compose(m, links())
	if err != nil {
		t.Fatalf("compose %s: %v", m.Kind, err)
	}
	return mail
}

func TestGoldenMails(t *testing.T) {
	for _, m := range notifytest.Messages()[:4] {
		mail := compose(t, m)
		golden(t, string(m.Kind)+".html", mail.HTML)
		golden(t, string(m.Kind)+".txt", "Subject: "+mail.Subject+"\n\n"+mail.Text)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "mail", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// The order is the one in which a person asks.
func TestMailsAnswerInOrder(t *testing.T) {
	mail := compose(t, notifytest.Messages()[1])
	asked := []string{"become High", "TOR exit node", "kv-payments", "mia@contoso.example", "198.51.100.23", "28 distinct secrets", "secrets/db-password", "Rotate every secret", "/incident/incident-1", "portal.azure.com", "AZKVAuditLogs"}
	for kind, body := range map[string]string{"text": mail.Text, "html": mail.HTML[strings.Index(mail.HTML, "<body"):]} {
		at := 0
		for _, want := range asked {
			i := strings.Index(body[at:], want)
			if i < 0 {
				t.Errorf("%s: %q is missing, or not behind what comes before it", kind, want)
				continue
			}
			at += i
		}
	}
}

func TestSubjects(t *testing.T) {
	messages := notifytest.Messages()
	for i, want := range []string{
		"Medium: Suspicious secret listing and query in a key vault – kv-payments",
		"Escalated to High: Suspicious secret listing and query in a key vault, and 1 more alert – kv-payments and 1 more vault",
		"Digest: 1 alert in 1 incident",
		"[SAMPLE] Medium: Suspicious secret listing and query in a key vault – kv-payments",
	} {
		if got := compose(t, messages[i]).Subject; got != want {
			t.Errorf("subject %q, want %q", got, want)
		}
	}
}

// The first sentence says who, how much, of what and from where, whatever of it is known.
func TestTheGist(t *testing.T) {
	few := notifytest.Alert("few")
	few.MoreObjects = 0
	bare := detection.Alert{ID: "bare", Type: "KV_Silence", Time: notifytest.Noon(), Vault: notifytest.Vault}
	for want, alerts := range map[string][]detection.Alert{
		"mia@contoso.example (user) touched up to 29 objects of kv-payments and 1 more vault, from 203.0.113.7 and 1 more address.": notifytest.Incident().Alerts,
		"mia@contoso.example (user) touched 2 objects of kv-payments, from 203.0.113.7.":                                            {few},
	} {
		mail := compose(t, notify.Message{Kind: notify.Opened, Incidents: notify.Group(alerts)})
		if !strings.Contains(mail.Text, "\n"+want+"\n") || strings.Count(mail.HTML, want) != 2 {
			t.Errorf("the mail does not begin with %q:\n%.300s", want, mail.Text)
		}
	}
	if mail := compose(t, notify.Message{Kind: notify.Opened, Incidents: notify.Group([]detection.Alert{bare})}); strings.Contains(mail.Text, "Somebody") {
		t.Errorf("a caller is made up:\n%.300s", mail.Text)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	m := notifytest.Hostile()
	for _, kind := range []notify.Kind{notify.Opened, notify.Digest} {
		m.Kind = kind
		mail := compose(t, m)
		for _, r := range mail.Subject {
			if !unicode.IsPrint(r) {
				t.Errorf("%s: %U in the subject %q", kind, r, mail.Subject)
			}
		}
		if n := len([]rune(mail.Subject)); n > 140 {
			t.Errorf("%s: subject of %d characters", kind, n)
		}
		for _, body := range []string{mail.Text, mail.HTML} {
			if strings.ContainsAny(body, "\x1b\u202e\u2066\r\x00") || strings.Contains(body, "\nBcc") || strings.Contains(body, "https://evil") {
				t.Errorf("%s: a trick arrived", kind)
			}
			if len(body) > 200<<10 {
				t.Errorf("%s: a body of %d bytes; some mail programs cut at 100 KB", kind, len(body))
			}
		}
		if strings.Contains(mail.HTML, "<script") || strings.Contains(mail.HTML, "<img") {
			t.Errorf("%s: markup of an attacker's arrived", kind)
		}
	}
}

func TestAMailCountsWhatItLeavesOut(t *testing.T) {
	mail := compose(t, notifytest.Hostile())
	if want := "and 900 more"; !strings.Contains(mail.Text, want) || !strings.Contains(mail.HTML, want) {
		t.Errorf("of %d objects, the mail lists 100 and does not say %q", detection.MaxObjects, want)
	}
}

func TestAnEmptyMessageIsNoMail(t *testing.T) {
	if _, err := notify.Compose(notify.Message{Kind: notify.Digest}, notify.Links{}); err == nil {
		t.Error("composed a mail about nothing")
	}
}

func TestQueriesHoldNoTextOfAnAttacker(t *testing.T) {
	in := notifytest.Hostile().Incidents[0]
	if q := in.KQL(); strings.Contains(q, "evil") || strings.Contains(q, "drop table") {
		t.Errorf("query:\n%s", q)
	}
	many := notifytest.Alert("a")
	for i := range 15 {
		many.Vaults = append(many.Vaults, notifytest.Vault+string(rune('a'+i)))
	}
	if q := notify.Group([]detection.Alert{many})[0].KQL(); !strings.Contains(q, "// and 6 more") {
		t.Errorf("a query that leaves vaults out does not say so:\n%s", q)
	}
}

func TestLinksLeadToResourcesOnly(t *testing.T) {
	l := notify.Links{Portal: "https://portal.azure.us/"}
	if got, want := l.Vault(notifytest.Vault), "https://portal.azure.us/#@/resource"+notifytest.Vault; got != want {
		t.Errorf("vault link %q, want %q", got, want)
	}
	for _, id := range []string{"", "kv", "javascript:alert(1)", "/subscriptions/x/https://evil.example", `/subscriptions/x"onclick=`, "//evil.example"} {
		if got := l.Vault(id) + l.Logs(id, "q"); got != "" {
			t.Errorf("link %q for %q", got, id)
		}
	}
	if got := links().Incident("a&b/c"); !strings.HasSuffix(got, "/a%26b%2Fc") {
		t.Errorf("incident link %q", got)
	}
}

func TestAnswersAreJudged(t *testing.T) {
	now := notifytest.Noon()
	for _, c := range []struct {
		status int
		header http.Header
		retry  bool
		after  time.Duration
	}{
		{status: 400}, {status: 401}, {status: 403}, {status: 404}, {status: 410}, {status: 413}, {status: 302}, {status: 101},
		{status: 408, retry: true}, {status: 425, retry: true}, {status: 429, retry: true}, {status: 500, retry: true}, {status: 503, retry: true},
		{status: 429, header: http.Header{"Retry-After": {"120"}}, retry: true, after: 2 * time.Minute},
		{status: 503, header: http.Header{"Retry-After": {now.Add(time.Hour).Format(http.TimeFormat)}}, retry: true, after: time.Hour},
		{status: 503, header: http.Header{"Retry-After": {now.Add(-time.Hour).Format(http.TimeFormat)}}, retry: true},
		{status: 503, header: http.Header{"Retry-After": {"soon"}}, retry: true},
		{status: 503, header: http.Header{"Retry-After": {"-5"}}, retry: true},
		{status: 429, header: http.Header{"X-Ratelimit-Reset": {"1777899600"}}, retry: true, after: time.Hour},
	} {
		f := notify.AsFailure(notify.Answer{Service: "test", Status: c.status, Header: c.header, Now: now}.Failure())
		if f == nil || f.Retry != c.retry || f.After != c.after {
			t.Errorf("%d %v: %+v, want retry %v after %s", c.status, c.header, f, c.retry, c.after)
		}
	}
	if err := (notify.Answer{Status: 202}).Failure(); err != nil {
		t.Errorf("202: %v", err)
	}
}

func TestRedactKnowsTheFormsOfASecret(t *testing.T) {
	secret := `k/e+y "quoted"`
	text := "a " + secret + ` b k%2Fe%2By+%22quoted%22 c k/e+y \"quoted\" d`
	if got := notify.Redact(text, secret, ""); strings.Contains(got, "e+y") || strings.Contains(got, "e%2By") {
		t.Errorf("Redact = %q", got)
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	response, err := notify.NewHTTPClient().Post(server.URL, "text/plain", strings.NewReader("alert"))
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if reached || response.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("status %d, other host reached: %v", response.StatusCode, reached)
	}
}
