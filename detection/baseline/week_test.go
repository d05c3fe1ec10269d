package baseline

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// A happening lands in its hour, fades by half every fortnight, and is gone in the end.
func TestWeekFades(t *testing.T) {
	monday := At(start) // 2 March 2026
	if got := HourOfWeek(monday); got != 0 {
		t.Fatalf("Monday's first hour is number %d", got)
	}
	if got := HourOfWeek(monday - Hour); got != WeekHours-1 {
		t.Fatalf("Sunday's last hour is number %d", got)
	}
	var w Week
	at := monday + 2*DayLen + 9*Hour
	w.Add(at)
	fortnight := Instant(weekBlock) * DayLen
	for halvings, want := range []float64{1, 0.5, 0.25, 0.125, 0.0625, 0} {
		if got := w.As(at + Instant(halvings)*fortnight)[2*24+9]; got != want {
			t.Errorf("after %d fortnights the hour holds %g, want %g", halvings, got, want)
		}
	}
	if sum := total(w.As(at)); sum != 1 {
		t.Errorf("all hours together hold %g", sum)
	}
}

// However much comes, a count stays at its highest and never wraps around.
func TestWeekIsBounded(t *testing.T) {
	var w Week
	at := At(start)
	for range 10_000 {
		before := w.As(at)[0]
		w.Add(at)
		if now := w.As(at)[0]; now < before {
			t.Fatalf("the count fell from %g to %g", before, now)
		}
	}
	if got := w.As(at)[0]; got < 4000 {
		t.Errorf("the highest count is %g", got)
	}
}

// What comes late fades nothing and counts as of now.
func TestWeekTakesLateComers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 8))
	for range 200 {
		var w Week
		a, b := At(start)+Instant(rng.IntN(1000))*Hour, At(start)+Instant(rng.IntN(1000))*Hour
		w.Add(max(a, b))
		w.Add(min(a, b))
		if got := total(w.As(max(a, b))); got != 2 {
			t.Fatalf("%s and %s: %g", a.Time(), b.Time(), got)
		}
	}
}

func total(hours [WeekHours]float64) (sum float64) {
	for _, h := range hours {
		sum += h
	}
	return sum
}

// A vault counts a caller once an hour, people and workloads apart, and who was refused not at all.
func TestVaultKnowsItsWeek(t *testing.T) {
	e := NewEstate()
	for n := range 90 { // a record a minute: two hours begin
		person := hostile(0)
		person.Time = start.Add(9*time.Hour + time.Duration(n)*time.Minute)
		job, refused := *person, *person
		job.Caller = audit.Caller{ID: "job", Kind: audit.ServicePrincipal}
		refused.Caller.ID, refused.Outcome = "stranger", audit.Denied
		for _, rec := range []*audit.Record{person, &job, &refused} {
			e.Note(rec)
			e.Learn(rec, Guard{})
		}
	}
	week := e.Vault("vault-0").Week
	for sort, w := range week {
		hours := w.As(At(start))
		if hours[9] != 1 || hours[10] != 1 || total(hours) != 2 {
			t.Errorf("sort %d: 9 o'clock holds %g, 10 o'clock %g, all %g", sort, hours[9], hours[10], total(hours))
		}
	}
}

// A shelf of another version is refused: what it holds would be taken for something else.
func TestShelfOfAnotherVersion(t *testing.T) {
	// {0: 1, 1: [{1: "old", 5: {}}]}: version 1, one vault with an id and no members.
	old := []byte{0xa2, 0x00, 0x01, 0x01, 0x81, 0xa2, 0x01, 0x63, 'o', 'l', 'd', 0x05, 0xa0}
	e := NewEstate()
	if err := e.Place(old); err == nil || !strings.Contains(err.Error(), "has version 1") || len(e.Vaults) > 0 {
		t.Errorf("%d vaults, error %v", len(e.Vaults), err)
	}
}

// What a fork learns of a week stays in the fork.
func TestWeekOfAFork(t *testing.T) {
	e := NewEstate()
	rec := hostile(0)
	rec.Vault = "old"
	e.Note(rec)
	e.Learn(rec, Guard{})
	f := e.Fork()
	rec.Caller.ID = "another"
	f.Note(rec)
	f.Learn(rec, Guard{})
	if here, there := total(e.Vault("old").Week[0].As(At(start))), total(f.Vault("old").Week[0].As(At(start))); here != 1 || there != 2 {
		t.Errorf("the original's week holds %g, the fork's %g", here, there)
	}
}
