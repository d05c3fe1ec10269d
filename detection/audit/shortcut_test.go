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

// An address read without its port is the one read with it.
func FuzzWithoutPort(f *testing.F) {
	for _, s := range []string{"203.0.113.7:6495", "203.0.113.7", "[2001:db8::1]:443", "2001:db8::1", "1.2.3:4", "1.2.3.4:", "1.2.3.4:99999", "1.2.3.4:0080", ":80", "203.0.113.xxx"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := parseAddress(string(withoutPort([]byte(s)))), parseAddress(s); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	})
}
