package invoke

import (
	"bytes"
	"encoding/base64"
	"testing"
)

// The fast way decodes to the same bytes as the standard library, or refuses as it does.
func FuzzDecode64(f *testing.F) {
	for _, s := range []string{"", "00=", "aGVsbG8=", "aGVsbG8", "aG\nVsbG8=", "aGVsbG9=aGVsbG9=", "aGVsbG9h====", "aGVsb=9haGVsbG9h", "aGVsbG9haGVsbG9haGVsbG9haGVsbG9haGVsbG9haGVs\nG9haGVsb\rG9haGVsbG9haG=="} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		want, got := make([]byte, base64.StdEncoding.DecodedLen(len(src))), make([]byte, base64.StdEncoding.DecodedLen(len(src))+1)
		got[len(got)-1] = 'x'
		n, err := base64.StdEncoding.Decode(want, src)
		m, failed := decode64(got[:len(want)], src)
		if (err == nil) != (failed == nil) || err == nil && !bytes.Equal(want[:n], got[:m]) {
			t.Errorf("%q: %q (%v), want %q (%v)", src, got[:m], failed, want[:n], err)
		}
		if got[len(got)-1] != 'x' {
			t.Errorf("%q: wrote behind the buffer", src)
		}
		// Valid text of any length and content comes back.
		text := base64.StdEncoding.EncodeToString(src)
		back := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		if k, err := decode64(back, []byte(text)); err != nil || !bytes.Equal(back[:k], src) {
			t.Errorf("%q came back as %q: %v", src, back[:k], err)
		}
	})
}
