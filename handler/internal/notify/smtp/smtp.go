// Package smtp delivers messages as mail through any SMTP server.
//
// It refuses to send a password or an alert in the clear: without TLS it talks to this machine only. It delivers to all
// recipients or to none: an address that the server rejects is named in the failure.
//
// Start reading at [Config], then [Channel.Send].
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

// Security is how the connection is protected.
type Security string

const (
	// StartTLS begins in the clear and insists on TLS before anything is said; the usual way on port 587.
	StartTLS Security = "starttls"
	// TLS is encrypted from the first byte; the usual way on port 465.
	TLS Security = "tls"
	// None is not encrypted, and allowed to this machine only.
	None Security = "none"
)

// Config is what a channel needs. Host, From and To are required.
type Config struct {
	// Name of the channel; "smtp" if empty.
	Name string
	Host string
	// Port is the usual one of Security if 0.
	Port int
	// Security is StartTLS if empty.
	Security Security
	// User and Password are sent only if User is set.
	User, Password string
	// From and To are addresses as in a mail: "a@b.example" or "Vaultwatch <a@b.example>".
	From  string
	To    []string
	Links notify.Links
	// TLS changes the connection's TLS, such as trusting a private authority; nil for the system's.
	TLS *tls.Config
}

// Channel is a mailbox reached by SMTP.
type Channel struct {
	config Config
	domain string // of the sender, for message ids
}

var _ notify.Channel = (*Channel)(nil)

// New checks the settings and says what to do about wrong ones. It connects nowhere.
func New(c Config) (*Channel, error) {
	if c.Name == "" {
		c.Name = "smtp"
	}
	if c.Security == "" {
		c.Security = StartTLS
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	if c.Port == 0 {
		c.Port = map[Security]int{StartTLS: 587, TLS: 465, None: 25}[c.Security]
	}
	from, _ := netmail.ParseAddress(c.From) // checked above
	ch := &Channel{config: c, domain: from.Address[strings.LastIndexByte(from.Address, '@')+1:]}
	if _, err := ch.letter(notify.Message{}, notify.Mail{}); err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	return ch, nil
}

func (c Config) check() error {
	switch {
	case c.Host == "":
		return errors.New("the server's name is empty: set it, or switch the channel off")
	case c.Security != StartTLS && c.Security != TLS && c.Security != None:
		return fmt.Errorf("security %q: must be starttls, tls or none", c.Security)
	case c.Security == None && !notify.Loopback(c.Host):
		return fmt.Errorf("security none to %s: alerts name vaults and people, so unencrypted mail goes to this machine only; use starttls or tls", c.Host)
	case len(c.To) == 0:
		return errors.New("no recipient: give at least one address")
	}
	if c.User != "" {
		if err := notify.CheckSecret("password", c.Password); err != nil {
			return err
		}
	}
	for _, a := range append([]string{c.From}, c.To...) {
		if _, err := netmail.ParseAddress(a); err != nil {
			return fmt.Errorf("%q is no mail address: %w", a, err)
		}
	}
	return nil
}

// Name returns the channel's name.
func (c *Channel) Name() string { return c.config.Name }

// Send delivers one mail over a connection of its own. Errors are of type *notify.Failure: a 5xx answer, a rejected
// password and an untrusted certificate are refusals, a 4xx answer and trouble of the network may be tried again.
func (c *Channel) Send(ctx context.Context, m notify.Message) error {
	composed, err := notify.Compose(m, c.config.Links)
	if err != nil {
		return notify.Refused(err)
	}
	letter, err := c.letter(m, composed)
	if err != nil {
		return notify.Refused(fmt.Errorf("write mail: %w", err))
	}
	// The connection is tied to ctx, so it cannot outlive the call, whatever the library forgets to close.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := c.client(ctx)
	if err != nil {
		return notify.Refused(fmt.Errorf("smtp settings: %w", err))
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if err == nil || letter.IsDelivered() {
		return nil // once the server has taken the mail, trouble in parting is no failure
	}
	return c.failure(ctx, err)
}

func (c *Channel) failure(ctx context.Context, err error) *notify.Failure {
	if ctx.Err() != nil {
		return notify.Unreached("mail server", ctx.Err())
	}
	text := clean.Line(notify.Redact(err.Error(), c.config.Password), 400)
	f := notify.Later(fmt.Errorf("mail server %s: %s", c.config.Host, text))
	f.Retry = !permanent(err)
	return f
}

// permanent tells whether trying again is useless: the server said 5xx, or is not who it says it is.
func permanent(err error) bool {
	var sent *mail.SendError
	if errors.As(err, &sent) {
		return sent.ErrorCode() >= 500
	}
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return answer.Code >= 500
	}
	var untrusted *tls.CertificateVerificationError
	return errors.As(err, &untrusted)
}

// letter writes the mail. Its Message-ID is the message's own, so that a repeated delivery shows once in mail programs
// that care; the messages of one incident refer to the same root, so that they make one thread.
func (c *Channel) letter(m notify.Message, composed notify.Mail) (*mail.Msg, error) {
	letter := mail.NewMsg()
	if err := letter.From(c.config.From); err != nil {
		return nil, err
	}
	if err := letter.To(c.config.To...); err != nil {
		return nil, err
	}
	letter.Subject(composed.Subject)
	letter.SetDate()
	letter.SetMessageIDWithValue(m.ID() + "@" + c.domain)
	if len(m.Incidents) == 1 {
		letter.SetGenHeader(mail.HeaderReferences, "<incident-"+m.Incidents[0].Key()+"@"+c.domain+">")
	}
	letter.SetGenHeader("X-Vaultwatch-Message", m.ID())
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(mail.TypeTextPlain, composed.Text)
	letter.AddAlternativeString(mail.TypeTextHTML, composed.HTML)
	return letter, nil
}

// client is new for every mail: a client holds one connection and is not for two goroutines.
func (c *Channel) client(ctx context.Context) (*mail.Client, error) {
	options := []mail.Option{mail.WithPort(c.config.Port), mail.WithTimeout(time.Minute), mail.WithDialContextFunc(c.dialer(ctx))}
	switch c.config.Security {
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case TLS:
		// Our dialer has made the connection secure; under any other policy the library would begin TLS inside TLS.
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case None:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	options = append(options, mail.WithTLSConfig(c.tls()))
	if c.config.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.config.User), mail.WithPassword(c.config.Password))
	}
	return mail.NewClient(c.config.Host, options...)
}

func (c *Channel) tls() *tls.Config {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.config.TLS != nil {
		settings = c.config.TLS.Clone()
	}
	if settings.ServerName == "" {
		settings.ServerName = c.config.Host
	}
	return settings
}

// dialer ties the connection to ctx: the library looks at its context while dialling only, and would wait for a silent
// server until its own timeout.
func (c *Channel) dialer(ctx context.Context) mail.DialContextFunc {
	return func(dialling context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(dialling, network, address)
		if err != nil {
			return nil, err
		}
		tied := &tiedConn{Conn: conn}
		tied.untie = context.AfterFunc(ctx, func() { _ = conn.Close() })
		if c.config.Security != TLS {
			return tied, nil
		}
		secure := tls.Client(tied, c.tls())
		if err := secure.HandshakeContext(dialling); err != nil {
			return nil, errors.Join(err, tied.Close())
		}
		return secure, nil
	}
}

type tiedConn struct {
	net.Conn
	untie func() bool
}

// Close closes the connection and lets go of the context.
func (t *tiedConn) Close() error {
	t.untie()
	return t.Conn.Close()
}
