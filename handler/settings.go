package main

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/caarlos0/env/v11"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/eventhub"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/smtp"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/webhook"
	"github.com/vaultwatch/vaultwatch/handler/internal/sweep"
)

// settings is everything the environment may say. The help texts are what "serve -h" prints; every default works, and
// every empty setting counts as not given. Lists have commas between their entries.
type settings struct {
	Store         string   `env:"VAULTWATCH_STORE" secret:"yes" envDefault:"file:vaultwatch.db" help:"where the memory is: file:PATH, https://ACCOUNT.table.core.windows.net, or, for Azurite only, UseDevelopmentStorage=true or a connection string"`
	Canaries      []string `env:"VAULTWATCH_CANARIES" help:"bait nobody should touch, VAULT/OBJECT, or VAULT for all of it"`
	KnownNetworks []string `env:"VAULTWATCH_KNOWN_NETWORKS" help:"your own networks, as 192.0.2.0/24"`
	Vaults        string   `env:"VAULTWATCH_SETTINGS" help:"settings for all or single vaults, JSON or a file of it: see docs/settings.md"`
	Tor           toggle   `env:"VAULTWATCH_TOR" envDefault:"on" help:"fetch the list of TOR exits every hour: on or off"`
	Feeds         []string `env:"VAULTWATCH_FEEDS" secret:"yes" help:"lists of suspicious addresses to fetch every hour, as spamhaus-drop=https://www.spamhaus.org/drop/drop_v4.json; none by default"`

	MailTo       []string           `env:"VAULTWATCH_MAIL_TO" help:"addresses that get mail; empty for no mail"`
	MailFrom     string             `env:"VAULTWATCH_MAIL_FROM" help:"sender of the mail"`
	MailSeverity detection.Severity `env:"VAULTWATCH_MAIL_SEVERITY" envDefault:"Low" help:"lowest severity mailed: Low, Medium or High"`
	DigestHour   int                `env:"VAULTWATCH_DIGEST_HOUR" envDefault:"7" help:"hour of the day, UTC, at which the digest is sent: 0 to 23"`

	SendGridKey     string `env:"VAULTWATCH_SENDGRID_KEY" secret:"yes" help:"API key; the mail goes through SendGrid"`
	SendGridHost    string `env:"VAULTWATCH_SENDGRID_HOST" help:"another host of SendGrid, as https://api.eu.sendgrid.com"`
	SendGridSandbox toggle `env:"VAULTWATCH_SENDGRID_SANDBOX" envDefault:"off" help:"let SendGrid check mails and send none: on or off"`

	SMTPHost     string        `env:"VAULTWATCH_SMTP_HOST" help:"mail server; the mail goes through it instead of SendGrid"`
	SMTPPort     int           `env:"VAULTWATCH_SMTP_PORT" help:"its port, if not the usual one"`
	SMTPSecurity smtp.Security `env:"VAULTWATCH_SMTP_SECURITY" envDefault:"starttls" help:"starttls, tls, or none (to this machine only)"`
	SMTPUser     string        `env:"VAULTWATCH_SMTP_USER" help:"user name, if the server wants one"`
	SMTPPassword string        `env:"VAULTWATCH_SMTP_PASSWORD" secret:"yes" help:"its password"`

	WebhookURL      string             `env:"VAULTWATCH_WEBHOOK_URL" secret:"yes" help:"address that alerts are posted to"`
	WebhookForm     webhook.Form       `env:"VAULTWATCH_WEBHOOK_FORM" envDefault:"json" help:"json, slack or teams"`
	WebhookSecret   string             `env:"VAULTWATCH_WEBHOOK_SECRET" secret:"yes" help:"signs every request, so that the receiver knows who speaks"`
	WebhookSeverity detection.Severity `env:"VAULTWATCH_WEBHOOK_SEVERITY" envDefault:"Low" help:"lowest severity posted: Low, Medium or High"`

	LogsEndpoint string `env:"VAULTWATCH_LOGS_ENDPOINT" help:"Log Analytics: address of the data collection rule for logs"`
	LogsRule     string `env:"VAULTWATCH_LOGS_RULE" help:"its immutable id, dcr-…"`
	LogsStream   string `env:"VAULTWATCH_LOGS_STREAM" help:"its stream, Custom-…"`

	ExportNamespace string        `env:"VAULTWATCH_EXPORT_NAMESPACE" help:"event hub for another SIEM: host name of its namespace"`
	ExportHub       string        `env:"VAULTWATCH_EXPORT_HUB" help:"its name"`
	ExportForm      eventhub.Form `env:"VAULTWATCH_EXPORT_FORM" envDefault:"json" help:"json or ocsf"`

	Page   string `env:"VAULTWATCH_PAGE" help:"address of an incident in your console, with {incident} where its id goes"`
	Portal string `env:"VAULTWATCH_PORTAL" help:"the Azure portal, if not https://portal.azure.com"`

	// Instance and EasyAuth, whether people are signed in before they get here, are set by the platform.
	Instance string `env:"WEBSITE_INSTANCE_ID"`
	EasyAuth string `env:"WEBSITE_AUTH_ENABLED"`

	// given are the names of what the environment says.
	given map[string]bool
}

func (s settings) links() notify.Links { return notify.Links{Page: s.Page, Portal: s.Portal} }

// feeds are the lists to fetch. The settings were checked.
func (s settings) feeds() []intel.Feed {
	feeds, _ := sweep.ParseFeeds(s.Feeds)
	if s.Tor {
		feeds = append(feeds, intel.TorExits())
	}
	return feeds
}

// toggle is a setting that is on or off.
type toggle bool

// UnmarshalText reads "on" or "off".
func (t *toggle) UnmarshalText(text []byte) error {
	switch strings.ToLower(string(text)) {
	case "on":
		*t = true
	case "off":
		*t = false
	default:
		return fmt.Errorf("%q is neither on nor off", text)
	}
	return nil
}

// readSettings reads and checks the environment. The error names every wrong setting and what it may hold.
func readSettings(environment map[string]string) (settings, error) {
	var s settings
	given := map[string]string{}
	s.given = map[string]bool{}
	for name, value := range environment {
		if value = strings.TrimSpace(value); value != "" {
			given[name], s.given[name] = value, true
		}
	}
	err := env.ParseWithOptions(&s, env.Options{Environment: given})
	var all env.AggregateError
	if errors.As(err, &all) {
		var errs []error
		for _, one := range all.Errors {
			errs = append(errs, named(one))
		}
		return s, errors.Join(errs...)
	}
	if err != nil {
		return s, fmt.Errorf("read the settings: %w", err)
	}
	return s, s.check()
}

// named tells which setting an error is about; the library knows only the field.
func named(err error) error {
	var wrong env.ParseError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("read the settings: %w", err)
	}
	field, _ := reflect.TypeFor[settings]().FieldByName(wrong.Name)
	return fmt.Errorf("setting %s (%s): %w", field.Tag.Get("env"), field.Tag.Get("help"), wrong.Err)
}

// check finds what no single setting shows. Channels check their own settings when they are made.
func (s settings) check() error {
	var errs []error
	need := func(ok bool, format string, values ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("setting "+format, values...))
		}
	}
	need(s.DigestHour >= 0 && s.DigestHour <= 23, "VAULTWATCH_DIGEST_HOUR: %d is no hour; it holds 0 to 23", s.DigestHour)
	mail, ways := len(s.MailTo) > 0, 0
	for _, way := range []string{s.SendGridKey, s.SMTPHost} {
		if way != "" {
			ways++
		}
	}
	need(!mail || s.MailFrom != "", "VAULTWATCH_MAIL_FROM is missing: VAULTWATCH_MAIL_TO asks for mail, which needs a sender")
	need(!mail || ways == 1, "VAULTWATCH_MAIL_TO asks for mail: give either VAULTWATCH_SENDGRID_KEY or VAULTWATCH_SMTP_HOST, and not both")
	logs := []string{s.LogsEndpoint, s.LogsRule, s.LogsStream}
	need(allOrNone(logs), "VAULTWATCH_LOGS_ENDPOINT, VAULTWATCH_LOGS_RULE and VAULTWATCH_LOGS_STREAM go together: give all three or none")
	need(allOrNone([]string{s.ExportNamespace, s.ExportHub}), "VAULTWATCH_EXPORT_NAMESPACE and VAULTWATCH_EXPORT_HUB go together: give both or none")
	_, err := parseCanaries(s.Canaries)
	need(err == nil, "VAULTWATCH_CANARIES: %w", err)
	_, err = judgeSettings(s.Vaults, nil)
	need(err == nil, "VAULTWATCH_SETTINGS: %w", err)
	_, err = sweep.ParseFeeds(s.Feeds)
	need(err == nil, "VAULTWATCH_FEEDS: %w", err)
	_, err = knownNetworks(s.KnownNetworks)
	need(err == nil, "VAULTWATCH_KNOWN_NETWORKS: %w", err)
	return errors.Join(errs...)
}

func allOrNone(values []string) bool {
	given := 0
	for _, v := range values {
		if v != "" {
			given++
		}
	}
	return given == 0 || given == len(values)
}

// printSettings lists all settings for people.
func printSettings(w io.Writer) {
	fmt.Fprintf(w, "\nSettings, from the environment:\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for field := range fields() {
		text := field.Tag.Get("help")
		if d := field.Tag.Get("envDefault"); d != "" {
			text += " (" + d + ")"
		}
		fmt.Fprintf(table, "  %s\t%s\n", field.Tag.Get("env"), text)
	}
	table.Flush()
}

// fields yields the settings that are a person's to give.
func fields() func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		t := reflect.TypeFor[settings]()
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("help") != "" && !yield(f) {
				return
			}
		}
	}
}
