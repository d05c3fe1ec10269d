package console

import (
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// known is what one visit read: every alert's digest with what people decided about it.
type known struct {
	book   *triage.Book
	alerts []judged // oldest first
	// present is the time the views are about: the clock's, or, where the log is of the past, the log's end.
	present time.Time
	// spoke is when the log was last heard.
	spoke time.Time
	// settled is the event time up to which everything was judged.
	settled time.Time
}

// judged is a digest and what people decided.
type judged struct {
	digest
	status triage.Mark
	// rule silences it, if silenced.
	rule     triage.Rule
	silenced bool
}

// open tells whether somebody should look at it.
func (j judged) open() bool { return j.status.State != triage.Benign && !j.silenced && !j.Sample }

// word is the state as lists show it.
func (j judged) word() string {
	switch {
	case j.Sample:
		return "sample"
	case j.silenced:
		return "silenced"
	}
	return string(j.status.State)
}

// past is how far the log's end may lie behind the clock before the views are about the log's own present: a replayed
// log of March is not silent since March.
const past = 48 * time.Hour

// read reads what every page needs, once a visit: two round trips, and one for the memory's root where another judges.
func (v *visit) read() (*known, error) {
	if v.known != nil {
		return v.known, nil
	}
	book, err := triage.Load(v.ctx(), v.console.Store)
	if err != nil {
		return nil, err
	}
	digests, err := v.console.index.read(v.ctx(), v.console.Viewer.Alerts, v.now)
	if err != nil {
		return nil, err
	}
	k := &known{book: book, alerts: judge(digests, book, v.now), present: v.now}
	err = v.console.Viewer.Look(v.ctx(), func(m pipeline.Memory) {
		k.settled = m.Settled
		if m.Estate.Seen.Last > 0 {
			k.spoke = m.Estate.Seen.Last.Time()
		}
	})
	if !k.spoke.IsZero() && v.now.Sub(k.spoke) > past {
		k.present = k.spoke
	}
	v.known = k
	return k, err
}

func judge(digests []digest, book *triage.Book, now time.Time) []judged {
	list := make([]judged, len(digests))
	for i, d := range digests {
		list[i] = judged{digest: d, status: book.Status(d.Alert)}
		list[i].rule, list[i].silenced = book.Silencer(d.Alert, now)
		if d.Suppressed != "" && !list[i].silenced {
			list[i].silenced, list[i].rule = true, triage.Rule{Name: d.Suppressed}
		}
	}
	return list
}

// incidents groups alerts, loudest first.
func incidents(list []judged, keep func(judged) bool) []notify.Incident {
	var alerts []detection.Alert
	for _, j := range list {
		if keep(j) {
			alerts = append(alerts, j.Alert)
		}
	}
	return notify.Group(alerts)
}

// since returns the alerts from a time on, of a list that is oldest first.
func since(list []judged, from time.Time) []judged {
	for i, j := range list {
		if !j.Time.Before(from) {
			return list[i:]
		}
	}
	return nil
}
