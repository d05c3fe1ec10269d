package quality

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

var day = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)

func at(days int, hours float64) time.Time {
	return day.AddDate(0, 0, days).Add(time.Duration(hours * float64(time.Hour)))
}

// small are labels with one attack on two vaults and one novelty; the first ten days are for learning.
func small() month.Labels {
	decided := at(12, 10.1)
	return month.Labels{Vaults: 3, Start: day, Learned: at(10, 0), End: at(40, 0), Episodes: []month.Episode{
		{ID: "dump-0", Scenario: "dump", Class: month.Attack, Start: at(12, 10), End: at(12, 11), Callers: []string{"thief"}, Vaults: []string{"/V/A", "/V/B"}, Addresses: []string{"198.51.100.7"},
			Must:   []month.Requirement{{Any: []string{"KV_ListGetAnomaly"}, Callers: []string{"thief"}, Vaults: []string{"/V/A", "/V/B"}, Min: 2, Decided: &decided}},
			May:    []string{"KV_UserAppAnomaly"},
			Forbid: []string{"KV_AppAnomaly"},
			Limits: []month.Limit{{Types: []string{"KV_UserAppAnomaly"}, Max: 1}},
			Objects: []month.Object{{Vault: "/v/a", Name: "secrets/one"}, {Vault: "/v/a", Name: "secrets/two"},
				{Vault: "/v/b", Name: "secrets/three"}, {Vault: "/v/b", Name: "secrets/four"}}},
		{ID: "joiner-0", Scenario: "joiner", Class: month.Novel, Start: at(14, 9), End: at(14, 12), Callers: []string{"new"}, Vaults: []string{"/V/C"}, May: []string{"KV_UserAnomaly"}},
	}}
}

func alertOf(id, kind, vault, caller string, when time.Time) Finding {
	return Finding{ID: id, Type: kind, Time: when, Vaults: []string{vault}, Caller: caller}
}

func TestVerdicts(t *testing.T) {
	inside := at(12, 10.5)
	for _, test := range []struct {
		name     string
		findings []Finding
		want     func(Report) any
		value    any
	}{
		{"one vault of two is not enough", []Finding{alertOf("1", "KV_ListGetAnomaly", "/v/a", "thief", inside)}, func(r Report) any { return r.Met }, 0},
		{"both vaults meet it", []Finding{alertOf("1", "KV_ListGetAnomaly", "/v/a", "thief", inside), alertOf("2", "KV_ListGetAnomaly", "/v/b", "THIEF", inside)}, func(r Report) any { return r.Met }, 1},
		{"the wrong caller does not", []Finding{alertOf("1", "KV_ListGetAnomaly", "/v/a", "colleague", inside)}, func(r Report) any { return []int{r.Met, r.False} }, []int{0, 1}},
		{"a forbidden type is false inside", []Finding{alertOf("1", "KV_AppAnomaly", "/v/a", "thief", inside)}, func(r Report) any { return []int{r.Forbidden, r.False} }, []int{1, 1}},
		{"an unnamed type is tolerated", []Finding{alertOf("1", "KV_UserAnomaly", "/v/a", "thief", inside)}, func(r Report) any { return []int{r.Unexpected, r.False} }, []int{1, 0}},
		{"beyond the limit is false", []Finding{alertOf("1", "KV_UserAppAnomaly", "/v/a", "thief", inside), alertOf("2", "KV_UserAppAnomaly", "/v/b", "thief", inside)}, func(r Report) any { return r.False }, 1},
		{"an update is not another alert", []Finding{alertOf("1", "KV_UserAppAnomaly", "/v/a", "thief", inside), alertOf("1", "KV_UserAppAnomaly", "/v/a", "thief", inside)}, func(r Report) any { return []int{r.Alerts, r.Lines, r.False} }, []int{1, 2, 0}},
		{"a repetition within a day is not false", []Finding{alertOf("1", "KV_ListGetAnomaly", "/v/a", "thief", at(13, 0))}, func(r Report) any { return r.False }, 0},
		{"two days later it is", []Finding{alertOf("1", "KV_ListGetAnomaly", "/v/a", "thief", at(14, 13))}, func(r Report) any { return r.False }, 1},
		{"novelty is understandable", []Finding{alertOf("1", "KV_UserAnomaly", "/v/c", "new", at(14, 10))}, func(r Report) any { return []int{r.OnNovel, r.False} }, []int{1, 0}},
		{"on novelty another type is false", []Finding{alertOf("1", "KV_ListGetAnomaly", "/v/c", "new", at(14, 10))}, func(r Report) any { return []int{r.OnNovel, r.False} }, []int{0, 1}},
		{"an address of the attacker will do", []Finding{{ID: "1", Type: "KV_UserAppAnomaly", Time: inside, Vaults: []string{"/v/a"}, IP: "198.51.100.7"}}, func(r Report) any { return r.False }, 0},
		{"while learning it is counted apart", []Finding{alertOf("1", "KV_UserAnomaly", "/v/c", "x", at(3, 0))}, func(r Report) any { return []int{r.False, r.FalseLearned} }, []int{0, 1}},
	} {
		if got := test.want(Judge(small(), test.findings, Options{})); !cmp.Equal(got, test.value) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.value)
		}
	}
}

func TestDelayRunsFromTheDecidingRecord(t *testing.T) {
	first, second := alertOf("1", "KV_ListGetAnomaly", "/v/a", "thief", at(12, 10.2)), alertOf("2", "KV_ListGetAnomaly", "/v/b", "thief", at(12, 10.3))
	second.Raised = at(12, 12.1)
	r := Judge(small(), []Finding{first, second}, Options{})
	if r.MedianDelay == nil || *r.MedianDelay != 7200 {
		t.Errorf("median delay is %v, want the two hours from the deciding record to the telling", r.MedianDelay)
	}
}

func TestObjectList(t *testing.T) {
	alert := detection.Alert{ID: "1", Type: "KV_ListGetAnomaly", Vault: "/V/A", Caller: "thief", Time: at(12, 10.5), Objects: []detection.Touched{
		{Vault: "/V/A", Name: "secrets/One"}, {Vault: "/v/b", Name: "secrets/three"}, {Vault: "/v/b", Name: "secrets/three"}, {Vault: "/v/b", Name: "secrets/innocent"}}}
	r := Judge(small(), Findings([]detection.Alert{alert}), Options{})
	if r.ObjectRecall == nil || *r.ObjectRecall != 0.5 || *r.ObjectPrecision != 0.6667 {
		t.Errorf("object recall %v and precision %v, want 0.5 and 0.6667", *r.ObjectRecall, *r.ObjectPrecision)
	}
}

func TestNothingRaised(t *testing.T) {
	r := Judge(small(), nil, Options{})
	if r.Met != 0 || *r.Expectations != 0 || r.MedianDelay != nil || *r.FalseRate != 0 || r.ObjectRecall != nil {
		t.Errorf("silence was measured as %+v", r)
	}
	if len(r.Missed) != 1 || r.Missed[0].Episode != "dump-0" {
		t.Errorf("missed is %v, want the dump", r.Missed)
	}
}

func TestReadFindingsSaysWhichLineIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"{\"type\":\"x\",\"time\":\"2026-01-01T00:00:00Z\"}\n{": "line 2",
		`{"time":"2026-01-01T00:00:00Z"}`:                       "needs a type",
		`{"type":"x","time":"yesterday"}`:                       "line 1",
	} {
		if _, err := ReadFindings(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

func TestMarkdownHoldsEveryStoryAndStaysATable(t *testing.T) {
	findings := []Finding{alertOf("1", "KV_|evil|", "/v/a", "thief", at(12, 10.5))}
	var b strings.Builder
	if err := Judge(small(), findings, Options{}).Markdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| dump | attack | 1 | 1 |", "| joiner | novel |", `KV_\|evil\|`, "Requirement not met", "| Attacks seen | 100.0 % |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the tables lack %q:\n%s", want, b.String())
		}
	}
}
