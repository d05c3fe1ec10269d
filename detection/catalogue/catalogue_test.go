package catalogue

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

// lists are the address lists of the stories' world.
type lists struct{}

func (lists) Tor(a netip.Addr, _ time.Time) (detection.Listing, bool) {
	return detection.Listing{List: "tor"}, a.String() == scenario.TorExit
}

func (lists) Suspicious(a netip.Addr, _ time.Time) (detection.Listing, bool) {
	return detection.Listing{List: "bad addresses"}, netip.MustParsePrefix(scenario.ListedRange).Contains(a)
}

func (lists) Azure(a netip.Addr) bool { return netip.MustParsePrefix(scenario.AzureRange).Contains(a) }
func (lists) Known(a netip.Addr) bool { return netip.MustParsePrefix(scenario.OfficeRange).Contains(a) }
func (lists) HasAzure() bool          { return true }

// Every detection has its papers, and no two share an id.
func TestPapers(t *testing.T) {
	ids := map[string]bool{}
	for _, d := range All() {
		if err := d.Validate(); err != nil {
			t.Error(err)
		}
		if ids[d.ID] {
			t.Errorf("%s stands in the catalogue twice", d.ID)
		}
		ids[d.ID] = true
	}
}

// Every story that must fire does, with the right principal and vault, and every story that must stay silent raises
// nothing of its detection.
func TestStories(t *testing.T) {
	for _, d := range All() {
		t.Run(d.ID, func(t *testing.T) {
			for i, text := range d.Fires {
				story := parse(t, text)
				if len(story.Expect) == 0 {
					t.Fatalf("story %d must fire but expects nothing", i)
				}
				alerts := run(t, story)
				for _, e := range story.Expect {
					if !met(e, alerts) {
						t.Errorf("story %d: expected %+v, got %s\n%s", i, e, summary(alerts), text)
					}
				}
			}
			for i, text := range d.Silent {
				for _, a := range run(t, parse(t, text)) {
					if a.Type == d.ID || slices.Contains(a.Also, d.ID) {
						t.Errorf("silent story %d raised %s: %q\n%s", i, a.Type, a.Reasons, text)
					}
				}
			}
		})
	}
}

func parse(t *testing.T, text string) *scenario.Story {
	t.Helper()
	story, err := scenario.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return story
}

// run plays a story, and whatever else the catalogue has to say about it.
func run(t *testing.T, story *scenario.Story) []detection.Alert {
	t.Helper()
	return runWith(t, lists{}, story)
}

func runWith(t *testing.T, addresses detection.Addresses, story *scenario.Story) []detection.Alert {
	t.Helper()
	bait := detection.Canary{Vault: "kv-pay", Object: "bait"}
	e := detection.NewEngine(detection.Config{Catalogue: All(), Addresses: addresses, Settings: &detection.Settings{Canaries: map[detection.Canary]bool{bait: true}}})
	e.Queue.Add(story.Records)
	last := map[string]detection.Alert{}
	for _, a := range e.Settle(scenario.Day1.AddDate(1, 0, 0)) {
		if !a.Time.Before(story.From) {
			last[a.ID] = a
		}
	}
	out := make([]detection.Alert, 0, len(last))
	for _, a := range last {
		check(t, a)
		out = append(out, a)
	}
	return out
}

// check holds what every alert must carry.
func check(t *testing.T, a detection.Alert) {
	t.Helper()
	if a.ID == "" || a.Incident == "" || len(a.Reasons) == 0 || a.Confidence == "" || len(a.Vaults) == 0 || len(a.Remediation) == 0 {
		t.Errorf("%s lacks something that every alert carries: %+v", a.Type, a)
	}
	if a.Start.After(a.Time) || a.End.Before(a.Time) {
		t.Errorf("%s: time %s outside %s to %s", a.Type, a.Time, a.Start, a.End)
	}
}

func met(e scenario.Expectation, alerts []detection.Alert) bool {
	for _, a := range alerts {
		if (a.Type == e.Type || slices.Contains(a.Also, e.Type)) && (e.Who == "" || e.Who == a.Caller) && (e.Vault == "" || e.Vault == a.Vault) {
			return true
		}
	}
	return false
}

func summary(alerts []detection.Alert) (out []string) {
	for _, a := range alerts {
		out = append(out, a.Type+" "+a.CallerName+" "+a.Time.Format(time.DateTime))
	}
	return out
}
