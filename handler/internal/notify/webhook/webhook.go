// Package webhook posts messages to an address of the user's choice: as our own JSON, or in the forms that Slack and
// Teams Workflows take. Every request is signed if a secret is set, so that the receiver knows who speaks.
//
// It refuses plain HTTP but to this machine, follows no redirect, and never shows the address in an error: for Slack
// and Teams the address is the key.
//
// Start reading at [Config], then [Channel.Send]; receivers of the JSON form start at [Verify] and [Body].
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// Form is the shape of the body.
type Form string

const (
	// JSON is a [Body]: the incidents with their alerts as everywhere else.
	JSON Form = "json"
	// Slack is a message for a Slack incoming webhook.
	Slack Form = "slack"
	// Teams is an adaptive card for a Teams Workflow that posts what it receives.
	Teams Form = "teams"
)

// Config is what a channel needs. URL is required.
type Config struct {
	// Name of the channel; "webhook" if empty.
	Name string
	URL  string
	// Form is JSON if empty.
	Form Form
	// Secret signs every request, see [Verify]; empty for no signature.
	Secret string
	Links  notify.Links
	// HTTP is the client to use; nil for one that follows no redirect.
	HTTP *http.Client
	// Now is the clock of the signature; nil for time.Now.
	Now func() time.Time
}

// Channel is one address.
type Channel struct{ config Config }

var _ notify.Channel = (*Channel)(nil)

// New checks the settings and says what to do about wrong ones. It connects nowhere.
func New(c Config) (*Channel, error) {
	if c.Name == "" {
		c.Name = "webhook"
	}
	if c.Form == "" {
		c.Form = JSON
	}
	if c.Form != JSON && c.Form != Slack && c.Form != Teams {
		return nil, fmt.Errorf("webhook form %q: must be json, slack or teams", c.Form)
	}
	if err := errors.Join(notify.CheckSecret("webhook address", c.URL), notify.CheckURL("webhook", c.URL)); err != nil {
		return nil, err
	}
	if c.Secret != "" {
		if err := notify.CheckSecret("webhook secret", c.Secret); err != nil {
			return nil, err
		}
	}
	if c.HTTP == nil {
		c.HTTP = notify.NewHTTPClient()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Channel{c}, nil
}

// Name returns the channel's name.
func (c *Channel) Name() string { return c.config.Name }

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 10

// Send posts one message. Errors are of type *notify.Failure: 408, 425, 429, 5xx and an unreachable host may be tried
// again, every other answer but 2xx is a refusal.
func (c *Channel) Send(ctx context.Context, m notify.Message) error {
	body, err := c.body(m)
	if err != nil {
		return notify.Refused(fmt.Errorf("write webhook body: %w", err))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.URL, bytes.NewReader(body))
	if err != nil {
		return notify.Refused(errors.New("webhook address cannot be used in a request"))
	}
	now := c.config.Now()
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "vaultwatch")
	request.Header.Set(MessageHeader, m.ID())
	if c.config.Secret != "" {
		request.Header.Set(SignatureHeader, Sign(c.config.Secret, now, body))
	}
	response, err := c.config.HTTP.Do(request)
	if err != nil {
		return notify.Unreached("webhook", err, c.secrets()...)
	}
	defer func() { _ = response.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // the status decides; the text is for people
	return notify.Answer{Service: "webhook", Status: response.StatusCode, Header: response.Header, Body: string(answer), Secrets: c.secrets(), Now: now}.Failure()
}

// secrets are the address, whole and in the parts that a service may echo, and the signing secret.
func (c *Channel) secrets() []string {
	list := []string{c.config.URL, c.config.Secret}
	u, err := url.Parse(c.config.URL)
	if err != nil {
		return list // New has parsed it
	}
	if len(u.Path) > 1 {
		list = append(list, u.Path)
	}
	return append(list, u.RawQuery, u.User.String())
}

func (c *Channel) body(m notify.Message) ([]byte, error) {
	switch c.config.Form {
	case Slack:
		return json.Marshal(slackBody(m, c.config.Links))
	case Teams:
		return json.Marshal(teamsBody(m, c.config.Links))
	}
	return json.Marshal(NewBody(m, c.config.Links))
}
