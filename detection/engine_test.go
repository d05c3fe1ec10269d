package detection_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

const tale = `
every day 09:00 for 12 days: mi-web sdk azure kv-pay get db-password, api-key
every workday 10:00 for 12 days: alice portal office kv-pay get db-password
every day 02:00 for 12 days: app-scan sdk azure kv-hr list secrets
day 9 10:00 bob portal office kv-pay get db-password = denied
day 9 10:02 bob portal office kv-pay get api-key = denied
day 10 03:05 alice cli tor kv-pay list secrets
day 10 03:05:30 alice cli tor kv-pay get s01..s09
day 10 03:07 alice cli tor kv-hr get h1..h4
day 10 03:30 owner portal office kv-pay grant owner
day 10 03:31 owner portal office kv-pay get db-password
day 12 05:00 app-scan sdk azure kv-hr get h1`

type tor struct{}

func (tor) Tor(a netip.Addr, _ time.Time) (detection.Listing, bool) {
	return detection.Listing{List: "tor"}, a.String() == scenario.TorExit
}
func (tor) Suspicious(netip.Addr, time.Time) (detection.Listing, bool) {
	return detection.Listing{}, false
}
func (tor) Azure(a netip.Addr) bool { return netip.MustParsePrefix(scenario.AzureRange).Contains(a) }
func (tor) Known(a netip.Addr) bool { return netip.MustParsePrefix(scenario.OfficeRange).Contains(a) }
func (tor) HasAzure() bool          { return true }

func taleRecords(t testing.TB) []audit.Record {
	t.Helper()
	story, err := scenario.Parse(tale)
	if err != nil {
		t.Fatal(err)
	}
	return story.Records
}

func engine(estate *baseline.Estate) *detection.Engine {
	return detection.NewEngine(detection.Config{Catalogue: catalogue.All(), Addresses: tor{}, Estate: estate})
}

// told collects the last state of every alert, as JSON lines in order of id.
type told map[string]string

func (x told) add(t testing.TB, alerts []detection.Alert) {
	for _, a := range alerts {
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		x[a.ID] = string(data)
	}
}

func (x told) lines() (out []string) {
	for _, l := range x {
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}

var end = scenario.Day1.AddDate(0, 1, 0)

func plainRun(t testing.TB) []string {
	e := engine(nil)
	e.Queue.Add(taleRecords(t))
	x := told{}
	x.add(t, e.Settle(end))
	if len(x) < 4 {
		t.Fatalf("the tale raises only %d alerts", len(x))
	}
	return x.lines()
}

// Adding to the queue is commutative, associative and idempotent: however the records are cut into lists, in whatever
// order and how often the lists are added, the alerts are the same.
func TestQueueLaws(t *testing.T) {
	want := plainRun(t)
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		records := taleRecords(t)
		rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		e := engine(nil)
		for len(records) > 0 {
			n := 1 + rng.IntN(len(records))
			part := slices.Clone(records[:n])
			e.Queue.Add(part)
			if rng.IntN(2) == 0 {
				e.Queue.Add(slices.Clone(part[:1+rng.IntN(len(part))]))
			}
			records = records[n:]
		}
		x := told{}
		x.add(t, e.Settle(end))
		if !slices.Equal(x.lines(), want) {
			t.Fatalf("seed %d: got %d alerts that differ", seed, len(x))
		}
	}
}

// Settling in many small steps, with the engine written down and read back between any two of them, ends in the same
// alerts as settling once.
func TestStateAtAnyPoint(t *testing.T) {
	want := plainRun(t)
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 4))
		records := taleRecords(t)
		e := engine(nil)
		x := told{}
		for at := scenario.Day1; at.Before(end); at = at.Add(time.Duration(1+rng.IntN(30)) * time.Hour) {
			e = again(t, e)
			// Nothing of the queue is written down: what waits is read from the inbox again.
			for i := range records {
				if baseline.At(records[i].Time) > e.Settled {
					e.Queue.Add(records[i : i+1])
				}
			}
			x.add(t, e.Settle(at))
		}
		x.add(t, e.Settle(end))
		if got := x.lines(); !slices.Equal(got, want) {
			t.Fatalf("seed %d: alerts differ\n got %s\nwant %s", seed, got, want)
		}
	}
}

// again writes an engine down and reads it back.
func again(t testing.TB, e *detection.Engine) *detection.Engine {
	t.Helper()
	state, err := e.State()
	if err != nil {
		t.Fatal(err)
	}
	estate := baseline.NewEstate()
	for _, v := range e.Estate.Vaults {
		place(t, estate, &baseline.Shelf{Vaults: []*baseline.Vault{v}})
	}
	for _, p := range e.Estate.Principals {
		place(t, estate, &baseline.Shelf{Principals: []*baseline.Principal{p}})
	}
	back := engine(estate)
	if err := back.Restore(state); err != nil {
		t.Fatal(err)
	}
	return back
}

func place(t testing.TB, e *baseline.Estate, s *baseline.Shelf) {
	t.Helper()
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Place(data); err != nil {
		t.Fatal(err)
	}
}

// A state of another version, and what is no state, are refused with a hint.
func TestRestoreRefuses(t *testing.T) {
	for _, data := range [][]byte{nil, []byte("nonsense"), {0xa1, 0x00, 0x18, 0x63}} {
		if err := engine(nil).Restore(data); err == nil {
			t.Errorf("%x was taken for a state", data)
		}
	}
}

func FuzzRestore(f *testing.F) {
	e := engine(nil)
	e.Queue.Add(taleRecords(f))
	e.Settle(scenario.Day1.AddDate(0, 0, 9))
	state, err := e.State()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	f.Fuzz(func(t *testing.T, data []byte) {
		e := engine(nil)
		if e.Restore(data) == nil {
			e.Queue.Add(taleRecords(t)[:5])
			e.Settle(end)
		}
	})
}

// Alert ids differ for different stories and are the same for the same one.
func TestAlertsCarryTheirEvidence(t *testing.T) {
	e := engine(nil)
	e.Queue.Add(taleRecords(t))
	for _, a := range e.Settle(end) {
		if a.Type != "KV_TORAccess" || a.Vault == "" {
			continue
		}
		if len(a.Objects) == 0 || a.Objects[0].First.IsZero() || a.Objects[0].Last.Before(a.Objects[0].First) {
			t.Errorf("objects: %+v", a.Objects)
		}
		if a.Operations["SecretGet"] == 0 || a.IP != scenario.TorExit || a.CallerName == "" || a.Incident == "" {
			t.Errorf("evidence is missing: %+v", a)
		}
	}
}

// Looking ahead changes nothing, and says what settling will say when no earlier records come: at every point of the
// tale, for every part of it that waits.
func TestPeek(t *testing.T) {
	want := plainRun(t)
	for seed := range uint64(25) {
		rng := rand.New(rand.NewPCG(seed, 5))
		e := engine(nil)
		x := told{}
		e.Queue.Add(taleRecords(t))
		for at := scenario.Day1; at.Before(end); at = at.Add(time.Duration(1+rng.IntN(60)) * time.Hour) {
			x.add(t, e.Settle(at))
			ahead, err := e.Peek()
			if err != nil {
				t.Fatal(err)
			}
			again, err := e.Peek()
			if err != nil || len(again) != len(ahead) {
				t.Fatalf("seed %d: a second look sees %d alerts, the first saw %d (%v)", seed, len(again), len(ahead), err)
			}
			seen := told{}
			seen.add(t, ahead)
			for _, line := range seen {
				if !slices.Contains(want, line) {
					t.Fatalf("seed %d at %s: looking ahead said\n%s\nwhich is not said in the end", seed, at, line)
				}
			}
		}
		x.add(t, e.Settle(end))
		if !slices.Equal(x.lines(), want) {
			t.Fatalf("seed %d: looking ahead changed what was said", seed)
		}
	}
}
