package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/catalogue"
)

// docs/detections.md is what the detections say of themselves.
func TestDetectionsPageIsFresh(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "detections.md"))
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != good(t, surroundings{}, "catalogue", "--markdown").out {
		t.Error("docs/detections.md is not what the catalogue says; refresh it from the root of the repository by\n\tgo run ./handler catalogue --markdown > docs/detections.md")
	}
}

// The list and the page name every detection, the page with its stories.
func TestCatalogueIsWhole(t *testing.T) {
	list := good(t, surroundings{}, "catalogue").out
	page := good(t, surroundings{}, "catalogue", "--markdown").out
	for _, d := range catalogue.All() {
		if !strings.Contains(list, d.ID) || !strings.Contains(list, d.Title) {
			t.Errorf("the list lacks %s", d.ID)
		}
		if !strings.Contains(page, "\n## "+d.ID+"\n") || !strings.Contains(page, strings.TrimSpace(d.Fires[0])) || !strings.Contains(page, strings.TrimSpace(d.Silent[0])) {
			t.Errorf("the page lacks %s or a story of it", d.ID)
		}
	}
}

// Every type has a sample, which says in every form that it is one.
func TestSampleAlerts(t *testing.T) {
	samples := alertsOf(t, good(t, surroundings{}, "sample-alert", "--json").out)
	all := catalogue.All()
	if len(samples) != len(all) {
		t.Fatalf("%d samples of %d types", len(samples), len(all))
	}
	for i, a := range samples {
		if a.Type != all[i].ID || !a.Sample || !strings.HasPrefix(a.Title, "[SAMPLE ALERT] ") || len(a.Reasons) == 0 {
			t.Errorf("%s: %+v", all[i].ID, a)
		}
	}
	if page := good(t, surroundings{}, "sample-alert", "kv_toraccess").out; !strings.Contains(page, "SAMPLE") || !strings.Contains(page, "KV_TORAccess") {
		t.Errorf("the page of one sample:\n%s", page)
	}
}
