package intel

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testBook() *Book {
	never := time.Time{}
	return NewBook(
		List{Name: "exits", Kind: Tor, Source: "https://example.org", Taken: day(10, 12, 0, 0), Entries: []Entry{
			entry("198.51.100.1/32", day(8, 0, 0, 0), day(10, 12, 0, 0), "AAAA teapot"),
			entry("198.51.100.1/32", day(20, 0, 0, 0), day(20, 0, 0, 0), "BBBB kettle"),
			entry("2001:db8::1/128", day(10, 0, 0, 0), day(10, 0, 0, 0), ""),
		}},
		List{Name: "drop", Kind: Suspicious, Confidence: "high", Entries: []Entry{
			entry("203.0.113.0/24", never, never, "SBL1"),
			entry("203.0.113.7/32", day(10, 0, 0, 0), day(10, 0, 0, 0), "scanner"),
		}},
		List{Name: "own", Kind: Suspicious, Entries: []Entry{entry("203.0.113.0/24", never, never, "second")}},
		List{Name: "azure", Kind: Azure, Entries: []Entry{entry("20.33.0.0/16", never, never, "")}},
		List{Name: "office", Kind: Known, Entries: []Entry{entry("10.0.0.0/8", never, never, "")}},
	)
}

func TestTorCountsWithinItsGrace(t *testing.T) {
	book := testBook()
	for _, c := range []struct {
		addr  string
		at    time.Time
		label string
		hit   bool
	}{
		{"198.51.100.1", day(9, 0, 0, 0), "AAAA teapot", true},
		{"::ffff:198.51.100.1", day(9, 0, 0, 0), "AAAA teapot", true},
		{"198.51.100.1", day(8, 0, 0, 0).Add(-Grace), "AAAA teapot", true},
		{"198.51.100.1", day(8, 0, 0, 0).Add(-Grace - 1), "", false},
		{"198.51.100.1", day(10, 12, 0, 0).Add(Grace), "AAAA teapot", true},
		{"198.51.100.1", day(10, 12, 0, 0).Add(Grace + 1), "", false},
		{"198.51.100.1", day(20, 1, 0, 0), "BBBB kettle", true},
		{"2001:db8::1", day(10, 0, 0, 0), "", true},
		{"2001:db8::1%eth0", day(10, 0, 0, 0), "", true},
		{"2001:db8::2", day(10, 0, 0, 0), "", false},
		{"203.0.113.7", day(10, 0, 0, 0), "", false},
	} {
		hit, ok := book.Tor(netip.MustParseAddr(c.addr), c.at)
		if ok != c.hit || hit.Label != c.label {
			t.Errorf("%s at %v: %v %+v", c.addr, c.at, ok, hit)
		}
	}
	if hit, ok := book.Tor(netip.Addr{}, day(10, 0, 0, 0)); ok {
		t.Errorf("no address was found: %+v", hit)
	}
}

func TestSuspiciousPrefersTheNarrowestListingOfTheTime(t *testing.T) {
	book := testBook()
	addr := netip.MustParseAddr("203.0.113.7")
	hit, ok := book.Suspicious(addr, day(10, 0, 0, 0))
	if !ok || hit.Label != "scanner" || hit.Prefix.String() != "203.0.113.7/32" || hit.Confidence != "high" {
		t.Errorf("in its time: %v %+v", ok, hit)
	}
	hit, ok = book.Suspicious(addr, day(25, 0, 0, 0))
	if !ok || hit.Label != "SBL1" || hit.List != "drop" || hit.Prefix.String() != "203.0.113.0/24" || hit.Age != 0 {
		t.Errorf("later the network remains: %v %+v", ok, hit)
	}
	if _, ok := book.Suspicious(netip.MustParseAddr("203.0.112.255"), day(10, 0, 0, 0)); ok {
		t.Error("the neighbour was found")
	}
}

func TestHitsSayHowOldTheListWas(t *testing.T) {
	want := Hit{List: "exits", Source: "https://example.org", Label: "AAAA teapot", Prefix: netip.MustParsePrefix("198.51.100.1/32"),
		First: day(8, 0, 0, 0), Last: day(10, 12, 0, 0), Taken: day(10, 12, 0, 0), Age: 36 * time.Hour}
	addr := netip.MustParseAddr("198.51.100.1")
	hit, _ := testBook().Tor(addr, day(12, 0, 0, 0))
	if diff := cmp.Diff(want, hit, equalPrefixes); diff != "" {
		t.Error(diff)
	}
	if hit, _ := testBook().Tor(addr, day(9, 0, 0, 0)); hit.Age != 0 {
		t.Errorf("a list taken later has no age, got %v", hit.Age)
	}
}

func TestAzureAndKnown(t *testing.T) {
	book := testBook()
	if !book.HasAzure() || !book.Azure(netip.MustParseAddr("::ffff:20.33.1.2")) || book.Azure(netip.MustParseAddr("20.34.0.0")) {
		t.Error("Azure")
	}
	if !book.Known(netip.MustParseAddr("10.255.0.1")) || book.Known(netip.MustParseAddr("11.0.0.0")) || book.Known(netip.Addr{}) {
		t.Error("known")
	}
	lists := book.Lists()
	if len(lists) != 5 || lists[0] != (Summary{Name: "exits", Kind: Tor, Taken: day(10, 12, 0, 0), Entries: 3}) {
		t.Errorf("lists %+v", lists)
	}
}

func TestABookWithoutListsKnowsNothing(t *testing.T) {
	addr := netip.MustParseAddr("20.33.1.2")
	for _, book := range []*Book{nil, NewBook()} {
		_, tor := book.Tor(addr, day(1, 0, 0, 0))
		_, bad := book.Suspicious(addr, day(1, 0, 0, 0))
		if tor || bad || book.Azure(addr) || book.Known(addr) || book.HasAzure() || len(book.Lists()) != 0 {
			t.Error("something was found")
		}
	}
}

func BenchmarkTor(b *testing.B) {
	l := List{Kind: Tor}
	for i := range 20000 {
		a := netip.AddrFrom4([4]byte{185, byte(i >> 8), byte(i), 7})
		l.Entries = append(l.Entries, Entry{Prefix: netip.PrefixFrom(a, 32)})
	}
	book := NewBook(l)
	for name, addr := range map[string]string{"miss": "203.0.113.9", "hit": "185.7.7.7"} {
		b.Run(name, func(b *testing.B) {
			addr := netip.MustParseAddr(addr)
			b.ReportAllocs()
			for b.Loop() {
				book.Tor(addr, time.Time{})
			}
		})
	}
}
