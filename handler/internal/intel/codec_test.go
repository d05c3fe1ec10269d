package intel

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func sampleList() List {
	return List{
		Name: "exits", Kind: Tor, Source: "https://example.org/x?a=<b>", Confidence: "high", Taken: day(10, 12, 0, 0), Count: 1,
		ETag: `W/"1"`, Modified: "Thu, 10 Sep 2026 12:00:00 GMT", Entries: []Entry{
			entry("198.51.100.1/32", day(8, 0, 0, 0), day(10, 12, 0, 0), "AAAA <teapot> é"),
			entry("2001:db8::/33", time.Time{}, time.Time{}, ""),
		},
	}
}

func TestDecodeReadsWhatEncodeWrote(t *testing.T) {
	for _, want := range []List{sampleList(), {}} {
		kept, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(kept)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equalPrefixes, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		again, err := Encode(got)
		if err != nil || !bytes.Equal(kept, again) {
			t.Errorf("the same list has two encodings (%v)", err)
		}
	}
}

func TestDecodeRefusesDamageAndOtherVersions(t *testing.T) {
	kept, err := Encode(sampleList())
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(kept)
	other[0]++
	flipped := bytes.Clone(kept)
	flipped[len(flipped)/2] ^= 0x40
	for name, data := range map[string][]byte{
		"nothing": nil, "other version": other, "cut": kept[:len(kept)-5], "flipped bit": flipped, "no gzip": {codecVersion, 'x'},
		"no JSON":    packed(t, "x"),
		"bad prefix": packed(t, `{"entries":[{"p":"203.0.113.0/99"}]}`),
		"no prefix":  packed(t, `{"entries":[{}]}`),
	} {
		if l, err := Decode(data); err == nil {
			t.Errorf("%s: decoded to %+v", name, l)
		}
	}
	if _, err := Decode(packed(t, strings.Repeat(" ", MaxBytes+1))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a bomb: %v", err)
	}
}

func packed(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	out.WriteByte(codecVersion)
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// FuzzDecode feeds the JSON inside, since gzip's checksum would keep a fuzzer from ever getting there.
func FuzzDecode(f *testing.F) {
	f.Add(`{"name":"a","kind":"tor","taken":1757500000,"count":1,"entries":[{"p":"198.51.100.1/32","f":1757400000,"l":1757500000,"n":"x"}]}`)
	f.Add(`{"entries":[{"p":"::ffff:1.2.3.4/128","f":-1},{"p":"10.0.0.0/8","l":99999999999999}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Decode(packed(t, text))
		if err != nil {
			return
		}
		kept, err := Encode(l)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(kept)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l, again, equalPrefixes, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		NewBook(l)
	})
}
