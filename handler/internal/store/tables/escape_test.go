package tables

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// The examples of escape's comment.
func TestEscapeExamples(t *testing.T) {
	for key, want := range map[string]string{
		"inbox/3/0007": "inbox..3..0007", " ": "!V", ".": ".-", "/": "..", "é": "|7{i", "A-Z_a-z0-9:@": "A-Z_a-z0-9:@",
	} {
		if got := escape(key); got != want {
			t.Errorf("escape(%q) = %q, want %q", key, got, want)
		}
	}
}

// Every byte becomes one or two characters that Azure allows; no code is the beginning of another; codes ascend as the
// bytes do. From these three it follows that escaping is reversible and keeps the order of all keys.
func TestEscapeOfEveryByte(t *testing.T) {
	previous := ""
	for b := range 256 {
		code := escape(string([]byte{byte(b)}))
		if len(code) < 1 || len(code) > 2 || strings.ContainsAny(code, "/\\#?%+'\"`&<> ") && b != '`' {
			t.Errorf("byte %#x becomes %q", b, code)
		}
		for _, c := range code {
			if c <= ' ' || c > '~' {
				t.Errorf("byte %#x becomes %q, which is not printable", b, code)
			}
		}
		if b > 0 && (code <= previous || strings.HasPrefix(code, previous)) {
			t.Errorf("byte %#x becomes %q, after %q", b, code, previous)
		}
		previous = code
		if back, err := unescape(code); err != nil || back != string([]byte{byte(b)}) {
			t.Errorf("byte %#x comes back as %q, %v", b, back, err)
		}
	}
	if n := len(escape(strings.Repeat("\xff", store.MaxKey))); 2*n > 1<<10 {
		t.Errorf("the longest key takes %d bytes of UTF-16", 2*n)
	}
}

func TestEscapeKeepsOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	draw := func() string {
		out := make([]byte, random.IntN(6))
		for i := range out {
			out[i] = byte(random.Uint32())
			if random.IntN(2) == 0 {
				out[i] = "./;@[_`{~-09azAZ"[random.IntN(16)]
			}
		}
		return string(out)
	}
	for range 100_000 {
		a, b := draw(), draw()
		if strings.Compare(a, b) != strings.Compare(escape(a), escape(b)) {
			t.Fatalf("%q and %q are in another order as %q and %q", a, b, escape(a), escape(b))
		}
	}
}

// What vaultwatch did not write is refused, not guessed at.
func FuzzUnescape(f *testing.F) {
	for _, escaped := range []string{"", "a", "!", "!!", "..", ".-", ".x", "~z", "~", "a/b", "é", ";A", "`-", "`0"} {
		f.Add(escaped)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		key, err := unescape(escaped)
		if err == nil && escape(key) != escaped {
			t.Errorf("unescape(%q) = %q, which escapes to %q", escaped, key, escape(key))
		}
	})
}
