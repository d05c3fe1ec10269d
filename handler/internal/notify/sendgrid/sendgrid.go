// Package sendgrid delivers messages as mail through Twilio SendGrid.
//
// It refuses to start with a key that is still an unresolved Key Vault reference, sends nothing over plain HTTP but to
// this machine, and leaves retrying to the outbox: the library's own retry sleeps blindly, ignoring the context and the
// header that says how long to wait.
//
// Start reading at [Config], then [Channel.Send].
package sendgrid

import (
	"context"
	"fmt"
	"net/http"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/sendgrid/rest"
	api "github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// Hosts of the service. Accounts of the European region work with EU only.
const (
	Global = "https://api.sendgrid.com"
	EU     = "https://api.eu.sendgrid.com"
)

// maxRecipients is the service's limit for one request.
const maxRecipients = 1000

// Config is what a channel needs. Key, From and To are required.
type Config struct {
	// Name of the channel; "sendgrid" if empty.
	Name string
	Key  string
	// From must be a sender that the account has verified. Addresses are as in a mail: "a@b.example" or
	// "Vaultwatch <a@b.example>".
	From string
	To   []string
	// Host is Global if empty.
	Host string
	// Sandbox lets the service check every message and send none.
	Sandbox bool
	Links   notify.Links
	// HTTP is the client to use; nil for one that never follows a redirect with our key in hand.
	HTTP *http.Client
	// Now is the clock that the service's reset times are read against; nil for time.Now.
	Now func() time.Time
}

// Channel is a mailbox reached through SendGrid.
type Channel struct {
	config Config
	from   *mail.Email
	to     []*mail.Email
}

var _ notify.Channel = (*Channel)(nil)

// New checks the settings and says what to do about wrong ones. It sends nothing.
func New(c Config) (*Channel, error) {
	if err := notify.CheckSecret("SendGrid key", c.Key); err != nil {
		return nil, err
	}
	if c.Name == "" {
		c.Name = "sendgrid"
	}
	if c.Host == "" {
		c.Host = Global
	}
	c.Host = strings.TrimSuffix(c.Host, "/")
	if err := notify.CheckURL("SendGrid host", c.Host); err != nil {
		return nil, err
	}
	if c.HTTP == nil {
		c.HTTP = notify.NewHTTPClient()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if n := len(c.To); n == 0 || n > maxRecipients {
		return nil, fmt.Errorf("sendgrid: %d recipients: give 1 to %d", n, maxRecipients)
	}
	from, err := address("sender", c.From)
	if err != nil {
		return nil, err
	}
	to, err := addresses(c.To)
	return &Channel{c, from, to}, err
}

func addresses(list []string) ([]*mail.Email, error) {
	var to []*mail.Email
	for _, s := range list {
		a, err := address("recipient", s)
		if err != nil {
			return nil, err
		}
		to = append(to, a)
	}
	return to, nil
}

func address(what, s string) (*mail.Email, error) {
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("sendgrid: %s %q is no mail address: %w", what, s, err)
	}
	return mail.NewEmail(a.Name, a.Address), nil
}

// Name returns the channel's name.
func (c *Channel) Name() string { return c.config.Name }

// Send posts one mail. Errors are of type *notify.Failure: 408, 425, 429, 5xx and an unreachable host may be tried
// again, every other answer but 2xx is a refusal. (In sandbox mode the service answers 200 instead of 202.)
func (c *Channel) Send(ctx context.Context, m notify.Message) error {
	composed, err := notify.Compose(m, c.config.Links)
	if err != nil {
		return notify.Refused(err)
	}
	// A request of its own for every mail: the library keeps the body on its client, so that two sends would share it.
	request := api.GetRequest(c.config.Key, "/v3/mail/send", c.config.Host)
	request.Method = rest.Post
	request.Body = mail.GetRequestBody(c.letter(m, composed))
	client := rest.Client{HTTPClient: c.config.HTTP}
	answer, err := client.SendWithContext(ctx, request)
	if err != nil {
		return notify.Unreached("sendgrid", err, c.config.Key)
	}
	return notify.Answer{
		Service: "sendgrid", Status: answer.StatusCode, Header: http.Header(answer.Headers), Body: answer.Body,
		Secrets: []string{c.config.Key}, Now: c.config.Now(),
	}.Failure()
}

func (c *Channel) letter(m notify.Message, composed notify.Mail) *mail.SGMailV3 {
	letter := mail.NewV3Mail()
	letter.SetFrom(c.from)
	letter.Subject = composed.Subject
	person := mail.NewPersonalization()
	person.AddTos(c.to...)
	letter.AddPersonalizations(person)
	letter.AddContent(mail.NewContent("text/plain", composed.Text), mail.NewContent("text/html", composed.HTML))
	letter.SetHeader("X-Vaultwatch-Message", m.ID())
	// Without this the service rewrites every link, and the portal's addresses with a fragment do not survive it.
	letter.SetTrackingSettings(mail.NewTrackingSettings().SetClickTracking(mail.NewClickTrackingSetting().SetEnable(false).SetEnableText(false)).
		SetOpenTracking(mail.NewOpenTrackingSetting().SetEnable(false)))
	if c.config.Sandbox {
		letter.SetMailSettings(mail.NewMailSettings().SetSandboxMode(mail.NewSetting(true)))
	}
	return letter
}
