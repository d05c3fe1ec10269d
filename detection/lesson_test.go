package detection_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

// everydayLife is what the lessons' stories are held against.
const everydayLife = `
every workday 10:00 for 45 days: alice portal office kv-pay get db-password
every day 09:00 for 45 days: mi-web sdk azure kv-pay get db-password x4
every day 02:00 for 45 days: app-scan sdk azure kv-hr list secrets
`

// lessonCases are stories that raise an alert on day 22, and what comes on day 29 after it was called benign.
var lessonCases = map[string]struct {
	story, again string
	// silent: nothing is raised on day 29. Otherwise kind must be.
	silent bool
	kind   string
}{
	"the same dump of secrets": {
		"day 22 11:00 alice cli office kv-pay list secrets\nday 22 11:01 alice cli office kv-pay get s01..s12",
		"day 29 11:00 alice cli office kv-pay list secrets\nday 29 11:01 alice cli office kv-pay get s01..s12", true, ""},
	"the same dump, with one more secret": {
		"day 22 11:00 alice cli office kv-pay list secrets\nday 22 11:01 alice cli office kv-pay get s01..s12",
		"day 29 11:00 alice cli office kv-pay list secrets\nday 29 11:01 alice cli office kv-pay get s01..s13", false, "KV_ListGetAnomaly"},
	"another dump": {
		"day 22 11:00 alice cli office kv-pay list secrets\nday 22 11:01 alice cli office kv-pay get s01..s12",
		"day 29 11:00 alice cli office kv-pay list secrets\nday 29 11:01 alice cli office kv-pay get t01..t12", false, "KV_ListGetAnomaly"},
	"the same dump from elsewhere": {
		"day 22 11:00 alice cli office kv-pay list secrets\nday 22 11:01 alice cli office kv-pay get s01..s12",
		"day 29 11:00 alice cli outside kv-pay list secrets\nday 29 11:01 alice cli outside kv-pay get s01..s12", false, "KV_ListGetAnomaly"},
	"the same dump by somebody else": {
		"day 22 11:00 alice cli office kv-pay list secrets\nday 22 11:01 alice cli office kv-pay get s01..s12",
		"day 29 11:00 app-scan cli office kv-pay list secrets\nday 29 11:01 app-scan cli office kv-pay get s01..s12", false, ""},
	"the same dump on another vault": {
		"day 22 11:00 alice cli office kv-pay list secrets\nday 22 11:01 alice cli office kv-pay get s01..s12",
		"day 29 11:00 alice cli office kv-hr list secrets\nday 29 11:01 alice cli office kv-hr get s01..s12", false, ""},
	"the same burst": {
		"day 22 11:00 mi-web sdk azure kv-pay get db-password x120",
		"day 29 11:00 mi-web sdk azure kv-pay get db-password x130", true, ""},
	"a larger burst": {
		"day 22 11:00 mi-web sdk azure kv-pay get db-password x120",
		"day 29 11:00 mi-web sdk azure kv-pay get db-password x400", false, "KV_OperationVolumeAnomaly"},
	"the same visit through TOR": {
		"day 22 03:00 alice cli tor kv-pay get db-password",
		"day 29 03:00 alice cli tor kv-pay get db-password", true, ""},
	"a theft after a visit through TOR": {
		"day 22 03:00 alice cli tor kv-pay get db-password",
		"day 29 03:00 alice cli tor kv-pay list secrets\nday 29 03:01 alice cli tor kv-pay get s01..s12", false, "KV_TORAccess"},
	"denied before, let in now": {
		"day 22 03:00 alice cli tor kv-pay get db-password = denied",
		"day 29 03:00 alice cli tor kv-pay get s01", false, "KV_TORAccess"},
}

var (
	taught = scenario.Day1.AddDate(0, 0, 22) // after the story of day 22
	dayOf  = func(n int) time.Time { return scenario.Day1.AddDate(0, 0, n-1) }
)

func recordsOf(t testing.TB, text string) []audit.Record {
	t.Helper()
	story, err := scenario.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return story.Records
}

// lessonsOf teaches everything that was raised on a day.
func lessonsOf(t testing.TB, alerts []detection.Alert) (list []detection.Lesson) {
	t.Helper()
	for _, a := range alerts {
		if a.Time.Before(dayOf(22)) {
			continue
		}
		var of *detection.Detection
		for _, d := range catalogue.All() {
			if d.ID == a.Type {
				of = d
			}
		}
		l, err := detection.NewLesson(a, of)
		if err != nil {
			t.Fatalf("%s teaches nothing: %v", a.Type, err)
		}
		l.From, l.Until = taught, taught.Add(detection.LessonLife)
		list = append(list, l)
	}
	if len(list) == 0 {
		t.Fatal("the story of day 22 raised nothing")
	}
	return list
}

func typesAfter(alerts []detection.Alert, from time.Time) (types []string) {
	for _, a := range alerts {
		if !a.Time.Before(from) {
			types = append(types, strings.Join(append([]string{a.Type}, a.Also...), "+"))
		}
	}
	return types
}

// The same again is silent once it was taught; without the lesson it is not; and whatever goes beyond it is told.
func TestLessons(t *testing.T) {
	for name, c := range lessonCases {
		t.Run(name, func(t *testing.T) {
			records := recordsOf(t, everydayLife+c.story+"\n"+c.again)
			untaught := engine(nil)
			untaught.Queue.Add(records)
			if got := typesAfter(untaught.Settle(dayOf(45)), dayOf(29)); len(got) == 0 {
				t.Fatal("without a lesson nothing is raised: the case proves nothing")
			}
			e := engine(nil)
			e.Queue.Add(recordsOf(t, everydayLife+c.story+"\n"+c.again))
			e.Teach(lessonsOf(t, e.Settle(taught)))
			got := typesAfter(e.Settle(dayOf(45)), dayOf(29))
			switch {
			case c.silent && len(got) > 0:
				t.Errorf("raised %v", got)
			case !c.silent && len(got) == 0:
				t.Error("nothing was raised")
			case !strings.Contains(fmt.Sprint(got), c.kind):
				t.Errorf("raised %v, want %s", got, c.kind)
			}
		})
	}
}

// What was taught becomes usual by being done: after some repetitions the lesson may end and the burst is still no news.
func TestLessonsBecomeUsual(t *testing.T) {
	text := everydayLife
	for day := 22; day <= 40; day += 3 {
		text += fmt.Sprintf("day %d 11:00 mi-web sdk azure kv-pay get db-password x120\n", day)
	}
	e := engine(nil)
	e.Queue.Add(recordsOf(t, text))
	list := lessonsOf(t, e.Settle(taught))
	for i := range list {
		list[i].Until = dayOf(35)
	}
	e.Teach(list)
	if got := typesAfter(e.Settle(dayOf(45)), dayOf(23)); len(got) > 0 {
		t.Errorf("raised %v", got)
	}
}

// A lesson that has ended explains nothing.
func TestLessonsEnd(t *testing.T) {
	c := lessonCases["the same visit through TOR"]
	e := engine(nil)
	e.Queue.Add(recordsOf(t, everydayLife+c.story+"\n"+c.again))
	list := lessonsOf(t, e.Settle(taught))
	for i := range list {
		list[i].Until = dayOf(25)
	}
	e.Teach(list)
	if got := typesAfter(e.Settle(dayOf(45)), dayOf(29)); len(got) == 0 {
		t.Error("nothing was raised after the lesson's end")
	}
}

// While the alert is still open, what follows it and goes beyond it is an alert of its own and not swallowed by the
// benign one.
func TestLessonsCloseTheStory(t *testing.T) {
	e := engine(nil)
	e.Queue.Add(recordsOf(t, everydayLife+`
day 22 11:00 alice cli office kv-pay list secrets
day 22 11:01 alice cli office kv-pay get s01..s12
day 22 13:00 alice cli office kv-pay list secrets
day 22 13:01 alice cli office kv-pay get s01..s12
day 22 14:00 alice cli office kv-pay list secrets
day 22 14:01 alice cli office kv-pay get t01..t12`))
	noon := dayOf(22).Add(12 * time.Hour)
	list := lessonsOf(t, e.Settle(noon))
	for i := range list {
		list[i].From = noon
	}
	e.Teach(list)
	alerts := e.Settle(dayOf(24))
	if len(alerts) != 1 || alerts[0].ID == list[0].Alert || alerts[0].Time.Before(dayOf(22).Add(14*time.Hour)) {
		t.Errorf("raised %v at %v", typesAfter(alerts, dayOf(22)), alerts)
	}
}

// It makes no difference whether the lesson was taken in at once or at any later time before its records are judged,
// nor where the engine was written down and read back in between.
func TestLessonsAtAnyPoint(t *testing.T) {
	c := lessonCases["the same burst"]
	text := everydayLife + c.story + "\n" + c.again + "\nday 30 11:00 mi-web sdk azure kv-pay get db-password x500"
	once := engine(nil)
	once.Queue.Add(recordsOf(t, text))
	want := told{}
	want.add(t, once.Settle(taught))
	list := lessonsOf(t, alertsOf(t, text, taught))
	once.Teach(list)
	want.add(t, once.Settle(end))
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 9))
		records, e, x := recordsOf(t, text), engine(nil), told{}
		for at := scenario.Day1; at.Before(end); at = at.Add(time.Duration(1+rng.IntN(60)) * time.Hour) {
			if e = again(t, e); e.Settled.Time().After(taught.Add(-60 * time.Hour)) {
				e.Teach(list) // before its time, at it, or after it: always read anew
			}
			for i := range records {
				if baseline.At(records[i].Time) > e.Settled {
					e.Queue.Add(records[i : i+1])
				}
			}
			ahead, err := e.Peek()
			if err != nil {
				t.Fatal(err)
			}
			if got := typesAfter(ahead, dayOf(29)); len(got) > 0 && !strings.Contains(fmt.Sprint(typesAfter(ahead, dayOf(30))), got[0]) {
				t.Fatalf("seed %d: looking ahead said %v", seed, got)
			}
			x.add(t, e.Settle(at))
		}
		x.add(t, e.Settle(end))
		if got := x.lines(); fmt.Sprint(got) != fmt.Sprint(want.lines()) {
			t.Fatalf("seed %d: alerts differ\n got %s\nwant %s", seed, got, want.lines())
		}
	}
}

func alertsOf(t testing.TB, text string, until time.Time) []detection.Alert {
	e := engine(nil)
	e.Queue.Add(recordsOf(t, text))
	return e.Settle(until)
}

// Alerts about nobody, and samples, teach nothing and say why.
func TestNewLessonRefuses(t *testing.T) {
	for _, a := range []detection.Alert{{ID: "a"}, {ID: "a", Caller: "c", Sample: true}} {
		if l, err := detection.NewLesson(a, nil); err == nil {
			t.Errorf("%+v teaches %+v", a, l)
		}
	}
}
