package notify

import (
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// maxFeed bounds the alerts of one message to a channel that keeps records; more go into the next message.
const maxFeed = 200

// planFeed sends every open alert, in slices. What was refused before goes incident by incident, so that one bad alert
// does not hold up its neighbours for ever.
func planFeed(s Settings, l Ledger, now time.Time) []Task {
	var fresh []detection.Alert
	var again []Task
	below := Task{Changes: map[string]Change{}}
	for _, in := range l.incidents() {
		mark := l.Marks[in.Key()]
		wanted, quiet := divide(mark.open(in.Alerts), s.Minimum)
		if len(quiet) > 0 {
			below.Changes[in.Key()] = Change{Done: severities(quiet)}
		}
		switch {
		case now.Before(mark.Until):
		case mark.Reason != "":
			again = append(again, feedTasks(wanted)...)
		default:
			fresh = append(fresh, wanted...)
		}
	}
	tasks := append(feedTasks(fresh), again...)
	if len(below.Changes) > 0 {
		tasks = append(tasks, below)
	}
	return tasks
}

func divide(alerts []detection.Alert, minimum detection.Severity) (wanted, quiet []detection.Alert) {
	for _, a := range alerts {
		if a.Severity >= minimum || a.Sample {
			wanted = append(wanted, a)
		} else {
			quiet = append(quiet, a)
		}
	}
	return wanted, quiet
}

func feedTasks(alerts []detection.Alert) []Task {
	var tasks []Task
	for slice := range slices.Chunk(alerts, maxFeed) {
		m := Message{Kind: Feed, Incidents: Group(slice)}
		t := Task{Message: &m, Changes: map[string]Change{}}
		for _, in := range m.Incidents {
			t.Changes[in.Key()] = Change{Done: severities(in.Alerts)}
			t.Keys = append(t.Keys, in.Key())
		}
		tasks = append(tasks, t)
	}
	return tasks
}
