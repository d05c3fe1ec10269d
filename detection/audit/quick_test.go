package audit

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// An identity that was read before says the same again, and no more than it did: neither what stood beside it then, nor
// less than what stands beside it now.
func TestIdentityIsRecalled(t *testing.T) {
	const identity = `"identity":{"claim":{"oid":"somebody","appid":"an app"}}`
	const beside = `"identity_claim_upn_s":"a.person@example.com"`
	record := func(members string) string {
		return `{"time":"2026-03-02T08:00:00Z","category":"AuditEvent","operationName":"SecretGet","resourceId":"/providers/microsoft.keyvault/vaults/kv",` + members + `},`
	}
	alone, before, behind := record(identity), record(beside+","+identity), record(identity+","+beside)
	for _, order := range []string{alone + alone + before + behind + alone, before + alone + before + alone, behind + before + behind + alone, beside} {
		quick, slow := NewParser(Limits{}), NewParser(Limits{})
		slow.slow = true
		got, _ := quick.Body([]byte(order), nil)
		want, _ := slow.Body([]byte(order), nil)
		if !slices.Equal(want, got) {
			t.Errorf("%s\nquick:  %+v\nothers: %+v", order, got, want)
		}
	}
	p := NewParser(Limits{})
	if p.Body([]byte(alone), nil); p.quick.who.said != nil || p.quick.who.told != nil {
		t.Errorf("%v of %q is left over from the last body", p.quick.who.said, p.quick.who.told)
	}
	if p.quick.body([]byte(alone)); p.quick.record(0) < 0 || p.quick.who.said == nil {
		t.Error("a known identity was not recalled")
	}
}

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

// What returns gets more places, up to a bound, and what never does is not written down; most of what was remembered stays.
func TestRecallGrowsWithWhatReturns(t *testing.T) {
	r := newRecall[int]()
	text := func(i int) []byte { return fmt.Appendf(nil, `{"claim":{"oid":"%d"}}`, i) }
	// look looks for some texts, and remembers those that are not known. It tells how many were.
	look := func(from, to int) (known int) {
		for i := from; i < to; i++ {
			said, length, hash := r.find(append(text(i), `,"more":1}`...))
			switch {
			case said == nil:
				r.keep(hash, text(i), i)
			case *said != i || length != len(text(i)):
				t.Fatalf("%d is taken for %d of %d bytes", i, *said, length)
			default:
				known++
			}
		}
		return known
	}
	look(0, 200*minPairs)
	written := 0
	for i := range r.pairs {
		written += min(1, len(r.pairs[i].places[0].text)) + min(1, len(r.pairs[i].places[1].text))
	}
	if written > 4*minPairs {
		t.Errorf("%d texts are kept of what never returns", written)
	}
	const many = 4 * minPairs
	for range 100 {
		look(0, many)
	}
	if known := look(0, many); known < many*3/4 {
		t.Errorf("%d of %d are remembered in %d pairs", known, many, len(r.pairs))
	}
	for range 30 {
		look(0, 4*maxPairs)
	}
	if len(r.pairs) != maxPairs {
		t.Errorf("%d pairs, at most %d", len(r.pairs), maxPairs)
	}
}

// More places lose nothing of what was remembered, the first pair's included, which is where nothing would go.
func TestRecallKeepsAllWhenItGrows(t *testing.T) {
	r := newRecall[int]()
	const first = 1 << 40 // a hash of the first pair, however many there are
	r.keep(first, []byte(`{"a":1}`), 1)
	r.keep(2*first, []byte(`{"a":2}`), 2)
	r.grow()
	for i, p := range r.pairs[0].places {
		if p.said == 0 || string(p.text) != fmt.Sprintf(`{"a":%d}`, p.said) {
			t.Errorf("place %d of the first pair holds %q as %d", i, p.text, p.said)
		}
	}
}
