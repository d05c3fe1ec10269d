package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
)

func TestCompare(t *testing.T) {
	alert := func(id string, severity detection.Severity, suppressed string) detection.Alert {
		return detection.Alert{ID: id, Severity: severity, Suppressed: suppressed}
	}
	before := []detection.Alert{alert("a", 1, ""), alert("b", 2, ""), alert("c", 2, ""), alert("d", 2, "why"), alert("e", 2, "")}
	after := []detection.Alert{alert("a", 1, ""), alert("b", 3, ""), alert("c", 2, "why"), alert("d", 2, ""), alert("f", 2, "")}
	var got []string
	for _, d := range compare(before, after) {
		got = append(got, d.Alert.ID+" "+d.Change)
	}
	if diff := cmp.Diff([]string{"b louder", "c suppressed", "d delivered", "e gone", "f raised"}, got); diff != "" {
		t.Error(diff)
	}
	if got := inNumbers(compare(before, after)); got != "1 raised, 1 gone, 1 louder, 1 suppressed, 1 delivered" {
		t.Error(got)
	}
}
