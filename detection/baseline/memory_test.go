package baseline

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func TestDays(t *testing.T) {
	var d Days
	for _, day := range []Day{100, 103, 170, 101, 300} {
		d.Mark(day)
	}
	for day, want := range map[Day]bool{100: false, 172: false, 173: false, 300: true, 299: false} {
		if d.Has(day) != want {
			t.Errorf("day %d: %v", day, !want)
		}
	}
	var e Days
	for day := Day(1); day <= 200; day += 2 {
		e.Mark(day)
	}
	if got := e.Within(199, 30); got != 15 { // 169, 171, … 197; 199 itself does not count
		t.Errorf("%d of the 30 days before", got)
	}
	if got := e.Within(250, 90); got != 20 { // 160 to 249 hold 161 … 199
		t.Errorf("%d of the 90 days before a later day", got)
	}
}

// Marking in any order gives the same set.
func TestDaysOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		days := rng.Perm(120)[:30]
		var a, b Days
		for i := range days {
			a.Mark(Day(days[i] + 1))
			b.Mark(Day(days[len(days)-1-i] + 1))
		}
		if a != b {
			t.Fatalf("%v: %v and %v", days, a, b)
		}
	}
}

// A set never holds more than its limit, keeps the newest, and forgets what was not met for the expiry.
func TestMarksAreBounded(t *testing.T) {
	var m Marks[int]
	at := At(start)
	for i := range 10000 {
		m.Meet(i, at+Instant(i)*Minute, 64)
		if m.Len() > 64 {
			t.Fatalf("%d things in a set of 64", m.Len())
		}
	}
	if m.Get(9999, at+9999*Minute).First == 0 {
		t.Error("the newest was forgotten")
	}
	if m.Get(9999, at+9999*Minute+Expiry).First != 0 {
		t.Error("what expired is still known")
	}
	m = Marks[int]{}
	for i := range 1000 {
		m.Meet(i, at, 64) // all at one instant
	}
	if m.Len() > 64 {
		t.Errorf("%d things of one instant in a set of 64", m.Len())
	}
}

func TestSeriesRolls(t *testing.T) {
	var s Series
	at := At(start)
	for i := range 12 {
		s.Add(at+Instant(i)*5*Minute, 2)
	}
	if s.Hour != 24 || s.Day != 24 {
		t.Errorf("hour %d, day %d, want 24 and 24", s.Hour, s.Day)
	}
	s.Usual()
	s.Advance(at + 90*Minute)
	if s.Hour != 10 { // the slots from 00:35 on
		t.Errorf("hour %d after half an hour of silence, want 10", s.Hour)
	}
	s.Advance(at + 3*DayLen)
	if s.Hour != 0 || s.Day != 0 || s.TopHour.Top((at+3*DayLen).Day()) != 24 {
		t.Errorf("hour %d, day %d, top %d after three days", s.Hour, s.Day, s.TopHour.Top((at + 3*DayLen).Day()))
	}
	near(t, "mean an hour", s.Hourly.Sum/s.Hourly.Weight, 24./72, 0.05)
	if top := s.TopHour.Top((at + 50*DayLen).Day()); top != 0 {
		t.Errorf("a peak of %d is remembered for 50 days", top)
	}
}

// An hour that is winsorised teaches no more than it may.
func TestSeriesWinsorise(t *testing.T) {
	var a, b Series
	at := At(start)
	a.Add(at, 1000)
	a.Winsorise(10)
	b.Add(at, 10)
	a.Advance(at + 2*Hour)
	b.Advance(at + 2*Hour)
	if a.Hourly != b.Hourly {
		t.Errorf("learned %+v, want %+v", a.Hourly, b.Hourly)
	}
}

// hostile makes records as somebody would who wants to fill the memory.
func hostile(n int) *audit.Record {
	return &audit.Record{Time: start.Add(time.Duration(n) * time.Second), Vault: fmt.Sprintf("vault-%d", n%3), Operation: fmt.Sprint("Op", n),
		Class: audit.Value, Object: audit.Object{Type: audit.Secret, Name: fmt.Sprint("secret-", n)},
		Caller:  audit.Caller{ID: fmt.Sprint("principal-", n%20000), Application: fmt.Sprint("app-", n), Kind: audit.User},
		Address: netip.AddrFrom4([4]byte{203, byte(n >> 16), byte(n >> 8), byte(n)}), Agent: fmt.Sprintf("agent%d/1", n), Family: fmt.Sprintf("agent%d", n), Outcome: audit.Success}
}

// Whatever is written into names, agents and principals, every set stays within its cap.
func TestMemoryIsBounded(t *testing.T) {
	e := NewEstate()
	for n := range 60000 {
		rec := hostile(n)
		e.Note(rec)
		e.Learn(rec, Guard{})
	}
	for _, v := range e.Vaults {
		if v.Size() > maxMembers || v.Applications.Len() > maxVaultApps || v.Networks.Len() > maxVaultNets || v.Objects.Len() > maxVaultObjects || v.Agents.Len() > maxAgents {
			t.Errorf("%s: %d members, %d applications, %d networks, %d objects", v.ID, v.Size(), v.Applications.Len(), v.Networks.Len(), v.Objects.Len())
		}
	}
	one := *hostile(1)
	for n := range 30000 {
		rec := *hostile(n)
		rec.Vault, rec.Caller.ID = one.Vault, "one"
		e.Note(&rec)
		e.Learn(&rec, Guard{})
	}
	m := e.Vaults[one.Vault].Member("one")
	if m.Objects.Len() > maxObjects || len(m.Recent.Touches) > recentMax || m.Networks.Len() > maxNetworks || m.Operations.Len() > maxOperations {
		t.Errorf("one member: %d objects, %d touches, %d networks, %d operations", m.Objects.Len(), len(m.Recent.Touches), m.Networks.Len(), m.Operations.Len())
	}
	if m.Recent.Dropped == 0 {
		t.Error("touches were dropped without being counted")
	}
}

// What is written down comes back as it was.
func TestShelves(t *testing.T) {
	e := NewEstate()
	for n := range 3000 {
		rec := hostile(n % 700)
		rec.Time = start.Add(time.Duration(n) * time.Minute)
		e.Note(rec)
		e.Learn(rec, Guard{Suspect: n%5 == 0, Volume: uint32(n % 7)})
	}
	back := NewEstate()
	vaults, principals := e.Dirty()
	for _, shelves := range []map[uint8]*Shelf{vaults, principals} {
		for _, s := range shelves {
			data, err := s.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if err := back.Place(data); err != nil {
				t.Fatal(err)
			}
		}
	}
	ignore := cmp.FilterPath(func(p cmp.Path) bool {
		switch p.Last().String() {
		case ".index", ".last", ".limit", ".limitOf", ".sorted", ".places", ".room", ".number": // worked out anew
			return true
		}
		return false
	}, cmp.Ignore())
	opts := cmp.Options{ignore, cmp.Exporter(func(reflect.Type) bool { return true }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })}
	if diff := cmp.Diff(e.Vaults, back.Vaults, opts); diff != "" {
		t.Errorf("vaults differ: %.2000s", diff)
	}
	if diff := cmp.Diff(e.Principals, back.Principals, opts); diff != "" {
		t.Errorf("principals differ: %.2000s", diff)
	}
	if v, p := e.Dirty(); len(v)+len(p) != 0 {
		t.Errorf("%d shelves are dirty after they were written", len(v)+len(p))
	}
}

// Who was forgotten does not come back with an old shelf: the shelf is written down again without them.
func TestForgottenPrincipalsLeaveTheirShelf(t *testing.T) {
	e := NewEstate()
	for n := range 64 {
		e.Note(hostile(n))
	}
	e.Dirty()
	before := maps.Clone(e.Principals)
	e.makeRoom()
	_, shelves := e.Dirty()
	for id := range before {
		s, gone := shelves[ShelfOf(id)], e.Principals[id] == nil
		switch {
		case gone && s == nil:
			t.Errorf("%s was forgotten, and its shelf stays as it was", id)
		case s != nil && gone == slices.ContainsFunc(s.Principals, func(p *Principal) bool { return p.ID == id }):
			t.Errorf("%s: forgotten %t, and on the shelf all the same or not", id, gone)
		}
	}
	if len(e.Principals) == len(before) {
		t.Error("nobody was forgotten")
	}
}

func FuzzPlace(f *testing.F) {
	e := NewEstate()
	rec := hostile(1)
	e.Note(rec)
	e.Learn(rec, Guard{})
	vaults, principals := e.Dirty()
	for _, shelves := range []map[uint8]*Shelf{vaults, principals} {
		for _, s := range shelves {
			data, _ := s.Encode()
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e := NewEstate()
		if e.Place(data) != nil {
			return
		}
		for n := range 3 {
			rec := hostile(n)
			e.Note(rec)
			e.Learn(rec, Guard{})
		}
	})
}
