package eventhub

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/eventhub/hubtest"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

type credential struct{}

func (credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "a-token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func open(t *testing.T, form Form, client *azeventhubs.ProducerClientOptions) *Channel {
	t.Helper()
	channel, err := New(Config{Namespace: "contoso.servicebus.windows.net", Hub: "alerts", Credential: credential{}, Form: form, Version: "1.0.0", Client: client})
	if err != nil {
		t.Fatalf("open channel: %v", err)
	}
	return channel
}

func TestGoldenEvents(t *testing.T) {
	for _, form := range []Form{JSON, OCSF} {
		events, err := open(t, form, nil).Events(notifytest.Messages()[1])
		if err != nil {
			t.Fatalf("convert: %v", err)
		}
		if len(events) != 2 {
			t.Fatalf("%d events for two alerts", len(events))
		}
		golden(t, string(form)+".json", events[0].Body)
		if *events[0].MessageID != "alert-1" || *events[0].ContentType != "application/json" {
			t.Errorf("event %s of type %s", *events[0].MessageID, *events[0].ContentType)
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

func TestTheAlertArrivesAsItIs(t *testing.T) {
	a := notifytest.Alert("alert-1")
	events, err := open(t, JSON, nil).Events(notify.Message{Incidents: notify.Group([]detection.Alert{a})})
	if err != nil {
		t.Fatal(err)
	}
	var got detection.Alert
	if err := json.Unmarshal(events[0].Body, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("alert (-sent +arrived):\n%s", diff)
	}
}

func TestOCSFSeverityAndStatus(t *testing.T) {
	for s, want := range map[detection.Severity]int{detection.Informational: 1, detection.Low: 2, detection.Medium: 3, detection.High: 4} {
		a := notifytest.Alert("x")
		a.Severity, a.Suppressed = s, "rule-1"
		f := NewFinding(a, "")
		if f.SeverityID != want || f.Severity != s.String() {
			t.Errorf("severity %s became %d %s", s, f.SeverityID, f.Severity)
		}
		if f.StatusID != 3 || f.TypeUID != 200401 {
			t.Errorf("a suppressed alert has status %d, type %d", f.StatusID, f.TypeUID)
		}
	}
}

func TestAnEventFitsEveryTier(t *testing.T) {
	for _, form := range []Form{JSON, OCSF} {
		m := notifytest.Hostile()
		events, err := open(t, form, nil).Events(m)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(events[0].Body); n > 256<<10 {
			t.Errorf("%s event of %d bytes, the Basic tier takes 256 KB", form, n)
		}
		if !json.Valid(events[0].Body) {
			t.Errorf("%s event is no JSON", form)
		}
	}
}

// A hub that answers: every kind of message arrives over the wire as the events that were made of it.
func TestConformance(t *testing.T) {
	notifytest.Run(t, func(t *testing.T) notifytest.Rig {
		hub := hubtest.Start(t)
		return notifytest.Rig{Channel: open(t, JSON, hub.Client()), Delivered: func() []string {
			var bodies []string
			for _, e := range hub.Events(t) {
				bodies = append(bodies, e.Body)
			}
			return bodies
		}}
	})
}

// An event carries what a SIEM routes by. More than one batch holds goes in several.
func TestEventsOnTheWire(t *testing.T) {
	hub := hubtest.Start(t)
	big := notifytest.Hostile().Incidents[0].Alerts[0]
	var alerts []detection.Alert
	for i := range 12 {
		big.ID = fmt.Sprintf("alert-%d", i)
		alerts = append(alerts, big)
	}
	if err := open(t, OCSF, hub.Client()).Send(t.Context(), notify.Message{Kind: notify.Feed, Incidents: notify.Group(alerts)}); err != nil {
		t.Fatal(err)
	}
	events := hub.Events(t)
	if len(events) != len(alerts) {
		t.Fatalf("%d events arrived for %d alerts", len(events), len(alerts))
	}
	want := map[string]any{"type": "KV_ListGetAnomaly", "severity": "Medium", "form": "ocsf"}
	if e := events[0]; e.Type != "application/json" || cmp.Diff(want, e.Properties) != "" || !json.Valid([]byte(e.Body)) {
		t.Errorf("event %s of type %s, properties %v", e.ID, e.Type, e.Properties)
	}
}

// What happens when no hub answers.
func TestAnUnreachableHubIsTriedAgain(t *testing.T) {
	refused := errors.New("no way out")
	client := &azeventhubs.ProducerClientOptions{NewWebSocketConn: func(context.Context, azeventhubs.WebSocketConnParams) (net.Conn, error) { return nil, refused }}
	f := notify.AsFailure(open(t, JSON, client).Send(t.Context(), notifytest.Messages()[0]))
	if f == nil || !f.Retry || !strings.Contains(f.Error(), "no way out") {
		t.Errorf("failure = %v, want one to try again", f)
	}
	if client.RetryOptions.MaxRetries != 0 {
		t.Error("the caller's options were changed")
	}
}

func TestFailuresAreJudged(t *testing.T) {
	for _, c := range []struct {
		err   error
		retry bool
	}{
		{&azeventhubs.Error{Code: azeventhubs.ErrorCodeUnauthorizedAccess}, false},
		{&azeventhubs.Error{Code: azeventhubs.ErrorCodeConnectionLost}, true},
		{azeventhubs.ErrEventDataTooLarge, false},
		{context.Canceled, true},
	} {
		if f := notify.AsFailure(failure(c.err)); f.Retry != c.retry {
			t.Errorf("failure of %v: Retry = %v, want %v", c.err, f.Retry, c.retry)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	good := Config{Namespace: "contoso.servicebus.windows.net", Hub: "alerts", Credential: credential{}}
	for want, change := range map[string]func(*Config){
		"must be json":       func(c *Config) { c.Form = "cef" },
		"hub's name":         func(c *Config) { c.Hub = "" },
		"the full host name": func(c *Config) { c.Namespace = "contoso" },
		"such as contoso":    func(c *Config) { c.Namespace = "sb://contoso.servicebus.windows.net/" },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%+v) = %v, want an error with %q", c, err, want)
		}
	}
}
