package sendgrid

import (
	"encoding/json"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/sendgrid/sendgrid-go/helpers/mail"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
)

const key = "SG.test-key_0123456789/abc+def"

func config(url string, client *http.Client) Config {
	return Config{Key: key, From: "Vaultwatch <watch@contoso.example>", To: []string{"blue@contoso.example", "soc@contoso.example"}, Host: url, HTTP: client}
}

func side(change func(*Config)) notifytest.HTTPSide {
	return notifytest.HTTPSide{
		Secrets: []string{key}, Success: http.StatusAccepted, Readable: true,
		Open: func(t *testing.T, url string, client *http.Client) notify.Channel {
			c := config(url, client)
			if change != nil {
				change(&c)
			}
			channel, err := New(c)
			if err != nil {
				t.Fatalf("open channel: %v", err)
			}
			return channel
		},
		Read: func(t *testing.T, body []byte) string {
			letter := decode(t, body)
			plain := letter.Subject + "\n" + letter.Content[0].Value
			return html.EscapeString(plain) + "\n" + letter.Content[1].Value // plain text is what a mail program escapes
		},
	}
}

func decode(t *testing.T, body []byte) mail.SGMailV3 {
	t.Helper()
	var letter mail.SGMailV3
	if err := json.Unmarshal(body, &letter); err != nil {
		t.Fatalf("read request: %v", err)
	}
	return letter
}

func TestConformance(t *testing.T) { notifytest.HTTP(t, side(nil)) }

func TestRequest(t *testing.T) {
	channel, requests := side(func(c *Config) { c.Sandbox = true }).Requests(t)
	if err := channel.Send(t.Context(), notifytest.Messages()[1]); err != nil {
		t.Fatalf("send: %v", err)
	}
	r := requests()[0]
	if r.Path != "/v3/mail/send" || r.Header.Get("Authorization") != "Bearer "+key {
		t.Errorf("request to %s with %q", r.Path, r.Header.Get("Authorization"))
	}
	letter := decode(t, r.Body)
	if letter.From.Address != "watch@contoso.example" || letter.From.Name != "Vaultwatch" || len(letter.Personalizations[0].To) != 2 {
		t.Errorf("from %+v to %+v", letter.From, letter.Personalizations[0].To)
	}
	if s := letter.MailSettings; s == nil || s.SandboxMode == nil || !*s.SandboxMode.Enable {
		t.Error("the sandbox switch did not arrive")
	}
	if letter.Content[0].Type != "text/plain" || letter.Content[1].Type != "text/html" {
		t.Errorf("contents %s, %s: the service wants plain text first", letter.Content[0].Type, letter.Content[1].Type)
	}
}

func TestWithoutTheSwitchNoSandbox(t *testing.T) {
	channel, requests := side(nil).Requests(t)
	if err := channel.Send(t.Context(), notifytest.Messages()[0]); err != nil {
		t.Fatalf("send: %v", err)
	}
	if letter := decode(t, requests()[0].Body); letter.MailSettings != nil {
		t.Errorf("mail settings %+v, want none", letter.MailSettings)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"key is empty":            func(c *Config) { c.Key = "" },
		"unresolved Key Vault":    func(c *Config) { c.Key = "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/sendgrid)" },
		"line break":              func(c *Config) { c.Key = key + "\n" },
		"is not https":            func(c *Config) { c.Host = "http://mail.example" },
		"0 recipients":            func(c *Config) { c.To = nil },
		"sender \"x\" is no mail": func(c *Config) { c.From = "x" },
		"recipient":               func(c *Config) { c.To = []string{"a@b.example\r\nBcc: c@d.example"} },
	} {
		c := config(EU, nil)
		change(&c)
		_, err := New(c)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want an error with %q", err, want)
		}
		if err != nil && strings.Contains(err.Error(), key) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
	if _, err := New(config(EU, nil)); err != nil {
		t.Errorf("New of good settings: %v", err)
	}
}
