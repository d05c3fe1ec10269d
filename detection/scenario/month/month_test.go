package month

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func planned(t *testing.T, p Plan) *Month {
	t.Helper()
	m, err := Make(p)
	if err != nil {
		t.Fatalf("Make(%+v): %v", p, err)
	}
	return m
}

func TestSameSeedSameBytes(t *testing.T) {
	p := Plan{Seed: 3, Days: 10, LearnDays: 4, Vaults: 5, Pace: 0.3}
	digest := func(p Plan) (sum [32]byte) {
		h := sha256.New()
		m := planned(t, p)
		for msg := range m.Messages() {
			h.Write(msg.Body)
			h.Write([]byte(msg.Arrived.String()))
		}
		labels, err := json.Marshal(m.Labels())
		if err != nil {
			t.Fatal(err)
		}
		h.Write(labels)
		return [32]byte(h.Sum(nil))
	}
	first := digest(p)
	if again := digest(p); again != first {
		t.Error("two tellings of one plan differ")
	}
	p.Seed++
	if digest(p) == first {
		t.Error("another seed told the same month")
	}
}

func TestMessagesCanBeToldTwice(t *testing.T) {
	m := planned(t, Plan{Seed: 4, Days: 8, LearnDays: 3, Vaults: 4, Pace: 0.3})
	var first, second [][]byte
	for msg := range m.Messages() {
		first = append(first, msg.Body)
	}
	for msg := range m.Messages() {
		second = append(second, msg.Body)
	}
	if !slices.EqualFunc(first, second, bytes.Equal) {
		t.Error("the second telling of the same month differs from the first")
	}
}

type line struct {
	Time          time.Time
	OperationName string
	Category      string
	ResourceID    string `json:"resourceId"`
	Identity      struct{ Claim map[string]any }
	Properties    struct {
		HTTPStatusCode int `json:"httpStatusCode"`
		ID             string
		RequestURI     string `json:"requestUri"`
	}
}

func TestMessagesArriveInOrderWithTheServicesDelay(t *testing.T) {
	m := planned(t, Plan{Seed: 5, Days: 9, LearnDays: 4, Vaults: 6, Pace: 0.5})
	var last, newest time.Time
	seen, repeated, disordered, records := map[string]bool{}, 0, 0, 0
	for msg := range m.Messages() {
		if msg.Arrived.Before(last) {
			t.Fatalf("message of %s arrived after one of %s", msg.Arrived, last)
		}
		last = msg.Arrived
		var body struct{ Records []line }
		if err := json.Unmarshal(msg.Body, &body); err != nil {
			t.Fatalf("body is no JSON: %v\n%.300s", err, msg.Body)
		}
		again := seen[string(msg.Body)]
		seen[string(msg.Body)] = true
		if again {
			repeated++
		}
		for _, r := range body.Records {
			records++
			if r.Time.Before(newest) {
				disordered++
			}
			newest = r.Time
			if delay := msg.Arrived.Sub(r.Time); !again && (delay < leastDelay || delay > mostDelay) {
				t.Fatalf("%s was exported after %s, outside %s to %s", r.OperationName, delay, leastDelay, mostDelay)
			}
		}
	}
	if repeated == 0 || disordered == 0 || records < 3000 {
		t.Errorf("%d records, %d repeated messages, %d records out of order: want plenty of each", records, repeated, disordered)
	}
}

func TestEveryStoryIsToldWithAUsableLabel(t *testing.T) {
	told := map[string]bool{}
	for seed := range uint64(3) { // one organisation need not have a place for every story
		m := planned(t, Plan{Seed: seed, Days: 66, LearnDays: 21, Vaults: 16, Pace: 0.1})
		for _, e := range m.Labels().Episodes {
			told[e.Scenario] = true
			checkLabel(t, m, e)
		}
	}
	for _, s := range Stories() {
		if !told[s.Name] {
			t.Errorf("%s: not told", s.Name)
		}
		if s.About == "" || !strings.HasSuffix(s.About, ".") {
			t.Errorf("%s: its sentence is %q", s.Name, s.About)
		}
	}
}

func checkLabel(t *testing.T, m *Month, e Episode) {
	t.Helper()
	l := m.Labels()
	if e.Start.Before(l.Start) || e.End.After(l.End) || e.End.Before(e.Start) {
		t.Errorf("%s: %s to %s does not lie in the month", e.ID, e.Start, e.End)
	}
	if e.Class == Attack && (len(e.Must) == 0 || e.Start.Before(l.Learned)) {
		t.Errorf("%s: an attack with %d requirements at %s", e.ID, len(e.Must), e.Start)
	}
	if len(e.Vaults) == 0 {
		t.Errorf("%s: no vault", e.ID)
	}
	for _, q := range e.Must {
		if q.Decided.Before(e.Start) || q.Decided.After(e.End) {
			t.Errorf("%s: decided at %s, outside %s to %s", e.ID, q.Decided, e.Start, e.End)
		}
		for _, c := range q.Callers {
			if !slices.Contains(e.Callers, c) {
				t.Errorf("%s: a requirement about somebody who does not appear", e.ID)
			}
		}
	}
}

func TestLearningDaysHoldNoAttack(t *testing.T) {
	m := planned(t, Plan{Seed: 8})
	for _, e := range m.Labels().Episodes {
		if e.Class == Attack && e.Start.Before(m.Labels().Learned) {
			t.Errorf("%s begins at %s while learning", e.ID, e.Start)
		}
	}
}

func TestSeedsInventOtherPeople(t *testing.T) {
	names := func(seed uint64) map[string]bool {
		set := map[string]bool{}
		for _, p := range planned(t, Plan{Seed: seed, Stories: []string{}}).house.people {
			set[p.id] = true
		}
		return set
	}
	one := names(1)
	for id := range names(2) {
		if one[id] {
			t.Fatalf("object id %s occurs in two organisations", id)
		}
	}
}

func TestPlansThatCannotBeTold(t *testing.T) {
	for _, test := range []struct {
		plan Plan
		want string
	}{
		{Plan{Vaults: 2}, "at least 4"},
		{Plan{Days: 3}, "at least 7"},
		{Plan{Days: 20, LearnDays: 19, Stories: []string{"wiper"}}, "no room"},
		{Plan{Stories: []string{"nonsense"}}, `no story "nonsense"`},
		{Plan{Pace: -1}, "negative"},
	} {
		_, err := Make(test.plan)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Make(%+v) = %v, want an error with %q", test.plan, err, test.want)
		}
	}
}

func TestDemoIsSmallAndTellsOfOneTheft(t *testing.T) {
	m := planned(t, Demo(1, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)))
	records, attacks := 0, 0
	for msg := range m.Messages() {
		records += bytes.Count(msg.Body, []byte(`"operationName": `))
	}
	for _, e := range m.Labels().Episodes {
		if e.Class == Attack {
			attacks++
		}
	}
	if records < 15_000 || records > 45_000 || attacks != 1 {
		t.Errorf("the demo has %d records and %d attacks, want 15,000 to 45,000 and 1", records, attacks)
	}
}

// Many seeds and sizes can be told: no story may depend on a lucky organisation.
func TestAnyOrganisationCanBeTold(t *testing.T) {
	for seed := range uint64(40) {
		m := planned(t, Plan{Seed: seed, Days: 60, LearnDays: 14, Vaults: 4 + int(seed%15), Pace: 0.02, Times: 1 + int(seed%2)})
		for _, e := range m.Labels().Episodes {
			checkLabel(t, m, e)
		}
	}
}
