package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// What is late: Azure exports within ten minutes, and the judge waits ten more for stragglers.
const (
	lateAfter  = 40 * time.Minute
	sweepAfter = 5 * time.Minute
)

// healthFacts says at a glance whether the detector sees and judges.
func healthFacts(k *known, m pipeline.Memory, streams []pipeline.Stream, now time.Time) []health {
	var facts []health
	high := k.spoke
	for _, s := range streams {
		if s.High.After(high) {
			high = s.High
		}
	}
	switch lag := now.Sub(high); {
	case high.IsZero():
		facts = append(facts, health{"Log", "nothing has arrived yet", true})
	case lag > past:
		facts = append(facts, health{"Log", "ends " + high.Format("2006-01-02 15:04") + " UTC", false})
	default:
		facts = append(facts, health{"Log", "read up to " + lasting(lag) + " ago", lag > lateAfter})
	}
	if !m.Settled.IsZero() && !high.IsZero() {
		behind := high.Sub(m.Settled)
		facts = append(facts, health{"Judged", "up to " + lasting(behind) + " before the log's end", behind > lateAfter})
	}
	if m.Waiting >= 0 {
		facts = append(facts, health{"Waiting", counted(m.Waiting, "record"), false})
	}
	if !m.Live || m.Sweeper != "" {
		facts = append(facts, sweepFact(m, now))
	}
	return facts
}

func sweepFact(m pipeline.Memory, now time.Time) health {
	if m.Swept.IsZero() {
		return health{"Judge", "has not run yet", true}
	}
	age := now.Sub(m.Swept)
	return health{"Judge", "ran " + lasting(age) + " ago", age > sweepAfter}
}

// healthView is the detector itself.
type healthView struct {
	Facts        []health
	Memory       pipeline.Memory
	Vaults       int
	Principals   int
	Streams      []streamRow
	Letters      []letterRow
	MoreLetters  bool
	Sweep        *sweepView // nil: none has run
	Lists        []List
	Settings     []Setting
	Actions      []triage.Action
	CanWrite     bool
	AlertsInView int
}

type streamRow struct {
	pipeline.Stream
	Lag  string
	Late bool
}

type letterRow struct {
	Seen      time.Time
	Inbox     string
	Sequence  string
	Malformed int
	Reason    string
	Look      string
}

const (
	maxLetters = 50
	maxActions = 50
)

func (c *console) health(v *visit) (answer, error) {
	view, err := c.newHealth(v)
	return answer{page: "health", title: "Health", view: view}, err
}

func (c *console) newHealth(v *visit) (healthView, error) {
	var view healthView
	k, err := v.read()
	if err != nil {
		return view, err
	}
	if err := c.Viewer.Look(v.ctx(), func(m pipeline.Memory) {
		view.Memory, view.Vaults, view.Principals = m, len(m.Estate.Vaults), len(m.Estate.Principals)
		view.Memory.Estate = nil
	}); err != nil {
		return view, err
	}
	streams, err := c.Viewer.Streams(v.ctx())
	if err != nil {
		return view, err
	}
	view.Facts, view.AlertsInView = healthFacts(k, view.Memory, streams, v.now), len(k.alerts)
	view.Streams = streamRows(streams, k.present)
	letters, more, err := c.Viewer.Letters(v.ctx(), maxLetters)
	if err != nil {
		return view, err
	}
	for _, l := range letters {
		view.Letters = append(view.Letters, newLetterRow(l, v.links))
	}
	view.MoreLetters = more
	view.Actions, err = triage.Actions(v.ctx(), c.Store, maxActions)
	if err != nil {
		return view, err
	}
	view.Settings, view.CanWrite = c.Settings, c.Store != nil
	if c.Lists != nil {
		view.Lists = c.Lists()
	}
	return view, view.addSweep(v)
}

func streamRows(streams []pipeline.Stream, present time.Time) []streamRow {
	var rows []streamRow
	for _, s := range streams {
		row := streamRow{Stream: s, Lag: "nothing yet"}
		if !s.High.IsZero() {
			lag := present.Sub(s.High)
			row.Lag, row.Late = lasting(lag), lag > lateAfter
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b streamRow) int { return cmp.Compare(a.Name, b.Name) })
	return rows
}

func newLetterRow(l pipeline.Letter, to links) letterRow {
	row := letterRow{Seen: l.Seen, Inbox: l.Inbox, Sequence: "none", Malformed: l.Malformed, Look: to.to("letter", "inbox", l.Inbox, "key", l.Key)}
	if l.Sequence >= 0 {
		row.Sequence = fmt.Sprint(l.Sequence)
	}
	if len(l.Reasons) > 0 {
		row.Reason = l.Reasons[0]
	}
	return row
}

// letterView is one dead letter, looked at.
type letterView struct {
	pipeline.Letter
	Text     string
	Shown    int
	Binary   bool
	CanWrite bool
	Token    string
	Replay   string
}

// maxShown bounds how much of a dead letter a page shows.
const maxShown = 16 << 10

func (c *console) letter(v *visit) (answer, error) {
	letters, _, err := c.Viewer.Letters(v.ctx(), maxLetters)
	if err != nil {
		return answer{}, err
	}
	for _, l := range letters {
		if l.Inbox == v.arg("inbox") && l.Key == v.arg("key") {
			view := letterView{Letter: l, Text: string(l.Body[:min(len(l.Body), maxShown)]), CanWrite: c.Store != nil, Replay: v.links.to("replay")}
			view.Binary, view.Shown = !utf8.ValidString(view.Text), len(view.Text)
			view.Token, err = v.token()
			return answer{page: "letter", title: "A dead letter", view: view}, err
		}
	}
	return answer{}, refuse(http.StatusNotFound, "There is no such dead letter: it may have been replayed meanwhile.")
}
