package detection_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

func types() (out []string) {
	for _, d := range catalogue.All() {
		out = append(out, d.ID)
	}
	return out
}

func example(t *testing.T) *detection.Settings {
	t.Helper()
	data, err := os.ReadFile("testdata/settings.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := detection.ParseSettings(data, types())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What is said of a vault beats what is said of its subscription, and that beats what is said of all.
func TestSettingsPrecedence(t *testing.T) {
	s := example(t)
	if got := s.For(scenario.VaultID("kv-pay")); got.Budget != 2 || got.Severity["KV_TORAccess"] != detection.High || !got.Silenced["KVX_NameProbing"] || got.Mode != detection.On {
		t.Errorf("kv-pay: %+v", got)
	}
	if got := s.For(scenario.VaultID("kv-other")); got.Budget != 1 || len(got.Known) != 2 {
		t.Errorf("another vault of the subscription: %+v", got)
	}
	if got := s.For("/subscriptions/2/resourcegroups/x/providers/microsoft.keyvault/vaults/kv-far"); got.Budget != 0.25 {
		t.Errorf("a vault of another subscription: %+v", got)
	}
	if got := s.For(scenario.VaultID("kv-dev")); got.Mode != detection.Observe || len(got.Known) != 3 {
		t.Errorf("kv-dev: %+v", got)
	}
	if got := new(detection.Settings).For("anything"); got.Budget != detection.DefaultBudget || got.Mode != detection.On {
		t.Errorf("without settings: %+v", got)
	}
}

// Every error names the setting and what it may hold, and all come at once.
func TestSettingsErrors(t *testing.T) {
	_, err := detection.ParseSettings([]byte(`{"falseAlertsPerVaultMonth": 100, "knownNetworks": ["here"], "canaries": ["a b c"],
		"vaults": {"kv-x": {"alerts": "maybe", "severity": {"KV_Nothing": "Low", "KV_TORAccess": "Loud"}}},
		"suppress": [{"alertType": "*", "reason": "", "expirationDateUtc": "never"}, {"alertType": "KV_TORAccess", "reason": "x", "expirationDateUtc": "2027-01-01T00:00:00Z", "scope": {"colour": "red"}}]}`), types())
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"falseAlertsPerVaultMonth: 100 must be between", `knownNetworks[0]: "here" must be an address`, "canaries[0]", "vaults.kv-x.alerts", "on, observe or off",
		"KV_Nothing", "Medium, High or off", "suppress[0].reason", "suppress[0].expirationDateUtc", "suppress[0].scope", "suppress[1].scope.colour: conditions are vault"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	if _, err := detection.ParseSettings([]byte(`{"colour": "red"}`), types()); err == nil || !strings.Contains(err.Error(), `"colour"`) {
		t.Errorf("an unknown setting: %v", err)
	}
}

// with plays a story under settings and returns the last state of its alerts.
func with(t *testing.T, s *detection.Settings, text string) map[string]detection.Alert {
	t.Helper()
	story, err := scenario.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	e := detection.NewEngine(detection.Config{Catalogue: catalogue.All(), Addresses: tor{}, Settings: s})
	e.Queue.Add(story.Records)
	out := map[string]detection.Alert{}
	for _, a := range e.Settle(end.AddDate(1, 0, 0)) {
		out[a.Type] = a
	}
	return out
}

func TestSettingsAtWork(t *testing.T) {
	s := example(t)
	const visit = "\nday 3 10:00 mallory cli tor "
	if got := with(t, s, visit+"kv-pay get a"); got["KV_TORAccess"].Severity != detection.High {
		t.Errorf("severity: %+v", got)
	}
	if got := with(t, s, visit+"kv-sandbox get a"); len(got) != 0 {
		t.Errorf("a vault that is off raised %+v", got)
	}
	if got := with(t, s, visit+"kv-dev get a"); got["KV_TORAccess"].Suppressed != "observe only" {
		t.Errorf("observe only: %+v", got)
	}
	if got := with(t, s, "\nday 3 10:00 alice portal office kv-break get a"); got["KVX_Canary"].ID == "" {
		t.Errorf("break-glass: %+v", got)
	}
	if got := with(t, s, "\nday 3 10:00 alice portal office kv-honeypot list secrets"); got["KVX_Canary"].ID == "" {
		t.Errorf("a vault as bait: %+v", got)
	}
	stranger := "\nevery workday 10:00 for 20 days: alice portal office kv-hr get a\nday 22 10:00 bob portal office kv-hr get a"
	if got := with(t, s, stranger); got["KV_UserAnomaly"].Suppressed != "joiners of the new team" {
		t.Errorf("suppression: %+v", got)
	}
	late := s.Suppressions[0]
	late.Expires = scenario.Day1.AddDate(0, 0, 10)
	if got := with(t, &detection.Settings{Suppressions: []detection.Suppression{late}}, stranger); got["KV_UserAnomaly"].Suppressed != "" {
		t.Errorf("an expired suppression: %+v", got)
	}
}

// The more false alerts are accepted, the more is raised, and never the other way round.
func TestBudgetIsMonotone(t *testing.T) {
	story := `
every workday 10:00 for 27 days: alice portal office kv-pay get db-password
day 9 10:30 n1 portal office kv-pay get db-password
day 12 10:30 n2 portal office kv-pay get db-password
day 15 10:30 n3 portal office kv-pay get db-password
day 18 10:30 n4 portal office kv-pay get db-password
day 26 10:30 n7 portal office kv-pay get db-password`
	parsed, err := scenario.Parse(story)
	if err != nil {
		t.Fatal(err)
	}
	last := -1
	var counts []int
	for _, budget := range []float64{0.05, 0.25, 1, 5} {
		e := detection.NewEngine(detection.Config{Catalogue: catalogue.All(), Settings: &detection.Settings{Everywhere: detection.Tuning{Budget: budget}}})
		e.Queue.Add(parsed.Records)
		ids := map[string]bool{}
		for _, a := range e.Settle(end.Add(24 * time.Hour)) {
			ids[a.ID] = true
		}
		counts = append(counts, len(ids))
		if len(ids) < last {
			t.Errorf("budget %g raises %d, less than a smaller one", budget, len(ids))
		}
		last = len(ids)
	}
	if counts[0] == counts[len(counts)-1] {
		t.Errorf("the budget makes no difference: %v", counts)
	}
}

// The page shows the file that the tests read.
func TestSettingsPageShowsTheExample(t *testing.T) {
	page, err := os.ReadFile("../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("testdata/settings.json")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```json\n"+string(data)+"```") {
		t.Error("docs/settings.md does not show detection/testdata/settings.json as it is")
	}
}
