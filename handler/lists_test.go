package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
)

// An alert that rests on a list says so when the list was old at the time, and is surer of a fresh one. A list older than
// its entries count raises nothing; what is said of it then stands in health.
func TestAnAlertTellsThatItsListWasOld(t *testing.T) {
	const story = "every workday 10:00 for 2 days: alice portal office kv-pay get db-password\nday 3 10:00 alice portal %s kv-pay get db-password\n"
	for _, c := range []struct {
		place, address, id string
		kind               intel.Kind
	}{
		{"tor", scenario.TorExit, "KV_TORAccess", intel.Tor},
		{"listed", scenario.ListedRange, "KV_SuspiciousIPAccess", intel.Suspicious},
	} {
		for age, words := range map[time.Duration]string{time.Hour: "", 30 * time.Hour: "was 30 h old at that time.", 80 * time.Hour: "nothing is raised"} {
			t.Run(fmt.Sprint(c.id, " ", age), func(t *testing.T) {
				list, _, err := intel.Parse(strings.NewReader(c.address), intel.Options{Name: "a list", Kind: c.kind, Seen: scenario.Day1.AddDate(0, 0, 2).Add(10*time.Hour - age)})
				if err != nil {
					t.Fatal(err)
				}
				tale, err := scenario.Parse(fmt.Sprintf(story, c.place))
				if err != nil {
					t.Fatal(err)
				}
				engine := detection.NewEngine(detection.Config{Catalogue: catalogue.All(), Addresses: intel.NewBook(list).Addresses()})
				engine.Queue.Add(tale.Records)
				said, confidence := "nothing is raised", ""
				for _, a := range engine.Settle(scenario.Day1.AddDate(0, 1, 0)) {
					if a.Type == c.id {
						said, confidence = strings.Join(a.Reasons, " "), a.Confidence
					}
				}
				stale := words != ""
				if !strings.Contains(said, words) || strings.Contains(said, "old at that time") != strings.HasPrefix(words, "was") || (confidence == "high") == stale {
					t.Errorf("%q with confidence %q, want %q", said, confidence, words)
				}
			})
		}
	}
}
