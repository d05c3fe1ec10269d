package triage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Teaching is a lesson, who gave it and why. It is never taken away while it could matter: ended, it still explains what
// was judged under it, should that be judged again after a crash.
type Teaching struct {
	ID string `json:"id"`
	detection.Lesson
	Title string    `json:"title"`
	Cause Cause     `json:"cause"`
	Note  string    `json:"note,omitempty"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	// Ended is when somebody took it back, EndedBy who. Closed: the judge knows of it.
	Ended   time.Time `json:"ended,omitzero"`
	EndedBy string    `json:"endedBy,omitempty"`
	Closed  bool      `json:"closed,omitempty"`
}

const (
	lessonKeys = "lesson/" // + alert, "/", time of teaching
	lessonEnd  = "lesson0"
	// maxLessons bounds the lessons of one decision: they, its mark and its audit row are one commit.
	maxLessons = 20
	// keepLessons is for how much event time a lesson is kept after its last.
	keepLessons = 60 * 24 * time.Hour
)

// InForce tells whether the lesson counts at an event time. One that the judge has not met yet counts from then on.
func (t Teaching) InForce(at time.Time) bool {
	return t.Ended.IsZero() && (t.Until.IsZero() || !at.After(t.Until))
}

// Decision is a mark with what it teaches and what it takes back.
type Decision struct {
	Mark  Mark
	Teach []Teaching
	// Untaught says of alerts that teach nothing why, by id.
	Untaught map[string]string

	end []Teaching
}

// Decide works out what a mark about some alerts teaches: benign for a cause that teaches, each alert that nobody has
// called confirmed. Whatever else is decided takes back what the alerts had taught before.
func (b *Book) Decide(m Mark, alerts []detection.Alert, catalogue []*detection.Detection) Decision {
	d := Decision{Mark: m, Untaught: map[string]string{}}
	teaches := m.State == Benign && m.Cause.Teaches()
	for _, a := range alerts {
		have := slices.IndexFunc(b.Lessons, func(t Teaching) bool { return t.Alert == a.ID && t.Ended.IsZero() })
		why := ""
		switch {
		case !teaches || b.confirmed(a, m):
			if have >= 0 {
				d.end = append(d.end, b.Lessons[have])
			}
			if teaches {
				why = "it is marked confirmed"
			}
		case have >= 0: // taught before
		case len(d.Teach) == maxLessons:
			why = fmt.Sprintf("one decision teaches at most %d lessons: mark it by itself", maxLessons)
		default:
			why = d.teach(a, catalogue)
		}
		if why != "" {
			d.Untaught[a.ID] = why
		}
	}
	return d
}

// confirmed tells whether an alert, or the incident that it belongs to, is marked so apart from the mark being made.
func (b *Book) confirmed(a detection.Alert, m Mark) bool {
	for _, other := range []Mark{{Alert: a.ID}, {Incident: incidentOf(a)}} {
		if other.key() != m.key() && b.marks[other.key()].State == Confirmed {
			return true
		}
	}
	return false
}

// teach adds the lesson of an alert, or says why there is none.
func (d *Decision) teach(a detection.Alert, catalogue []*detection.Detection) (why string) {
	var of *detection.Detection
	for _, x := range catalogue {
		if x.ID == a.Type {
			of = x
		}
	}
	l, err := detection.NewLesson(a, of)
	if err != nil {
		return err.Error()
	}
	id := fmt.Sprintf("%s/%019d", part(a.ID), d.Mark.At.UnixNano())
	d.Teach = append(d.Teach, Teaching{ID: id, Lesson: l, Title: a.Title, Cause: d.Mark.Cause, Note: d.Mark.Note, By: d.Mark.By, At: d.Mark.At})
	return ""
}

// writes are the lesson rows of a decision.
func (d *Decision) writes(b *Book) (writes []store.Write, err error) {
	for _, t := range d.Teach {
		if writes, err = t.appendTo(writes, store.Absent); err != nil {
			return nil, err
		}
	}
	for _, t := range d.end {
		t.Ended, t.EndedBy = d.Mark.At, d.Mark.By
		if writes, err = t.appendTo(writes, b.versions[lessonKeys+t.ID]); err != nil {
			return nil, err
		}
	}
	return writes, nil
}

func (t Teaching) appendTo(writes []store.Write, condition store.Version) ([]store.Write, error) {
	data, err := json.Marshal(t)
	return append(writes, store.Write{Key: lessonKeys + t.ID, Data: data, If: condition}), err
}

// ErrNoLesson says that a lesson to end is not there, or has ended.
var ErrNoLesson = errors.New("there is no such lesson in force")

// EndLesson takes a lesson back, with its audit row.
func EndLesson(ctx context.Context, s store.Store, id, by string, now time.Time) error {
	b, err := Load(ctx, s)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(b.Lessons, func(t Teaching) bool { return t.ID == id })
	if at < 0 || !b.Lessons[at].Ended.IsZero() {
		return ErrNoLesson
	}
	t := b.Lessons[at]
	t.Ended, t.EndedBy = now, by
	return commit(ctx, s, lessonKeys+t.ID, t, b.versions[lessonKeys+t.ID], Action{now, by, "took a lesson back", t.ID, t.Title})
}

// Lessons are all lessons, for the judge. Those that are new get their place in event time, which is settled, the time
// up to which everything was judged; those that were taken back end there. That is durable before anything is judged by
// it, so that judging again gives the same.
func Lessons(ctx context.Context, s store.Store, settled time.Time) ([]detection.Lesson, error) {
	for range 3 { // a person may decide at the same time
		list, writes, err := placed(ctx, s, settled)
		for err == nil && len(writes) > 0 {
			n := min(len(writes), store.MaxWrites)
			err, writes = s.Commit(ctx, rows, writes[:n]), writes[n:]
		}
		switch {
		case err == nil:
			return list, nil
		case !errors.Is(err, store.ErrConflict):
			return nil, fmt.Errorf("take the lessons in: %w", err)
		}
	}
	return nil, errors.New("take the lessons in: they changed three times meanwhile")
}

func placed(ctx context.Context, s store.Store, settled time.Time) (list []detection.Lesson, writes []store.Write, err error) {
	for row, err := range s.Rows(ctx, rows, lessonKeys, lessonEnd) {
		if err != nil {
			return nil, nil, err
		}
		t, err := readTeaching(row)
		if err != nil {
			return nil, nil, err
		}
		if t.gone(settled) {
			writes = append(writes, store.Write{Key: row.Key, If: row.Version, Delete: true})
			continue
		}
		if t.place(settled) {
			if writes, err = t.appendTo(writes, row.Version); err != nil {
				return nil, nil, err
			}
		}
		list = append(list, t.Lesson)
	}
	return list, writes, nil
}

// place gives the lesson what it lacks of its span, and tells whether it lacked any. Before the first record there is
// no event time to stand in.
func (t *Teaching) place(settled time.Time) (changed bool) {
	if settled.IsZero() {
		return false
	}
	if t.From.IsZero() {
		t.From, t.Until, changed = settled, settled.Add(detection.LessonLife), true
	}
	if !t.Ended.IsZero() && !t.Closed {
		if settled.Before(t.Until) {
			t.Until = settled
		}
		t.Closed, changed = true, true
	}
	return changed
}

// gone: nothing can be judged by the lesson any more, and nobody needs to see it.
func (t Teaching) gone(settled time.Time) bool {
	return !t.Until.IsZero() && settled.Sub(t.Until) > keepLessons
}

func readTeaching(row store.Row) (t Teaching, err error) {
	if err := json.Unmarshal(row.Data, &t); err != nil {
		return t, fmt.Errorf("lesson %q: %w", row.Key, err)
	}
	t.ID = strings.TrimPrefix(row.Key, lessonKeys)
	return t, nil
}
