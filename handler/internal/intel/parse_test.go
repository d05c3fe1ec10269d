package intel

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var equalPrefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func day(n, hour, minute, second int) time.Time {
	return time.Date(2026, 9, n, hour, minute, second, 0, time.UTC)
}

func entry(prefix string, first, last time.Time, label string) Entry {
	return Entry{Prefix: netip.MustParsePrefix(prefix), First: first, Last: last, Label: label}
}

func parse(t *testing.T, text string, o Options) (List, []Problem) {
	t.Helper()
	o.Name = "test"
	l, problems, err := Parse(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return l, problems
}

func TestParseReadsEveryFormat(t *testing.T) {
	always := time.Time{}
	for _, c := range []struct {
		name, text, file string
		kind             Kind
		want             []Entry
	}{
		{name: "plain", kind: Suspicious, text: "\ufeff# addresses\r\n\r\n203.0.113.7\r\n2001:db8::7\n  198.51.100.0/24\n", want: []Entry{
			entry("198.51.100.0/24", always, always, ""), entry("203.0.113.7/32", always, always, ""), entry("2001:db8::7/128", always, always, ""),
		}},
		{name: "trailing fields", kind: Suspicious, text: "; Spamhaus DROP List\n192.0.2.0/24 ; SBL1\n203.0.113.1,tcp,22\n203.0.113.2\t7\t2026-09-01\n203.0.113.3#brute force\n", want: []Entry{
			entry("192.0.2.0/24", always, always, "SBL1"), entry("203.0.113.1/32", always, always, ""),
			entry("203.0.113.2/32", always, always, ""), entry("203.0.113.3/32", always, always, "brute force"),
		}},
		{name: "other spellings", kind: Suspicious, text: "::ffff:203.0.113.7\n203.0.113.7\n203.0.113.9/24\n::ffff:192.0.2.0/120\n", want: []Entry{
			entry("192.0.2.0/24", always, always, ""), entry("203.0.113.0/24", always, always, ""), entry("203.0.113.7/32", always, always, ""),
		}},
		{name: "exit-addresses", kind: Tor, file: "exit-addresses.txt", want: []Entry{
			entry("198.51.100.74/32", day(10, 11, 47, 18), day(10, 11, 47, 18), "0011BD2485AD45D984EC4159C88FC066E5E3300E"),
			entry("203.0.113.111/32", day(10, 10, 31, 2), day(10, 10, 31, 2), "0020D99E02FBF63F8D2D4F9A11E4CB2BDEDDBD63"),
			entry("203.0.113.112/32", day(8, 4, 0, 0), day(8, 4, 0, 0), "0020D99E02FBF63F8D2D4F9A11E4CB2BDEDDBD63"),
		}},
		{name: "onionoo", kind: Tor, file: "onionoo.json", want: []Entry{
			entry("198.51.100.8/32", day(10, 11, 0, 0), day(10, 11, 0, 0), "AAAA teapot"),
			entry("203.0.113.9/32", day(10, 10, 0, 0), day(10, 10, 0, 0), "BBBB kettle"),
			entry("2001:db8:7::1/128", day(10, 11, 0, 0), day(10, 11, 0, 0), "AAAA teapot"),
		}},
		{name: "JSON lines", kind: Suspicious, file: "drop_v4.json", want: []Entry{
			entry("192.0.2.0/24", always, always, "SBL000001"), entry("198.51.100.0/25", always, always, "SBL000002"),
		}},
		{name: "JSON lines with times", kind: Suspicious,
			text: `{"ip":"203.0.113.1","first_seen":"2026-09-01T00:00:00Z","last_seen":"2026-09-03 12:00:00","category":"scanner","label":7}` + "\n" +
				`{"prefix":"203.0.113.4/30","last_seen":"2026-09-04"}` + "\n" + `{"ip_address":"203.0.113.9","expires":"2026-09-09T00:00:00+02:00"}` + "\n",
			want: []Entry{
				entry("203.0.113.1/32", day(1, 0, 0, 0), day(3, 12, 0, 0), "scanner"), entry("203.0.113.4/30", day(4, 0, 0, 0), day(4, 0, 0, 0), ""),
				entry("203.0.113.9/32", time.Unix(1, 0).UTC(), day(8, 22, 0, 0), ""),
			}},
		{name: "service tags", kind: Azure, file: "service-tags.json", want: []Entry{
			entry("13.69.0.0/17", always, always, "AzureCloud.westeurope"), entry("20.21.32.28/30", always, always, "AzureCloud.westeurope"),
			entry("2603:1000:4:402::178/125", always, always, ""),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.file != "" {
				raw, err := os.ReadFile(filepath.Join("testdata", c.file))
				if err != nil {
					t.Fatal(err)
				}
				c.text = string(raw)
			}
			l, problems := parse(t, c.text, Options{Kind: c.kind})
			if diff := cmp.Diff(c.want, l.Entries, equalPrefixes); diff != "" {
				t.Error(diff)
			}
			if len(problems) != 0 || l.Count != len(c.want) || l.Kind != c.kind {
				t.Errorf("problems %v, count %d, kind %s", problems, l.Count, l.Kind)
			}
		})
	}
}

func TestParseGivesTheTimeOfTheListToEntriesWithout(t *testing.T) {
	taken := day(10, 12, 0, 0)
	l, _ := parse(t, `{"ip":"203.0.113.1"}`+"\n"+`{"ip":"203.0.113.2","first_seen":"2026-09-01"}`+"\n"+`{"ip":"203.0.113.3","expires":"2026-09-12"}`+"\n"+
		`{"ip":"203.0.113.4","first_seen":"2026-10-01"}`, Options{Kind: Suspicious, Seen: taken.Add(time.Millisecond)})
	want := []Entry{
		entry("203.0.113.1/32", taken, taken, ""), entry("203.0.113.2/32", day(1, 0, 0, 0), taken, ""),
		entry("203.0.113.3/32", taken, day(12, 0, 0, 0), ""), entry("203.0.113.4/32", day(31, 0, 0, 0), day(31, 0, 0, 0), ""),
	}
	if diff := cmp.Diff(want, l.Entries, equalPrefixes); diff != "" {
		t.Error(diff)
	}
	if !l.Taken.Equal(taken) {
		t.Errorf("taken %v", l.Taken)
	}
}

func TestParseRefusesUnbelievableLists(t *testing.T) {
	ten := ""
	for i := range 10 {
		ten += fmt.Sprintf("203.0.113.%d\n", i)
	}
	for name, c := range map[string]struct {
		text string
		o    Options
		want error
	}{
		"empty":                {"", Options{}, ErrEmpty},
		"comments":             {"# nothing today\n", Options{}, ErrEmpty},
		"page":                 {"\n <!DOCTYPE html><title>502</title>", Options{}, ErrHTML},
		"no addresses":         {"Service temporarily unavailable\n", Options{}, ErrEmpty},
		"JSON without entries": {`{"relays":[]}`, Options{}, ErrEmpty},
		"JSON of another kind": {`{"error":"quota"}`, Options{}, ErrEmpty},
		"JSON list":            {`["203.0.113.1"]`, Options{}, ErrEmpty},
		"cut JSON":             {`{"relays":[{"nickname":"a","exit_addresses":["203.0.1`, Options{}, ErrEmpty},
		"few":                  {ten, Options{MinEntries: 11}, ErrShort},
		"shrank":               {ten, Options{Previous: 50}, ErrShrank},
		"all private":          {"10.0.0.1\n", Options{}, ErrEmpty},
	} {
		c.o.Kind, c.o.Name = Suspicious, "test"
		l, _, err := Parse(strings.NewReader(c.text), c.o)
		if !errors.Is(err, c.want) || len(l.Entries) > 0 {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if l, _ := parse(t, ten, Options{Kind: Suspicious, Previous: 49, MinEntries: 10}); l.Count != 10 {
		t.Errorf("a smaller list within reason was refused: %d", l.Count)
	}
}

func TestParsePassesOnAReadError(t *testing.T) {
	_, _, err := Parse(io.MultiReader(strings.NewReader("203.0.113.1\n"), iotest.ErrReader(io.ErrUnexpectedEOF)), Options{Kind: Tor, Name: "x"})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a truncated list was taken: %v", err)
	}
}

func TestParseBoundsEntries(t *testing.T) {
	var text strings.Builder
	for i := range MaxEntries + 10 {
		fmt.Fprintf(&text, "2001:db8::%x:%x\n", i>>16, i&0xffff)
	}
	if _, _, err := Parse(strings.NewReader(text.String()), Options{Kind: Known, Name: "x"}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestParseLeavesOutUnwantedEntriesAndSaysWhy(t *testing.T) {
	guard := NewBook(
		List{Kind: Azure, Entries: []Entry{entry("20.33.0.0/16", time.Time{}, time.Time{}, "")}},
		List{Kind: Known, Entries: []Entry{entry("198.51.100.0/24", time.Time{}, time.Time{}, "")}},
	)
	good := "203.0.113.1\n"
	for _, c := range []struct {
		line, reason string
		wide         bool
		kinds        string // kinds that leave it out
	}{
		{line: "10.1.2.3", reason: "private", kinds: "tor suspicious"},
		{line: "172.16.0.0/24", reason: "private", kinds: "tor suspicious"},
		{line: "fd00::1", reason: "private", kinds: "tor suspicious"},
		{line: "127.0.0.1", reason: "loopback", kinds: "tor suspicious"},
		{line: "100.64.0.1", reason: "carriers", kinds: "tor suspicious"},
		{line: "169.254.1.0/24", reason: "link-local", kinds: "tor suspicious"},
		{line: "239.1.1.1", reason: "multicast", kinds: "tor suspicious"},
		{line: "192.0.0.0/8", reason: "private", wide: true, kinds: "tor suspicious"},
		{line: "45.0.0.0/15", reason: "wider", kinds: "tor suspicious"},
		{line: "2a00::/31", reason: "wider", kinds: "tor suspicious"},
		{line: "45.0.0.0/15", wide: true},
		{line: "45.0.0.0/16"},
		{line: "2a00::/32"},
		{line: "20.33.7.7", reason: "Azure", kinds: "suspicious"},
		{line: "20.33.7.0/24", reason: "Azure", kinds: "suspicious"},
		{line: "198.51.100.9", reason: "your own", kinds: "suspicious"},
		{line: "0.0.0.0/0", reason: "whole internet", wide: true, kinds: "tor suspicious azure known"},
		{line: "::/0", reason: "whole internet", wide: true, kinds: "tor suspicious azure known"},
		{line: "fe80::1%eth0", reason: "zone", kinds: "tor suspicious azure known"},
		{line: "203.0.113.300", reason: "neither", kinds: "tor suspicious azure known"},
		{line: "203.0.113.1-203.0.113.9", reason: "neither", kinds: "tor suspicious azure known"},
		{line: "::ffff:0:0/90", reason: "mixes", kinds: "tor suspicious azure known"},
	} {
		for _, kind := range []Kind{Tor, Suspicious, Azure, Known} {
			l, problems := parse(t, good+c.line+"\n", Options{Kind: kind, AllowWide: c.wide, Guard: guard})
			out := strings.Contains(c.kinds, string(kind))
			if (len(problems) == 1) != out || (l.Count == 1) != out {
				t.Errorf("%s in a %s list: problems %v, %d entries", c.line, kind, problems, l.Count)
			}
			if out && (problems[0].Line != 2 || !strings.Contains(problems[0].String(), c.reason)) {
				t.Errorf("%s: %s, want %q", c.line, problems[0], c.reason)
			}
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	_, problems := parse(t, "203.0.113.1\n"+strings.Repeat("é\x00"+strings.Repeat("y", 1000)+"\n", 1000), Options{Kind: Suspicious})
	if len(problems) != maxProblems+1 || !strings.Contains(problems[maxProblems].Reason, "950 more") {
		t.Errorf("%d problems, the last %v", len(problems), problems[len(problems)-1])
	}
	for _, p := range problems {
		if len(p.Text) > maxQuote || !utf8.ValidString(p.Text) {
			t.Errorf("unbounded: %q", p.Text)
		}
	}
}

func TestLabelsStayText(t *testing.T) {
	l, _ := parse(t, "203.0.113.1 ; \x1b[31m<b>é\u202e\xff"+strings.Repeat("é", 200), Options{Kind: Suspicious})
	label := l.Entries[0].Label
	if len(label) > maxLabel || !utf8.ValidString(label) || strings.ContainsAny(label, "\x1b\u202e") || !strings.HasPrefix(label, "[31m<b>é") {
		t.Errorf("label %q", label)
	}
}

// The lists of a month of labelled traffic, where they are at hand.
func TestParseTakesTheCorpusListsWhole(t *testing.T) {
	shared := os.Getenv("VAULTWATCH_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	for file, kind := range map[string]Kind{"tor-exits.txt": Tor, "suspicious-ips.txt": Suspicious, "azure-ranges.txt": Azure, "known-ranges.txt": Known} {
		text, err := os.ReadFile(filepath.Join(shared, "corpus", "dev", file))
		if err != nil {
			t.Skip("the corpus is not here; set VAULTWATCH_SHARED to the folder above corpus/")
		}
		lines := map[string]bool{} // some addresses are there twice
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				lines[line] = true
			}
		}
		if l, problems := parse(t, string(text), Options{Kind: kind}); len(problems) > 0 || l.Count != len(lines) {
			t.Errorf("%s: %d of %d, problems %v", file, l.Count, len(lines), problems)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range []string{"exit-addresses.txt", "onionoo.json", "service-tags.json", "drop_v4.json"} {
		raw, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw), true)
	}
	f.Add("203.0.113.1 ; x\n# y\n::ffff:1.2.3.4/128\n", false)
	f.Fuzz(func(t *testing.T, text string, dated bool) {
		o := Options{Name: "fuzz", Kind: Suspicious}
		if dated {
			o.Seen = day(10, 0, 0, 0)
		}
		l, problems, err := Parse(strings.NewReader(text), o)
		if len(problems) > maxProblems+1 || err != nil && len(l.Entries) > 0 {
			t.Fatalf("%d problems, %v", len(problems), err)
		}
		for _, e := range l.Entries {
			if e.Prefix != e.Prefix.Masked() || e.Prefix.Addr().Is4In6() || e.First.After(e.Last) || len(e.Label) > maxLabel {
				t.Fatalf("not canonical: %+v", e)
			}
		}
		kept, err := Encode(l)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(kept)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l.Entries, again.Entries, equalPrefixes, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}
