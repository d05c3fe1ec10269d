package console

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// shelf is a source of alerts that remembers from when on it was asked.
type shelf struct {
	alerts []detection.Alert
	from   time.Time
}

func (s *shelf) read(_ context.Context, from, to time.Time) ([]detection.Alert, error) {
	s.from = from
	return slices.DeleteFunc(slices.Clone(s.alerts), func(a detection.Alert) bool {
		return a.Time.Before(from) || !to.IsZero() && !a.Time.Before(to)
	}), nil
}

func numbered(n int, at time.Time) detection.Alert {
	return detection.Alert{ID: fmt.Sprint(n), Time: at, Reasons: []string{"first", "second"}, Objects: make([]detection.Touched, 3)}
}

func ids(list []digest) (out []string) {
	for _, d := range list {
		out = append(out, d.ID)
	}
	return out
}

// Ensure that the index reads everything once, then only what may have changed, follows what changes and goes there, and
// finds what came late when it reads everything again.
func TestTheIndexFollows(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s, x := &shelf{}, &index{}
	for i := range 10 {
		s.alerts = append(s.alerts, numbered(i, start.AddDate(0, 0, i)))
	}
	now := start.AddDate(0, 0, 10)
	read := func() []digest {
		t.Helper()
		list, err := x.read(t.Context(), s.read, now)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	first := read()
	if len(first) != 10 || !s.from.IsZero() || first[0].objects != 3 || len(first[0].Reasons) != 1 || first[0].Objects != nil {
		t.Fatalf("first reading: %d digests from %s, %+v", len(first), s.from, first[0])
	}
	s.alerts[9].Severity = detection.High
	s.alerts = append(s.alerts, numbered(10, start.AddDate(0, 0, 10)))
	list := read()
	if want := s.alerts[9].Time.Add(-indexTail); !s.from.Equal(want) {
		t.Errorf("read again from %s, want %s", s.from, want)
	}
	if len(list) != 11 || list[9].Severity != detection.High || first[9].Severity == detection.High {
		t.Errorf("%d digests, %+v", len(list), list[9])
	}
	s.alerts = slices.Delete(s.alerts, 10, 11) // taken back
	if got := ids(read()); len(got) != 10 || got[9] != "9" {
		t.Errorf("after one was taken back: %v", got)
	}
	s.alerts = slices.Insert(s.alerts, 1, numbered(99, start.Add(time.Hour))) // late, far behind the tail
	if got := ids(read()); slices.Contains(got, "99") {
		t.Error("a tail that reads everything")
	}
	now = now.Add(indexWhole)
	if got := ids(read()); len(got) != 11 || got[1] != "99" {
		t.Errorf("after everything was read again: %v", got)
	}
	s.alerts = nil
	now = now.Add(indexWhole)
	if got := read(); len(got) != 0 {
		t.Errorf("after everything was forgotten: %v", ids(got))
	}
}

// Ensure that an incident is found by its own id and by that of any of its alerts.
func TestAnIncidentIsFound(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s := &shelf{}
	for i := range 6 {
		a := numbered(i, start.Add(time.Duration(i)*time.Hour))
		a.Incident = fmt.Sprint(i % 2)
		s.alerts = append(s.alerts, a)
	}
	var list []digest
	for _, a := range s.alerts {
		list = append(list, newDigest(a))
	}
	for id, want := range map[string]int{"0": 3, "1": 3, "4": 3, "5": 3, "7": 0} {
		got, err := wholeIncident(t.Context(), s.read, list, id)
		if err != nil || len(got) != want || want > 0 && len(got[0].Objects) != 3 {
			t.Errorf("incident %s: %d alerts, want %d, %v", id, len(got), want, err)
		}
	}
}
