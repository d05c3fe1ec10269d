// Package eventhub sends alerts to an Event Hub, from where a SIEM of any maker takes them: as our own JSON, or as OCSF
// Detection Findings.
//
// It refuses to keep a connection between messages: alerts are rare, and a sender that lives on needs goroutines that
// do too.
//
// Start reading at [Event], then [Channel.Send].
package eventhub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

// Form is the shape of an event's body.
type Form string

const (
	// JSON is the alert as replay and the API give it.
	JSON Form = "json"
	// OCSF is a [Finding].
	OCSF Form = "ocsf"
)

// Config is what a channel needs. Namespace, Hub and Credential are required.
type Config struct {
	// Name of the channel; "eventhub" if empty.
	Name string
	// Namespace is the full host name ("contoso.servicebus.windows.net"), Hub the hub's name. It must not be the hub
	// that the audit logs arrive in.
	Namespace, Hub string
	Credential     azcore.TokenCredential
	// Form is JSON if empty.
	Form Form
	// Version of this program, named in OCSF metadata.
	Version string
	// Client changes how the SDK connects; nil for its defaults.
	Client *azeventhubs.ProducerClientOptions
}

// Channel is one hub.
type Channel struct{ config Config }

var _ notify.Channel = (*Channel)(nil)

// New checks the settings. It connects nowhere.
func New(c Config) (*Channel, error) {
	if c.Name == "" {
		c.Name = "eventhub"
	}
	if c.Form == "" {
		c.Form = JSON
	}
	switch {
	case c.Form != JSON && c.Form != OCSF:
		return nil, fmt.Errorf("event hub form %q: must be json or ocsf", c.Form)
	case c.Hub == "" || c.Credential == nil:
		return nil, errors.New("event hub: the hub's name and a credential are required")
	case !strings.Contains(c.Namespace, ".") || strings.ContainsAny(c.Namespace, "/: "):
		return nil, fmt.Errorf("event hub namespace %q: give the full host name, such as contoso.servicebus.windows.net", c.Namespace)
	}
	return &Channel{c}, nil
}

// Name returns the channel's name.
func (c *Channel) Name() string { return c.config.Name }

// Events converts the message's alerts, one event each. A repeated delivery gives equal events.
func (c *Channel) Events(m notify.Message) ([]*azeventhubs.EventData, error) {
	var events []*azeventhubs.EventData
	for _, a := range m.Alerts() {
		body, err := c.encode(a)
		if err != nil {
			return nil, fmt.Errorf("encode alert %q: %w", a.ID, err)
		}
		events = append(events, &azeventhubs.EventData{
			Body: body, ContentType: to.Ptr("application/json"), MessageID: to.Ptr(a.ID),
			Properties: map[string]any{"type": a.Type, "severity": a.Severity.String(), "form": string(c.config.Form)},
		})
	}
	return events, nil
}

// maxEvent is what hubs of every tier take in one event, with room for its properties.
const maxEvent = 240 << 10

// encode writes one event's body. Touched objects that do not fit are counted in it.
func (c *Channel) encode(a detection.Alert) ([]byte, error) {
	for {
		var form any = a
		if c.config.Form == OCSF {
			form = NewFinding(a, c.config.Version)
		}
		body, err := json.Marshal(form)
		if err != nil || len(body) <= maxEvent || len(a.Objects) == 0 {
			return body, err
		}
		a = notify.FewerObjects(a)
	}
}

// Send delivers all alerts of the message, in as many batches as they need.
func (c *Channel) Send(ctx context.Context, m notify.Message) error {
	events, err := c.Events(m)
	if err != nil {
		return notify.Refused(err)
	}
	options := azeventhubs.ProducerClientOptions{ApplicationID: "vaultwatch"}
	if c.config.Client != nil {
		options = *c.config.Client
	}
	options.RetryOptions.MaxRetries = -1 // when to try again is the outbox's business
	client, err := azeventhubs.NewProducerClient(c.config.Namespace, c.config.Hub, c.config.Credential, &options)
	if err != nil {
		return notify.Refused(fmt.Errorf("event hub client: %w", err))
	}
	// Once the hub has taken the events, trouble in parting is no failure.
	defer func() { _ = client.Close(context.WithoutCancel(ctx)) }()
	return failure(deliver(ctx, client, events))
}

func deliver(ctx context.Context, client *azeventhubs.ProducerClient, events []*azeventhubs.EventData) error {
	var batch *azeventhubs.EventDataBatch
	for i := 0; i < len(events); {
		if batch == nil {
			var err error
			if batch, err = client.NewEventDataBatch(ctx, nil); err != nil {
				return fmt.Errorf("connect: %w", err)
			}
		}
		err := batch.AddEventData(events[i], nil)
		switch {
		case err == nil:
			i++
			continue
		case !errors.Is(err, azeventhubs.ErrEventDataTooLarge) || batch.NumEvents() == 0:
			return fmt.Errorf("add alert %q: %w", *events[i].MessageID, err)
		}
		if err := client.SendEventDataBatch(ctx, batch, nil); err != nil {
			return err
		}
		batch = nil
	}
	if batch == nil {
		return nil
	}
	return client.SendEventDataBatch(ctx, batch, nil)
}

// failure judges an error of the SDK: wrong rights and an alert larger than the hub takes are refusals, all else may
// be tried again.
func failure(err error) error {
	if err == nil {
		return nil
	}
	text := fmt.Errorf("event hub: %s", clean.Line(err.Error(), 300))
	var known *azeventhubs.Error
	if errors.As(err, &known) && known.Code == azeventhubs.ErrorCodeUnauthorizedAccess {
		return notify.Refused(fmt.Errorf("%w; give the app's identity the role Azure Event Hubs Data Sender on the hub", text))
	}
	if errors.Is(err, azeventhubs.ErrEventDataTooLarge) {
		return notify.Refused(text)
	}
	return notify.Later(text)
}
