package notify_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
)

func TestGroup(t *testing.T) {
	in := notifytest.Incident()
	if in.ID != "incident-1" || in.Severity != detection.High || len(in.Alerts) != 2 {
		t.Errorf("incident %s of severity %s with %d alerts", in.ID, in.Severity, len(in.Alerts))
	}
	if want := "Suspicious secret listing and query in a key vault, and 1 more alert"; in.Title != want {
		t.Errorf("title %q, want %q", in.Title, want)
	}
	if diff := cmp.Diff([]string{notifytest.Vault, notifytest.Other}, in.Vaults); diff != "" {
		t.Errorf("vaults: %s", diff)
	}
	if len(in.Principals) != 1 || len(in.Origins) != 2 {
		t.Errorf("principals %v, origins %v: want one caller from two addresses", in.Principals, in.Origins)
	}
	if !in.Start.Equal(notifytest.Noon()) || !in.End.Equal(notifytest.Noon().Add(23*time.Minute)) {
		t.Errorf("from %s to %s", in.Start, in.End)
	}
}

func TestGroupKeepsEveryAlertOnce(t *testing.T) {
	alone := notifytest.Alert("alone")
	alone.Incident = ""
	got := notify.Group([]detection.Alert{notifytest.Alert("a"), alone, notifytest.Alert("a"), notifytest.Alert("b")})
	if len(got) != 2 || len(got[0].Alerts)+len(got[1].Alerts) != 3 {
		t.Errorf("%d incidents: %v", len(got), got)
	}
	for _, in := range got {
		if in.ID == "alone" && len(in.Alerts) != 1 {
			t.Error("an alert without incident is not its own")
		}
	}
}

func TestGroupChangesNoInput(t *testing.T) {
	later, earlier := notifytest.Alert("a"), notifytest.Alert("b")
	later.Time = later.Time.Add(time.Hour)
	alerts := []detection.Alert{later, earlier}
	notify.Group(alerts)
	if alerts[0].ID != "a" || alerts[1].ID != "b" {
		t.Error("the caller's slice was sorted")
	}
}

func TestIncidentSeverity(t *testing.T) {
	tactic := func(a *detection.Alert) { a.Type, a.Tactics = "KV_UserAccessDeniedAnomaly", []string{"Discovery"} }
	for _, c := range []struct {
		name   string
		alerts []detection.Alert
		want   detection.Severity
	}{
		{"one alert", []detection.Alert{alert("a", "i", detection.Medium)}, detection.Medium},
		{"two of a type", []detection.Alert{alert("a", "i", detection.Medium), alert("b", "i", detection.Medium)}, detection.Medium},
		{"two types, one vault, one tactic", []detection.Alert{alert("a", "i", detection.Medium), alert("b", "i", detection.Low, func(a *detection.Alert) { a.Type = "KV_AppAnomaly" })}, detection.Medium},
		{"two types on two vaults", []detection.Alert{alert("a", "i", detection.Medium), alert("b", "i", detection.Low, elsewhere)}, detection.High},
		{"two types of two tactics", []detection.Alert{alert("a", "i", detection.Low), alert("b", "i", detection.Low, tactic)}, detection.Medium},
		{"high stays high", []detection.Alert{alert("a", "i", detection.High), alert("b", "i", detection.Low, elsewhere)}, detection.High},
		{"informational stays so", []detection.Alert{alert("a", "i", detection.Informational), alert("b", "i", detection.Informational, elsewhere)}, detection.Informational},
	} {
		if got := notify.Group(c.alerts)[0].Severity; got != c.want {
			t.Errorf("%s: severity %s, want %s", c.name, got, c.want)
		}
	}
}

func TestObjectsOfTwoAlertsAboutTheSameReads(t *testing.T) {
	a, b := notifytest.Alert("a"), notifytest.Alert("b")
	b.Objects = []detection.Touched{
		{Vault: notifytest.Vault, Name: "secrets/db-password", Operation: "SecretGet", Count: 5, First: a.Start, Last: a.End},
		{Vault: notifytest.Vault, Name: "secrets/db-password", Operation: "SecretBackup", Count: 1, First: a.End, Last: a.End},
	}
	list, more := notify.Group([]detection.Alert{a, b})[0].Objects()
	want := notify.Object{Vault: notifytest.Vault, Name: "secrets/db-password", Operations: []string{"SecretGet", "SecretBackup"}, Count: 6, First: a.Start, Last: a.End}
	if diff := cmp.Diff(want, list[0]); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
	later := notifytest.Alert("c")
	later.Objects = []detection.Touched{{Vault: notifytest.Vault, Name: "secrets/db-password", Operation: "SecretGet", Count: 3, First: a.End.Add(time.Hour), Last: a.End.Add(time.Hour)}}
	if got, _ := notify.Group([]detection.Alert{a, later})[0].Objects(); got[0].Count != 2+3 {
		t.Errorf("reads an hour apart are %d, want %d", got[0].Count, 2+3)
	}
	if len(list) != 2 || more != a.MoreObjects+b.MoreObjects {
		t.Errorf("%d objects and %d more", len(list), more)
	}
}

func TestMessageIDIsOfWhatIsTold(t *testing.T) {
	seen := map[string]notify.Kind{}
	for _, m := range notifytest.Messages() {
		first := m.ID()
		if again := m.ID(); again != first || len(again) != 32 {
			t.Errorf("id %q", m.ID())
		}
		if other, ok := seen[m.ID()]; ok {
			t.Errorf("%s and %s have the same id", m.Kind, other)
		}
		seen[m.ID()] = m.Kind
	}
}
