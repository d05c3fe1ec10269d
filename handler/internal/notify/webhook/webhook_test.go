package webhook

import (
	"encoding/json"
	"flag"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	hookPath = "/hook/T0000/very-secret-path"
	secret   = "signing-secret"
)

func side(form Form) notifytest.HTTPSide {
	return notifytest.HTTPSide{
		Secrets: []string{hookPath, secret}, Success: http.StatusOK, Readable: form != JSON,
		Open: func(t *testing.T, url string, client *http.Client) notify.Channel {
			channel, err := New(Config{URL: url + hookPath, Form: form, Secret: secret, HTTP: client, Now: noon})
			if err != nil {
				t.Fatalf("open channel: %v", err)
			}
			return channel
		},
		Read: map[Form]func(*testing.T, []byte) string{Slack: shownBySlack, Teams: shownByTeams}[form],
	}
}

// noon is before any test runs, so that a reset time of the test's own clock lies in the future.
func noon() time.Time { return notifytest.Noon() }

func TestConformance(t *testing.T) {
	for _, form := range []Form{JSON, Slack, Teams} {
		t.Run(string(form), func(t *testing.T) { notifytest.HTTP(t, side(form)) })
	}
}

// shownBySlack is what Slack shows: plain_text as it is, so escaped here; mrkdwn with its markup.
func shownBySlack(t *testing.T, body []byte) string {
	t.Helper()
	var m slackMessage
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("read body: %v", err)
	}
	if len(m.Blocks) > 50 {
		t.Errorf("%d blocks, Slack takes 50", len(m.Blocks))
	}
	text := m.Text
	for _, b := range m.Blocks {
		limit := map[string]int{"header": 150, "section": 3000}[b.Type]
		if n := len([]rune(b.Text.Text)); n > limit {
			t.Errorf("%s of %d characters, Slack takes %d", b.Type, n, limit)
		}
		if b.Text.Type == "plain_text" {
			text += "\n" + html.EscapeString(b.Text.Text)
		} else {
			text += "\n" + b.Text.Text
		}
	}
	return text
}

// shownByTeams is what Teams shows. Only runs of rich text are plain; a text block would read Markdown.
func shownByTeams(t *testing.T, body []byte) string {
	t.Helper()
	if len(body) > 28<<10 {
		t.Errorf("card of %d bytes, Teams takes 28 KB", len(body))
	}
	var m teamsMessage
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("read body: %v", err)
	}
	text := ""
	for _, b := range m.Attachments[0].Content.Body {
		if b.Type != "RichTextBlock" {
			t.Errorf("a block of type %s", b.Type)
		}
		for _, run := range b.Inlines {
			text += "\n" + html.EscapeString(run.Text)
		}
	}
	return text
}

func TestGoldenBodies(t *testing.T) {
	links := notify.Links{Page: "https://watch.contoso.example/api/console#/incident/{incident}"}
	for _, form := range []Form{JSON, Slack, Teams} {
		for _, m := range notifytest.Messages()[:3] {
			channel, err := New(Config{URL: "https://hook.example/x", Form: form, Links: links})
			if err != nil {
				t.Fatal(err)
			}
			body, err := channel.body(m)
			if err != nil {
				t.Fatalf("write body: %v", err)
			}
			golden(t, string(form)+"-"+string(m.Kind)+".json", body)
		}
	}
}

func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%s is no JSON: %v", name, err)
	}
	pretty, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, append(pretty, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), string(pretty)+"\n"); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestTheReceiverCanCheckWhoSpeaks(t *testing.T) {
	channel, requests := side(JSON).Requests(t)
	m := notifytest.Messages()[0]
	if err := channel.Send(t.Context(), m); err != nil {
		t.Fatalf("send: %v", err)
	}
	r := requests()[0]
	if r.Path != hookPath || r.Header.Get(MessageHeader) != m.ID() {
		t.Errorf("request to %s with message id %q", r.Path, r.Header.Get(MessageHeader))
	}
	header, soon := r.Header.Get(SignatureHeader), Window{noon().Add(time.Minute), 5 * time.Minute}
	if err := Verify(secret, header, r.Body, soon); err != nil {
		t.Errorf("Verify of a good request: %v", err)
	}
	for what, err := range map[string]error{
		"another secret":      Verify("other", header, r.Body, soon),
		"a changed body":      Verify(secret, header, append([]byte(" "), r.Body...), soon),
		"a changed time":      Verify(secret, strings.Replace(header, "t=1", "t=2", 1), r.Body, soon),
		"a recorded request":  Verify(secret, header, r.Body, Window{noon().Add(time.Hour), 5 * time.Minute}),
		"no signature":        Verify(secret, "", r.Body, soon),
		"a mangled signature": Verify(secret, header+"zz", r.Body, soon),
	} {
		if err == nil {
			t.Errorf("Verify accepts %s", what)
		}
	}
}

// The signature is part of the wire: receivers have written their own check.
func TestSignatureIsStable(t *testing.T) {
	// echo -n '1777896000.{"id":"x"}' | openssl dgst -sha256 -hmac secret
	const want = "t=1777896000,v1=e15a5df2e237bfa2ea8bea1ad90f09bff3fde7239e030af27c21450a651bffa7"
	if got := Sign("secret", noon(), []byte(`{"id":"x"}`)); got != want {
		t.Errorf("Sign = %q, want %q", got, want)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for want, c := range map[string]Config{
		"address is empty":     {},
		"is not https":         {URL: "http://hook.example/secret"},
		"is no address":        {URL: "hook.example"},
		"must be json":         {URL: "https://hook.example/x", Form: "discord"},
		"unresolved Key Vault": {URL: "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/hook)"},
		"webhook secret":       {URL: "https://hook.example/x", Secret: "@Microsoft.KeyVault(x)"},
	} {
		_, err := New(c)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v) = %v, want an error with %q", c, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "/secret") && c.URL == "http://hook.example/secret" {
			t.Errorf("the error shows the address: %v", err)
		}
	}
	if _, err := New(Config{URL: "http://127.0.0.1:9/x"}); err != nil {
		t.Errorf("plain HTTP to this machine: %v", err)
	}
}
