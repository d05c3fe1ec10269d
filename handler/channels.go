package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/eventhub"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/loganalytics"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/sendgrid"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/smtp"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/webhook"
)

// azure is how the channels reach Azure. The zero value is Azure itself; tests have stand-ins.
type azure struct {
	credential azcore.TokenCredential             // nil: the managed identity
	http       *http.Client                       // for Log Analytics; nil: the SDK's own
	hub        *azeventhubs.ProducerClientOptions // nil: the SDK's defaults
}

// ways lists every way out. Each makes its channel, or none if the settings do not ask for it.
func ways(a azure) []func(settings) (*notify.Route, error) {
	return []func(settings) (*notify.Route, error){throughSendGrid, throughSMTP, throughWebhook, a.intoLogAnalytics, a.intoEventHub}
}

// routes makes the channels that the settings ask for. The error names all that cannot be made.
func (s settings) routes(a azure) ([]notify.Route, error) {
	var routes []notify.Route
	var errs []error
	for _, way := range ways(a) {
		route, err := way(s)
		if err != nil {
			errs = append(errs, err)
		} else if route != nil {
			routes = append(routes, *route)
		}
	}
	return routes, errors.Join(errs...)
}

func throughSendGrid(s settings) (*notify.Route, error) {
	if len(s.MailTo) == 0 || s.SendGridKey == "" {
		return nil, nil
	}
	c, err := sendgrid.New(sendgrid.Config{Key: s.SendGridKey, From: s.MailFrom, To: s.MailTo, Host: s.SendGridHost,
		Sandbox: bool(s.SendGridSandbox), Links: s.links()})
	if err != nil {
		return nil, fmt.Errorf("settings VAULTWATCH_SENDGRID_… and VAULTWATCH_MAIL_…: %w", err)
	}
	return &notify.Route{Channel: c, Settings: s.mail()}, nil
}

func throughSMTP(s settings) (*notify.Route, error) {
	if len(s.MailTo) == 0 || s.SMTPHost == "" {
		return nil, nil
	}
	c, err := smtp.New(smtp.Config{Host: s.SMTPHost, Port: s.SMTPPort, Security: s.SMTPSecurity, User: s.SMTPUser,
		Password: s.SMTPPassword, From: s.MailFrom, To: s.MailTo, Links: s.links()})
	if err != nil {
		return nil, fmt.Errorf("settings VAULTWATCH_SMTP_… and VAULTWATCH_MAIL_…: %w", err)
	}
	return &notify.Route{Channel: c, Settings: s.mail()}, nil
}

func (s settings) mail() notify.Settings {
	return notify.Settings{Minimum: s.MailSeverity, DigestHour: s.DigestHour}
}

func throughWebhook(s settings) (*notify.Route, error) {
	if s.WebhookURL == "" {
		return nil, nil
	}
	c, err := webhook.New(webhook.Config{URL: s.WebhookURL, Form: s.WebhookForm, Secret: s.WebhookSecret, Links: s.links()})
	if err != nil {
		return nil, fmt.Errorf("settings VAULTWATCH_WEBHOOK_…: %w", err)
	}
	return &notify.Route{Channel: c, Settings: notify.Settings{Minimum: s.WebhookSeverity, DigestHour: s.DigestHour}}, nil
}

func (a azure) intoLogAnalytics(s settings) (*notify.Route, error) {
	if s.LogsEndpoint == "" {
		return nil, nil
	}
	who, err := a.identity()
	if err != nil {
		return nil, err
	}
	config := loganalytics.Config{Endpoint: s.LogsEndpoint, Rule: s.LogsRule, Stream: s.LogsStream, Credential: who, Links: s.links()}
	if a.http != nil { // a nil client in the interface would be one
		config.Transport = a.http
	}
	c, err := loganalytics.New(config)
	if err != nil {
		return nil, fmt.Errorf("settings VAULTWATCH_LOGS_…: %w", err)
	}
	return &notify.Route{Channel: c, Settings: notify.Settings{Feed: true}}, nil
}

func (a azure) intoEventHub(s settings) (*notify.Route, error) {
	if s.ExportHub == "" {
		return nil, nil
	}
	who, err := a.identity()
	if err != nil {
		return nil, err
	}
	c, err := eventhub.New(eventhub.Config{Namespace: s.ExportNamespace, Hub: s.ExportHub, Form: s.ExportForm, Credential: who,
		Version: version(), Client: a.hub})
	if err != nil {
		return nil, fmt.Errorf("settings VAULTWATCH_EXPORT_…: %w", err)
	}
	return &notify.Route{Channel: c, Settings: notify.Settings{Feed: true}}, nil
}

// identity is the app's managed identity in Azure, the signed-in developer elsewhere. It asks nobody yet.
func (a azure) identity() (azcore.TokenCredential, error) {
	if a.credential != nil {
		return a.credential, nil
	}
	chain, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return nil, fmt.Errorf("find an identity: %w", err)
	}
	return chain, nil
}
