package console

import (
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Ensure that a number is drawn where it is unusual, with what it was held against, and nowhere else.
func TestNumbersAreDrawnWhereUnusual(t *testing.T) {
	number := func(observed, usual, most float64) detection.Number {
		return detection.Number{Detection: "KV_OperationVolumeAnomaly", What: "requests within an hour", Observed: observed, Usual: usual, Most: most}
	}
	for name, c := range map[string]struct {
		number detection.Number
		drawn  bool
	}{
		"far beyond": {number(120, 0.5, 4), true}, "never before": {number(5, 0, 0), true},
		"below the most": {number(3, 1, 4), false}, "the most": {number(4, 1, 4), false}, "hardly more than usual": {number(11, 8, 10), false},
	} {
		list := numberEvidence(detection.Alert{Numbers: []detection.Number{c.number}})
		if (len(list) == 1) != c.drawn {
			t.Errorf("%s: %d drawings", name, len(list))
		}
	}
	got := numberEvidence(detection.Alert{Numbers: []detection.Number{{What: "distinct objects within an hour", Vault: "/v/kv-a", Observed: 14, Usual: 1.16, Most: 2, Span: "a day"}}, Vaults: []string{"/v/kv-a", "/v/kv-b"}})[0]
	if got.What != "Distinct objects within an hour on kv-a" || got.Says != "14 here; usual 1.2 a day, at most 2 in 30 days" || !strings.Contains(string(got.Drawing), "<svg") {
		t.Errorf("%q: %q", got.What, got.Says)
	}
}
