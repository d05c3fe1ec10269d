package triage

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// decideOn loads the book, decides and writes, as a page does.
func decideOn(t *testing.T, s store.Store, m Mark, alerts ...detection.Alert) Decision {
	t.Helper()
	b, err := Load(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	m.By = "bob"
	d := b.Decide(m, alerts, nil)
	if err := Set(t.Context(), s, b, d); err != nil {
		t.Fatal(err)
	}
	return d
}

func takeIn(t *testing.T, s store.Store, settled time.Time) []detection.Lesson {
	t.Helper()
	list, err := Lessons(t.Context(), s, settled)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Ensure that only benign marks for causes that teach do teach, once, and that any other mark takes it back.
func TestDecide(t *testing.T) {
	s := bolt(t)
	benign := Mark{Incident: "i1", State: Benign, Cause: Expected, At: noon}
	nobody := alert()
	nobody.ID, nobody.Caller = "a2", ""
	d := decideOn(t, s, benign, alert(), nobody)
	if len(d.Teach) != 1 || d.Teach[0].Alert != "a1" || !strings.Contains(d.Untaught["a2"], "no single caller") {
		t.Errorf("taught %+v, not %v", d.Teach, d.Untaught)
	}
	benign.At = noon.Add(time.Minute)
	if again := decideOn(t, s, benign, alert()); len(again.Teach) != 0 {
		t.Error("the same was taught twice")
	}
	for i, m := range []Mark{{State: Confirmed}, {State: Open}, {State: Benign, Cause: Exercise}} {
		m.Incident, m.At = "i1", noon.Add(time.Duration(i+1)*time.Hour)
		decideOn(t, s, m, alert())
		if b, err := Load(t.Context(), s); err != nil || b.Lessons[0].InForce(noon) || b.Lessons[0].EndedBy != "bob" {
			t.Errorf("after %s: %+v, %v", m.State, b.Lessons, err)
		}
		benign.At = m.At.Add(time.Minute)
		decideOn(t, s, benign, alert())
	}
}

// Ensure that what is confirmed teaches nothing, on its own or by its incident.
func TestConfirmedTeachesNothing(t *testing.T) {
	for name, c := range map[string]struct{ first, then Mark }{
		"the alert is":    {Mark{Alert: "a1", State: Confirmed, At: noon}, Mark{Incident: "i1", State: Benign, Cause: Expected, At: noon.Add(time.Hour)}},
		"the incident is": {Mark{Incident: "i1", State: Confirmed, At: noon}, Mark{Alert: "a1", State: Benign, Cause: Expected, At: noon.Add(time.Hour)}},
	} {
		s := bolt(t)
		decideOn(t, s, c.first, alert())
		if d := decideOn(t, s, c.then, alert()); len(d.Teach) > 0 || !strings.Contains(d.Untaught["a1"], "confirmed") {
			t.Errorf("%s confirmed: taught %+v, not %v", name, d.Teach, d.Untaught)
		}
	}
}

// Ensure that a lesson gets its place in event time once and for good, ends where the judge stands when it is taken
// back, and is forgotten long after.
func TestALessonHasItsPlace(t *testing.T) {
	s, settled := bolt(t), noon.Add(-20*time.Minute)
	decideOn(t, s, Mark{Alert: "a1", State: Benign, Cause: Mistaken, At: noon}, alert())
	if list := takeIn(t, s, time.Time{}); len(list) != 1 || !list[0].From.IsZero() || list[0].Holds(baseline.At(noon)) {
		t.Errorf("before the first record: %+v", list)
	}
	for _, later := range []time.Duration{0, time.Hour, -time.Hour} { // a crash may set the judge back
		list := takeIn(t, s, settled.Add(later))
		if !list[0].From.Equal(settled) || !list[0].Until.Equal(settled.Add(detection.LessonLife)) {
			t.Fatalf("it holds from %s until %s", list[0].From, list[0].Until)
		}
	}
	b, err := Load(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := EndLesson(t.Context(), s, b.Lessons[0].ID, "carol", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := EndLesson(t.Context(), s, b.Lessons[0].ID, "carol", noon.Add(time.Hour)); err == nil {
		t.Error("it was taken back twice")
	}
	for _, later := range []time.Duration{2 * time.Hour, 3 * time.Hour} {
		l := takeIn(t, s, settled.Add(later))[0]
		if at := settled.Add(2 * time.Hour); !l.Until.Equal(at) || !l.Holds(baseline.At(at)) || l.Holds(baseline.At(at)+1) {
			t.Errorf("taken back at %s it holds until %s", at, l.Until)
		}
	}
	if list := takeIn(t, s, settled.AddDate(1, 0, 0)); len(list) != 0 {
		t.Errorf("a year later there are %d lessons", len(list))
	}
	if b, err = Load(t.Context(), s); err != nil || len(b.Lessons) != 0 {
		t.Errorf("a year later the book holds %+v, %v", b.Lessons, err)
	}
	if actions, err := Actions(t.Context(), s, 1); err != nil || actions[0].What != "took a lesson back" {
		t.Errorf("the audit: %+v, %v", actions, err)
	}
}

// Ensure that a decision made while the judge takes lessons in is neither lost nor ignored.
func TestLessonsAreTakenInBesideDecisions(t *testing.T) {
	s := bolt(t)
	decideOn(t, s, Mark{Alert: "a1", State: Benign, Cause: Expected, At: noon}, alert())
	once := &meanwhile{Store: s, do: func() {
		decideOn(t, s, Mark{Alert: "a1", State: Confirmed, At: noon.Add(time.Minute)}, alert())
	}}
	list := takeIn(t, once, noon)
	if len(list) != 1 || list[0].Holds(baseline.At(noon.Add(time.Second))) {
		t.Errorf("the lesson holds though it was taken back meanwhile: %+v", list)
	}
}

// meanwhile is a store to which something else happens before the first commit.
type meanwhile struct {
	store.Store
	do func()
}

func (m *meanwhile) Commit(ctx context.Context, partition string, writes []store.Write) error {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return m.Store.Commit(ctx, partition, writes)
}
