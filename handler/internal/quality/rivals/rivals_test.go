package rivals

import (
	"iter"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// log builds records; times are hours after Monday.
type log []audit.Record

func (l *log) add(hour float64, caller, operation string, change ...func(*audit.Record)) {
	r := audit.Record{Time: monday.Add(time.Duration(hour * float64(time.Hour))), Vault: "/v/a", Operation: operation, Outcome: audit.Success, Class: audit.Value,
		Caller: audit.Caller{ID: caller, Application: "app", Kind: audit.User}, Address: netip.MustParseAddr("192.0.2.1"), Agent: "agent"}
	for _, c := range change {
		c(&r)
	}
	*l = append(*l, r)
}

func (l log) all() iter.Seq[*audit.Record] {
	slices.SortStableFunc(l, func(a, b audit.Record) int { return a.Time.Compare(b.Time) })
	return func(yield func(*audit.Record) bool) {
		for i := range l {
			if !yield(&l[i]) {
				return
			}
		}
	}
}

func workload(r *audit.Record) { r.Caller.Kind = audit.ManagedIdentity }

// fill is n days of everyday life: each caller reads so many times a day.
func (l *log) fill(days, times int, callers ...string) {
	for d := range days {
		for _, c := range callers {
			for n := range times {
				l.add(float64(d*24)+8+float64(n)/100, c, "SecretGet", workload)
			}
		}
	}
}

type want struct {
	caller string
	hour   float64
	// raised is the hour of telling, 0 for at once.
	raised float64
}

func TestRivals(t *testing.T) {
	listed := netip.MustParseAddr("198.51.100.9")
	for _, test := range []struct {
		name  string
		rival Rival
		tell  func(*log)
		want  []want
	}{
		{"a backup is sensitive, once a day and client", sensitiveOperations(), func(l *log) {
			l.add(9, "a", "SecretBackup")
			l.add(10, "a", "KeyBackup")
			l.add(11, "a", "SecretGet")
			l.add(34, "a", "SecretPurge")
		}, []want{{"a", 9, 24}, {"a", 34, 48}}},
		{"26 reads are many, 25 are not", massRetrieval(), func(l *log) {
			for n := range 26 {
				l.add(5+float64(n), "a", "SecretGet")
			}
			for n := range 25 {
				l.add(26+float64(n)/10, "b", "SecretGet")
			}
		}, nil},
		{"26 reads within one day", massRetrieval(), func(l *log) {
			for n := range 26 {
				l.add(5+float64(n)/100, "a", "SecretGet")
				l.add(5+float64(n)/100, "graph", "VaultGet", func(r *audit.Record) { r.Caller.Application = "509e4652-da8d-478d-a730-e9d4a1996ca4" })
			}
		}, []want{{"a", 5.25, 24}}},
		{"a day stands out of two weeks", timeSeries(), func(l *log) {
			l.fill(13, 20, "a")
			l.add(5*24+9, "a", "SecretGet", workload)
			l.add(8*24+9, "a", "SecretGet", workload)
			for n := range 200 {
				l.add(13*24+10+float64(n)/100, "thief", "SecretGet")
			}
		}, []want{{"thief", 13*24 + 11.99, 14 * 24}}},
		{"an indicator matches even a challenge, once an hour", indicatorMatch(), func(l *log) {
			for _, hour := range []float64{7, 7.5, 8.2} {
				l.add(hour, "", "Authentication", func(r *audit.Record) { r.Address, r.Outcome = listed, audit.Challenge })
			}
			l.add(9, "a", "SecretGet")
		}, []want{{"", 7, 8}, {"", 8.2, 9}}},
		{"ten reads of two kinds in a minute, by people", excessiveRetrieval(), func(l *log) {
			l.add(9.001, "a", "SecretList")
			for n := range 9 {
				l.add(9.002+float64(n)/2000, "a", "SecretGet")
				l.add(9.002+float64(n)/2000, "b", "SecretGet")
				l.add(9.002+float64(n)/2000, "machine", "SecretGet", workload)
			}
		}, []want{{"a", 9.006, 9 + 4./60}}},
		{"a person unseen for two weeks", rareIdentity(), func(l *log) {
			l.add(9, "a", "SecretGet")
			l.add(9+13*24, "a", "SecretGet")
			l.add(9+28*24, "a", "SecretGet")
			l.add(10, "machine", "SecretGet", workload)
		}, []want{{"a", 9, 0}, {"a", 9 + 28*24, 0}}},
		{"a newcomer on a still vault", newEntity(), func(l *log) {
			l.fill(25, 2, "a", "b")
			l.add(20*24+3, "new", "SecretGet")
			l.add(3*24+3, "early", "SecretGet")
		}, []want{{"new", 20*24 + 3, 21 * 24}}},
		{"a caller far above its days", spike(), func(l *log) {
			l.fill(25, 4, "a", "b")
			for n := range 90 {
				l.add(25*24+6+float64(n)/100, "a", "SecretGet", workload)
			}
			l.add(25*24+6, "b", "SecretGet", workload)
		}, []want{{"a", 25*24 + 6.89, 26 * 24}}},
		{"first seen after a week", firstSeen(), func(l *log) {
			l.fill(9, 1, "a")
			l.add(8*24, "new", "SecretGet")
			l.add(8*24+1, "a", "SecretGet", func(r *audit.Record) { r.Caller.Application = "other" })
		}, []want{{"new", 8 * 24, 0}, {"a", 8*24 + 1, 0}}},
	} {
		var records log
		test.tell(&records)
		got := test.rival.Judge(records.all(), World{Indicators: map[netip.Addr]bool{listed: true}})
		if !slices.EqualFunc(got, test.want, same) {
			t.Errorf("%s: %s found %+v, want %+v", test.name, test.rival.Name, got, test.want)
		}
	}
}

func same(f quality.Finding, w want) bool {
	near := func(at time.Time, hour float64) bool {
		off := at.Sub(monday.Add(time.Duration(hour * float64(time.Hour))))
		return off.Abs() < time.Second
	}
	return f.Caller == w.caller && near(f.Time, w.hour) && (w.raised == 0 && f.Raised.IsZero() || near(f.Raised, w.raised))
}

func TestRivalsCarryTheirPapers(t *testing.T) {
	names := map[string]bool{}
	for _, r := range All() {
		if r.Name == "" || r.Source == "" || r.About == "" || r.Judge == nil || names[r.Name] {
			t.Errorf("%+v lacks papers or has another's name", r)
		}
		names[r.Name] = true
		if found := r.Judge(log{}.all(), World{}); len(found) != 0 {
			t.Errorf("%s finds %v in nothing", r.Name, found)
		}
	}
}
