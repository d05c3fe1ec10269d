package audit

import (
	"bytes"
	"testing"
)

// What is skipped in a string eight bytes at a time ends where a look at every byte says.
func FuzzPlain(f *testing.F) {
	f.Add([]byte(`plain text of some length", "next"`))
	f.Add([]byte(`quo\"ted \\", `))
	f.Add([]byte("\x0b\x0a\x23\x22\x5d\x5c broken\nline\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		for from := range text {
			want := bytes.IndexAny(text[from:], "\"\\\n")
			got := plain(text, from) - from
			if want >= 0 && got > want || want < 0 && got > len(text)-from || got < min(want, (len(text)-from)&^7) {
				t.Fatalf("%q from %d: went on to %d, the first that matters is at %d", text, from, got, want)
			}
		}
	})
}

// An address read by hand is the one that the library reads.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"203.0.113.7:6495", "203.0.113.7", "[2001:db8::1]:443", "2001:db8::1", "1.2.3:4", "1.2.3.4:", "1.2.3.4:99999", "1.2.3.4:0080", ":80", "203.0.113.xxx", "1.2.3", "1.2.3.4.", "1.02.3.4", "256.1.1.1", "0.0.0.0", "1..2.3", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, ok := parse4([]byte(s)); ok && got != parseAddress(s) {
			t.Errorf("%q: %v, want %v", s, got, parseAddress(s))
		}
	})
}

// A query is the client's to write: it names no vault and no object.
func TestQueryPointsAtNothing(t *testing.T) {
	for _, url := range []string{"/secrets/a?next=https://other.vault.azure.net/keys/b", "/secrets/a?://x/keys/b", "/secrets/a"} {
		p := NewParser(Limits{})
		p.quick.body([]byte(`{"id":"` + url + `"}`))
		p.quick.record(0)
		if r := p.request(); r.hosted || r.host != "" || r.object != (Object{Type: Secret, Name: "a"}) {
			t.Errorf("%s: %+v", url, r)
		}
	}
}
