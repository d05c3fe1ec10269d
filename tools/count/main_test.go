package main

import (
	"strings"
	"testing"
)

// Every way in which a run can go wrong is counted and ends in failure.
func TestCount(t *testing.T) {
	for _, c := range []struct {
		name, in string
		last     string
		ok       bool
	}{
		{"good", `{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:1: no corpus\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p"}`, "1 passed, 0 failed, 1 skipped", true},
		{"a test failed", `{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}`, "1 passed, 1 failed, 0 skipped", false},
		{"a package does not build", `{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"q"}`, "1 passed, 1 failed, 0 skipped", false},
		{"nothing ran", `go: no such tool`, "0 passed, 0 failed, 0 skipped", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			ok := count(strings.NewReader(c.in), &out)
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if ok != c.ok || lines[len(lines)-1] != c.last {
				t.Errorf("%v, %s", ok, out.String())
			}
			if c.name == "good" && !strings.Contains(out.String(), "skipped TestB: b_test.go:1: no corpus") {
				t.Errorf("the reason for skipping is not told:\n%s", out.String())
			}
		})
	}
}
