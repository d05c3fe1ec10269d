package audit

import (
	"strings"
	"testing"
)

// Records as they usually come must take the quick way, or it is there for nothing; what it leaves to the others is
// named here.
func TestQuick(t *testing.T) {
	const head = `{"time":"2026-03-02T08:00:00Z","operationName":"SecretGet",`
	for _, c := range []struct {
		name, record string
		quick        bool
	}{
		{"properties and claims", head + `"identity":{"claim":{"oid":"x","a":[]}},"properties":{"id":"y","n":-1.5,"w":null}}`, true},
		{"blanks", "{ \"time\" : \"2026\" ,\r\n\t\"properties\" : { } }", true},
		{"an escaped text", head + `"resultDescription":"a\nb","properties":{"x":"\\"}}`, true},
		{"settings", head + `"properties":{"properties":{"networkAcls":{"ipRules":[{"value":"1"}]}}}}`, true},
		{"an unknown tree", head + `"properties":{"keyProperties":{"attributes":{"enabled":true}}}}`, true},
		{"a wrapper", `{"value":[{"a":1}]}`, false},
		{"an escaped key", `{"a\n":1}`, false},
		{"JSON as text", head + `"properties":"{}"}`, false},
		{"nested claims", head + `"identity":{"claim":{"a":{"b":1}}}}`, false},
		{"properties twice", head + `"properties":{},"properties":{}}`, false},
		{"a line break in a text", "{\"a\":\"\n\"}", false},
		{"an exponent", `{"a":1e5}`, false},
		{"a number that is none", `{"a":01}`, false},
		{"no end", `{"a":{"b":1}`, false},
		{"depth", `{"a":{"b":` + strings.Repeat("[", maxQuickDepth) + strings.Repeat("]", maxQuickDepth) + `}}`, false},
	} {
		q := NewParser(Limits{}).quick
		q.body([]byte(c.record))
		if end := q.record(0); (end == len(c.record)) != c.quick || !c.quick && end != -1 {
			t.Errorf("%s: ended at %d of %d", c.name, end, len(c.record))
		}
	}
}
