package notify_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
)

// told is a plan in words, one line for each task.
func told(tasks []notify.Task) []string {
	var lines []string
	for _, t := range tasks {
		if t.Message == nil {
			lines = append(lines, fmt.Sprintf("quietly %d marks", len(t.Changes)))
			continue
		}
		line := string(t.Message.Kind)
		for _, in := range t.Message.Incidents {
			line += fmt.Sprintf(" %s/%s/%d", in.ID, in.Severity, len(in.Alerts))
		}
		if h := t.Message.Held; h != (notify.Held{}) {
			line += fmt.Sprintf(" held %d below %d suppressed %d undelivered", h.Below, h.Suppressed, h.Undelivered)
		}
		lines = append(lines, line)
	}
	return lines
}

func alert(id, incident string, s detection.Severity, change ...func(*detection.Alert)) detection.Alert {
	a := notifytest.Alert(id)
	a.Incident, a.Severity = incident, s
	for _, c := range change {
		c(&a)
	}
	return a
}

func suppressed(a *detection.Alert) { a.Suppressed = "rule-1" }
func sample(a *detection.Alert)     { a.Sample = true }
func elsewhere(a *detection.Alert) {
	a.Type, a.Vault, a.Vaults = "KV_TORAccess", notifytest.Other, []string{notifytest.Other}
}

func TestPlan(t *testing.T) {
	const low, medium, high = detection.Low, detection.Medium, detection.High
	noon := notifytest.Noon()
	tomorrow := noon.AddDate(0, 0, 1)
	done := func(id string) notify.Mark {
		return notify.Mark{Told: true, Severity: medium, Done: map[string]detection.Severity{id: medium}}
	}
	for _, c := range []struct {
		name     string
		settings notify.Settings
		alerts   []detection.Alert
		marks    map[string]notify.Mark
		now      time.Time
		want     []string
	}{
		{name: "nothing", want: nil},
		{name: "a medium alert is told at once", alerts: []detection.Alert{alert("a", "i", medium)}, want: []string{"incident i/Medium/1"}},
		{name: "one message for an incident", alerts: []detection.Alert{alert("a", "i", medium), alert("b", "i", low)}, want: []string{"incident i/Medium/2"}},
		{name: "the loudest first", alerts: []detection.Alert{alert("a", "i", medium), alert("b", "j", high)}, want: []string{"incident j/High/1", "incident i/Medium/1"}},
		{name: "a low alert waits", alerts: []detection.Alert{alert("a", "i", low)}, want: nil},
		{name: "and stands in the digest", alerts: []detection.Alert{alert("a", "i", low)}, now: tomorrow, want: []string{"digest i/Low/1"}},
		{name: "what was told is over", alerts: []detection.Alert{alert("a", "i", medium)}, marks: map[string]notify.Mark{"i": done("a")}, now: tomorrow, want: nil},
		{name: "more of the same waits", alerts: []detection.Alert{alert("a", "i", medium), alert("b", "i", medium)}, marks: map[string]notify.Mark{"i": done("a")}, want: nil},
		{name: "and only the rest stands in the digest", alerts: []detection.Alert{alert("a", "i", medium), alert("b", "i", medium)}, marks: map[string]notify.Mark{"i": done("a")}, now: tomorrow, want: []string{"digest i/Medium/1"}},
		{name: "an escalation is told once more, whole", alerts: []detection.Alert{alert("a", "i", medium), alert("b", "i", high)}, marks: map[string]notify.Mark{"i": done("a")}, want: []string{"escalation i/High/2"}},
		{name: "alerts of two types on two vaults escalate together", alerts: []detection.Alert{alert("a", "i", medium), alert("b", "i", medium, elsewhere)}, marks: map[string]notify.Mark{"i": done("a")}, want: []string{"escalation i/High/2"}},
		{name: "an incident that the digest told first gets its own message when it grows", alerts: []detection.Alert{alert("a", "i", low), alert("b", "i", medium)}, marks: map[string]notify.Mark{"i": {Done: map[string]detection.Severity{"a": low}}}, want: []string{"incident i/Medium/2"}},
		{name: "below the minimum nothing is told", settings: notify.Settings{Minimum: high}, alerts: []detection.Alert{alert("a", "i", medium)}, want: nil},
		{name: "not even a digest of counts", settings: notify.Settings{Minimum: high}, alerts: []detection.Alert{alert("a", "i", medium)}, now: tomorrow, want: []string{"quietly 1 marks"}},
		{name: "but a digest counts it", settings: notify.Settings{Minimum: medium}, alerts: []detection.Alert{alert("a", "i", medium), alert("b", "i", medium), alert("c", "j", low)},
			marks: map[string]notify.Mark{"i": done("a")}, now: tomorrow, want: []string{"digest i/Medium/1 held 1 below 0 suppressed 0 undelivered"}},
		{name: "suppressed alerts are counted, not told", alerts: []detection.Alert{alert("a", "i", high, suppressed), alert("b", "j", low)}, now: tomorrow, want: []string{"digest j/Low/1 held 0 below 1 suppressed 0 undelivered"}},
		{name: "a suppressed alert does not make its incident louder", alerts: []detection.Alert{alert("a", "i", high, suppressed), alert("b", "i", low)}, want: nil},
		{name: "a sample is told at once, whatever its severity", settings: notify.Settings{Minimum: high}, alerts: []detection.Alert{alert("a", "i", low, sample)}, want: []string{"sample i/Low/1"}},
		{name: "a sample never mingles with a real incident", alerts: []detection.Alert{alert("a", "i", medium, sample), alert("b", "i", medium)}, want: []string{"incident i/Medium/1", "sample i/Medium/1"}},
		{name: "a refused message rests", alerts: []detection.Alert{alert("a", "i", medium)}, marks: map[string]notify.Mark{"i": {Until: noon.Add(time.Hour), Reason: "no"}}, want: nil},
		{name: "and is tried again", alerts: []detection.Alert{alert("a", "i", medium)}, marks: map[string]notify.Mark{"i": {Until: noon, Reason: "no"}}, want: []string{"incident i/Medium/1"}},
		{name: "a digest says what is undelivered", alerts: []detection.Alert{alert("a", "i", medium), alert("b", "j", low)}, marks: map[string]notify.Mark{"i": {Until: tomorrow.Add(time.Hour), Reason: "no"}}, now: tomorrow,
			want: []string{"digest j/Low/1 held 0 below 0 suppressed 1 undelivered"}},
		{name: "a refused digest rests", alerts: []detection.Alert{alert("a", "i", low)}, marks: map[string]notify.Mark{notify.DigestKey: {Until: tomorrow.Add(time.Hour)}}, now: tomorrow, want: nil},
		{name: "the digest has its hour", settings: notify.Settings{DigestHour: 13}, alerts: []detection.Alert{alert("a", "i", low)}, now: noon.Add(61 * time.Minute), want: []string{"digest i/Low/1"}},
		{name: "and not before", settings: notify.Settings{DigestHour: 13}, alerts: []detection.Alert{alert("a", "i", low)}, now: noon.Add(59 * time.Minute), want: nil},
		{name: "a feed gets everything at once", settings: notify.Settings{Feed: true}, alerts: []detection.Alert{alert("a", "i", low), alert("b", "j", high, suppressed), alert("c", "i", medium, sample)},
			want: []string{"feed j/High/1 i/Medium/1 i/Low/1"}},
		{name: "a feed has a minimum too", settings: notify.Settings{Feed: true, Minimum: medium}, alerts: []detection.Alert{alert("a", "i", low), alert("b", "j", high)}, want: []string{"feed j/High/1", "quietly 1 marks"}},
		{name: "a feed tells only what is new", settings: notify.Settings{Feed: true}, alerts: []detection.Alert{alert("a", "i", low), alert("b", "i", low)}, marks: map[string]notify.Mark{"i": {Done: map[string]detection.Severity{"a": low}}}, want: []string{"feed i/Low/1"}},
		{name: "a feed is told again of an alert that became more severe", settings: notify.Settings{Feed: true}, alerts: []detection.Alert{alert("a", "i", medium)}, marks: map[string]notify.Mark{"i": {Done: map[string]detection.Severity{"a": low}}}, want: []string{"feed i/Medium/1"}},
		{name: "an alert that became more severe escalates its incident", alerts: []detection.Alert{alert("a", "i", high)}, marks: map[string]notify.Mark{"i": done("a")}, want: []string{"escalation i/High/1"}},
		{name: "an alert that became less severe is over", alerts: []detection.Alert{alert("a", "i", low)}, marks: map[string]notify.Mark{"i": done("a")}, now: tomorrow, want: nil},
		{name: "what a feed refused goes one by one", settings: notify.Settings{Feed: true}, alerts: []detection.Alert{alert("a", "i", low), alert("b", "j", low), alert("c", "k", low)},
			marks: map[string]notify.Mark{"i": {Until: noon, Reason: "no"}, "j": {Until: noon, Reason: "no"}}, want: []string{"feed k/Low/1", "feed i/Low/1", "feed j/Low/1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := c.now
			if now.IsZero() {
				now = noon
			}
			var l notify.Ledger
			l.Marks = c.marks
			for _, a := range c.alerts {
				l.Entries = append(l.Entries, notify.Entry{Alert: a, Queued: noon})
			}
			if diff := cmp.Diff(c.want, told(notify.Plan(c.settings, l, now))); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFeedOfManyAlertsIsToldInSlicesAndWhole(t *testing.T) {
	var l notify.Ledger
	for i := range 501 {
		l.Entries = append(l.Entries, notify.Entry{Alert: alert(fmt.Sprintf("a%03d", i), "i", detection.Low), Queued: notifytest.Noon()})
	}
	seen := map[string]bool{}
	tasks := notify.Plan(notify.Settings{Feed: true}, l, notifytest.Noon())
	for _, task := range tasks {
		alerts := task.Message.Alerts()
		if len(alerts) > 200 {
			t.Errorf("a message of %d alerts", len(alerts))
		}
		if diff := cmp.Diff(len(alerts), len(task.Changes["i"].Done)); diff != "" {
			t.Errorf("a task marks other alerts than it tells: %s", diff)
		}
		for _, a := range alerts {
			seen[a.ID] = true
		}
	}
	if len(seen) != 501 || len(tasks) != 3 {
		t.Errorf("%d alerts in %d messages, want 501 in 3", len(seen), len(tasks))
	}
}
