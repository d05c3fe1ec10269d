package smtp

import (
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
)

func open(t *testing.T, s *notifytest.MailServer, change func(*Config)) *Channel {
	t.Helper()
	c := Config{Host: s.Host, Port: s.Port, User: s.User, Password: s.Password, TLS: s.Trust,
		From: "Vaultwatch <watch@contoso.example>", To: []string{"Blue Team <blue@contoso.example>", "soc@contoso.example"}}
	if change != nil {
		change(&c)
	}
	channel, err := New(c)
	if err != nil {
		t.Fatalf("open channel: %v", err)
	}
	return channel
}

func TestConformance(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls from the first byte %v", implicit), func(t *testing.T) {
			notifytest.Run(t, func(t *testing.T) notifytest.Rig {
				s := notifytest.StartMail(t, implicit)
				channel := open(t, s, func(c *Config) {
					if implicit {
						c.Security = TLS
					}
				})
				return notifytest.Rig{
					Channel: channel, Secrets: []string{s.Password}, SetMood: s.SetMood, Arrived: s.Arrived, Readable: true,
					Delivered: func() []string {
						var texts []string
						for _, m := range s.Mails() {
							texts = append(texts, readable(t, m))
						}
						return texts
					},
				}
			})
		})
	}
}

// readable is the subject and both bodies of a mail, decoded.
func readable(t *testing.T, raw string) string {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("read mail: %v", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatalf("read subject: %v", err)
	}
	for _, unwanted := range []string{"Bcc", "Cc"} {
		if v := m.Header.Get(unwanted); v != "" {
			t.Errorf("the mail has a header %s: %s", unwanted, v)
		}
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("read content type: %v", err)
	}
	text := html.EscapeString(subject) // plain text is what a mail program escapes
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return text
		}
		if err != nil {
			t.Fatalf("read part: %v", err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatalf("read body: %v", err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain") {
			body = []byte(html.EscapeString(string(body)))
		}
		text += "\n" + string(body)
	}
}

func TestEveryCodeAtEveryStage(t *testing.T) {
	s := notifytest.StartMail(t, false)
	channel := open(t, s, nil)
	for _, stage := range []notifytest.Stage{notifytest.AtLogin, notifytest.AtSender, notifytest.AtRecipient, notifytest.AtEnd} {
		for _, code := range []int{421, 450, 451, 452, 454, 471, 500, 501, 530, 535, 550, 551, 552, 553, 554} {
			s.Answer(stage, code)
			err := channel.Send(t.Context(), notifytest.Messages()[0])
			f := notify.AsFailure(err)
			if f == nil || f.Retry != (code < 500) {
				t.Errorf("%d at %s: failure %v, want Retry = %v", code, stage, f, code < 500)
			}
			if err != nil && strings.Contains(err.Error(), s.Password) {
				t.Errorf("%d at %s: the error shows the password: %v", code, stage, err)
			}
		}
	}
	if n := len(s.Mails()); n != 0 {
		t.Errorf("%d mails were delivered in spite of refusals", n)
	}
}

func TestAMailOfOneIncidentIsRecognised(t *testing.T) {
	s := notifytest.StartMail(t, false)
	channel := open(t, s, nil)
	messages := notifytest.Messages()
	for _, m := range []notify.Message{messages[0], messages[0], messages[1]} {
		if err := channel.Send(t.Context(), m); err != nil {
			t.Fatalf("send: %v", err)
		}
	}
	var ids, roots []string
	for _, raw := range s.Mails() {
		m, err := netmail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatalf("read mail: %v", err)
		}
		ids, roots = append(ids, m.Header.Get("Message-Id")), append(roots, m.Header.Get("References"))
		if to, err := m.Header.AddressList("To"); err != nil || len(to) != 2 {
			t.Errorf("To = %v (%v), want two recipients", to, err)
		}
	}
	if ids[0] != ids[1] || ids[0] == ids[2] || ids[0] == "" {
		t.Errorf("Message-Ids %q: want a repetition to keep its id and an escalation to have its own", ids)
	}
	if roots[0] != roots[2] || roots[0] == "" {
		t.Errorf("References %q: want one thread for one incident", roots)
	}
}

func TestAnUntrustedServerGetsNothing(t *testing.T) {
	s := notifytest.StartMail(t, false)
	channel := open(t, s, func(c *Config) { c.TLS = nil })
	f := notify.AsFailure(channel.Send(t.Context(), notifytest.Messages()[0]))
	if f == nil || f.Retry || len(s.Mails()) > 0 {
		t.Errorf("failure %v, %d mails: want a refusal and none", f, len(s.Mails()))
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	good := Config{Host: "mail.example", From: "a@b.example", To: []string{"c@d.example"}}
	for want, change := range map[string]func(*Config){
		"server's name":        func(c *Config) { c.Host = "" },
		"must be starttls":     func(c *Config) { c.Security = "ssl" },
		"to this machine only": func(c *Config) { c.Security = None },
		"no recipient":         func(c *Config) { c.To = nil },
		"is no mail address":   func(c *Config) { c.To = []string{"x\r\nBcc: y@z.example"} },
		"password is empty":    func(c *Config) { c.User = "u" },
		"unresolved Key Vault": func(c *Config) {
			c.User, c.Password = "u", "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/x)"
		},
		`"nobody" is no mail address`: func(c *Config) { c.From = "nobody" },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v) = %v, want an error with %q", c, err, want)
		}
	}
	if _, err := New(good); err != nil {
		t.Errorf("New of good settings: %v", err)
	}
}
