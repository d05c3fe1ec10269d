package main

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify/eventhub/hubtest"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
)

// receiver takes what is posted to it, unpacked.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
}

func newReceiver(t *testing.T, start func(http.Handler) *httptest.Server, status int) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = start(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body := io.Reader(request.Body)
		if request.Header.Get("Content-Encoding") == "gzip" {
			unpacked, err := gzip.NewReader(body)
			if err != nil {
				t.Errorf("unpack: %v", err)
				return
			}
			body = unpacked
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Errorf("read: %v", err)
		}
		r.mu.Lock()
		r.bodies = append(r.bodies, string(text))
		r.mu.Unlock()
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

// sides are the other ends of all channels.
type sides struct {
	sendgrid, webhook, logs *receiver
	post                    *notifytest.MailServer
	hub                     *hubtest.Hub
}

func newSides(t *testing.T) sides {
	t.Helper()
	return sides{
		sendgrid: newReceiver(t, httptest.NewServer, http.StatusAccepted),
		webhook:  newReceiver(t, httptest.NewServer, http.StatusOK),
		logs:     newReceiver(t, httptest.NewTLSServer, http.StatusNoContent),
		post:     notifytest.StartMail(t, false),
		hub:      hubtest.Start(t),
	}
}

// settings names every channel but mail, which goes one way or the other.
func (s sides) settings(form string, mail map[string]string) map[string]string {
	env := map[string]string{
		"VAULTWATCH_WEBHOOK_URL": s.webhook.URL, "VAULTWATCH_WEBHOOK_FORM": form,
		"VAULTWATCH_LOGS_ENDPOINT": s.logs.URL, "VAULTWATCH_LOGS_RULE": "dcr-1", "VAULTWATCH_LOGS_STREAM": "Custom-Vaultwatch",
		"VAULTWATCH_EXPORT_NAMESPACE": "contoso.servicebus.windows.net", "VAULTWATCH_EXPORT_HUB": "alerts",
		"VAULTWATCH_MAIL_FROM": "vaultwatch@contoso.example", "VAULTWATCH_MAIL_TO": "soc@contoso.example",
	}
	for name, value := range mail {
		env[name] = value
	}
	return env
}

// With all channels set at once, --send gives each the sample, once, in its own form; the sample says what it is, and a
// mail's subject says it once.
func TestSendThroughEveryChannel(t *testing.T) {
	for _, c := range []struct{ mail, form, export string }{
		{"sendgrid", "json", "json"},
		{"smtp", "slack", "ocsf"},
		{"smtp", "teams", "json"},
	} {
		t.Run(c.mail+" "+c.form, func(t *testing.T) {
			s := newSides(t)
			mail := map[string]string{"VAULTWATCH_SENDGRID_KEY": "SG.a-key", "VAULTWATCH_SENDGRID_HOST": s.sendgrid.URL}
			if c.mail == "smtp" {
				mail = map[string]string{"VAULTWATCH_SMTP_HOST": s.post.Host, "VAULTWATCH_SMTP_PORT": strconv.Itoa(s.post.Port), "VAULTWATCH_SMTP_SECURITY": "none"}
			}
			mail["VAULTWATCH_EXPORT_FORM"] = c.export
			got := good(t, surroundings{Env: s.settings(c.form, mail), Azure: azure{azurite.Token{}, s.logs.Client(), s.hub.Client()}},
				"sample-alert", "--send", "KV_TORAccess")
			for channel, arrived := range map[string][]string{
				c.mail: s.mails(t), "webhook": s.webhook.bodies, "loganalytics": s.logs.bodies, "eventhub": s.events(t),
			} {
				if !strings.Contains(got.err, channel+": 1 of 1 sent") {
					t.Errorf("nothing is said of %s:\n%s", channel, got.err)
				}
				if len(arrived) != 1 || !strings.Contains(arrived[0], "Access from a TOR exit node to a key vault") || !strings.Contains(arrived[0], "[SAMPLE") {
					t.Errorf("%s got %d messages: %.300q", channel, len(arrived), arrived)
				}
			}
			if n := strings.Count(s.subject(t), "SAMPLE"); n != 1 {
				t.Errorf("the subject says %d times that this is a sample: %s", n, s.subject(t))
			}
		})
	}
}

// mails are those that came by either way.
func (s sides) mails(t *testing.T) []string {
	t.Helper()
	return append(s.post.Mails(), s.sendgrid.bodies...)
}

func (s sides) events(t *testing.T) (bodies []string) {
	t.Helper()
	for _, e := range s.hub.Events(t) {
		bodies = append(bodies, e.Body)
	}
	return bodies
}

// subject is that of the mail, whichever way it came.
func (s sides) subject(t *testing.T) string {
	t.Helper()
	if len(s.sendgrid.bodies) > 0 {
		var m struct{ Subject string }
		if err := json.Unmarshal([]byte(s.sendgrid.bodies[0]), &m); err != nil {
			t.Fatal(err)
		}
		return m.Subject
	}
	m, err := netmail.ReadMessage(strings.NewReader(strings.Join(s.post.Mails(), "")))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return subject
}
