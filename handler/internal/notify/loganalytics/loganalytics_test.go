package loganalytics

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const token = "a-bearer-token"

type credential struct{}

func (credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func side() notifytest.HTTPSide {
	return notifytest.HTTPSide{
		Secrets: []string{token}, Success: http.StatusNoContent,
		Open: func(t *testing.T, url string, client *http.Client) notify.Channel {
			channel, err := New(Config{Endpoint: url, Rule: "dcr-1", Stream: "Custom-Vaultwatch", Credential: credential{}, Transport: client, Now: notifytest.Noon})
			if err != nil {
				t.Fatalf("open channel: %v", err)
			}
			return channel
		},
	}
}

func TestConformance(t *testing.T) { notifytest.HTTP(t, side()) }

func TestRequest(t *testing.T) {
	channel, requests := side().Requests(t)
	if err := channel.Send(t.Context(), notifytest.Messages()[4]); err != nil {
		t.Fatalf("send: %v", err)
	}
	r := requests()[0]
	if r.Path != "/dataCollectionRules/dcr-1/streams/Custom-Vaultwatch" || r.Header.Get("Authorization") != "Bearer "+token {
		t.Errorf("request to %s with %q", r.Path, r.Header.Get("Authorization"))
	}
	var rows []Row
	if err := json.Unmarshal(r.Body, &rows); err != nil {
		t.Fatalf("read rows: %v", err)
	}
	if len(rows) != 2 || rows[0].SystemAlertId == rows[1].SystemAlertId {
		t.Errorf("%d rows for two alerts", len(rows))
	}
}

func TestAForbiddenUploadSaysWhichRole(t *testing.T) {
	channel, err := New(Config{Endpoint: "https://x.example", Rule: "r", Stream: "s", Credential: credential{}})
	if err != nil {
		t.Fatal(err)
	}
	answer := &azcore.ResponseError{StatusCode: http.StatusForbidden, RawResponse: &http.Response{StatusCode: http.StatusForbidden, Body: http.NoBody}}
	if err := channel.failure(answer); err == nil || !strings.Contains(err.Error(), "Monitoring Metrics Publisher") {
		t.Errorf("failure of 403 = %v", err)
	}
}

func TestManyAlertsAreSplitBelowTheServiceLimit(t *testing.T) {
	hostile := notifytest.Hostile().Incidents[0].Alerts[0]
	var alerts []detection.Alert
	for i := range 40 {
		hostile.ID = fmt.Sprintf("alert-%d", i)
		alerts = append(alerts, hostile)
	}
	calls, err := bodies(notify.Message{Kind: notify.Feed, Incidents: notify.Group(alerts)}, Config{Now: notifytest.Noon})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, c := range calls {
		if len(c) > 1_000_000 {
			t.Errorf("a call of %d bytes, the service takes 1 MB", len(c))
		}
		var rows []map[string]any
		if err := json.Unmarshal(c, &rows); err != nil {
			t.Fatalf("read rows: %v", err)
		}
		total += len(rows)
		for name, v := range rows[0] {
			if s, ok := v.(string); ok && len(s) > 64<<10 {
				t.Errorf("column %s of %d bytes, the service cuts at 64 KB", name, len(s))
			}
		}
	}
	if total != len(alerts) || len(calls) < 2 {
		t.Errorf("%d rows in %d calls, want %d in several", total, len(calls), len(alerts))
	}
}

func TestObjectsThatDoNotFitAreCounted(t *testing.T) {
	hostile := notifytest.Hostile().Incidents[0].Alerts[0]
	hostile.ClientInfo, hostile.MoreObjects = "client", 7
	var p struct {
		Objects []detection.Touched
		More    int `json:"More objects"`
	}
	if err := json.Unmarshal([]byte(NewRow(hostile, notify.Links{}, notifytest.Noon()).ExtendedProperties), &p); err != nil {
		t.Fatalf("the column is no JSON: %v", err)
	}
	if len(p.Objects)+p.More != len(hostile.Objects)+7 || len(p.Objects) == 0 {
		t.Errorf("%d objects listed and %d counted of %d", len(p.Objects), p.More, len(hostile.Objects)+7)
	}
}

// The names are those of the table SecurityAlert: a query written for it must find its columns.
func TestGoldenRow(t *testing.T) {
	row := NewRow(notifytest.Alert("alert-1"), notify.Links{Page: "https://watch.contoso.example/#{incident}"}, notifytest.Noon())
	got, err := json.MarshalIndent(row, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "row.json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

func TestColumnsAreOfSecurityAlertAndFitACustomTable(t *testing.T) {
	const columns = "AlertLink AlertName AlertSeverity AlertType CompromisedEntity ConfidenceLevel ConfidenceScore Description DisplayName EndTime Entities ExtendedLinks " +
		"ExtendedProperties IsIncident ProcessingEndTime ProductComponentName ProductName ProviderName RemediationSteps ResourceId SourceComputerId StartTime Status " +
		"SubTechniques SystemAlertId Tactics Techniques TimeGenerated VendorName VendorOriginalId WorkspaceResourceGroup WorkspaceSubscriptionId"
	raw, err := json.Marshal(NewRow(notifytest.Alert("a"), notify.Links{}, notifytest.Noon()))
	if err != nil {
		t.Fatal(err)
	}
	var row map[string]any
	if err := json.Unmarshal(raw, &row); err != nil {
		t.Fatal(err)
	}
	for name := range row {
		if !strings.Contains(" "+columns+" ", " "+name+" ") {
			t.Errorf("column %s is none of SecurityAlert", name)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for want, c := range map[string]Config{
		"are required": {Endpoint: "https://x.example"},
		"is not https": {Endpoint: "http://x.example", Rule: "r", Stream: "s", Credential: credential{}},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want an error with %q", err, want)
		}
	}
}
