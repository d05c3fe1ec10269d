package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// deadKeys begin the keys of dead letters. They stand in the inbox they came by, so that they are kept in the same
// commit as the position that leaves them behind.
const (
	deadKeys = "dead/"
	deadEnd  = "dead0"
)

// DeadLetter is an event that held something malformed, set aside for people to look at.
type DeadLetter struct {
	Inbox    string    `json:"inbox"`
	Sequence int64     `json:"sequence"` // -1 if the event had none
	Offset   string    `json:"offset"`
	Enqueued time.Time `json:"enqueued,omitzero"`
	Seen     time.Time `json:"seen"`
	Reasons  []string  `json:"reasons"`
	// Malformed counts the records that could not be read; the others of the event were judged.
	Malformed int `json:"malformed"`
	// Body is the event's beginning, at most maxDeadBody bytes of Size.
	Body []byte `json:"body"`
	Size int    `json:"size"`
}

// maxDeadBody is how much of a poison body is kept: enough to understand it.
const maxDeadBody = 64 << 10

type deadLetter struct {
	key    string
	letter DeadLetter
}

func newDeadLetter(inbox string, e parsed, seen time.Time) deadLetter {
	d := DeadLetter{Inbox: inbox, Sequence: -1, Offset: e.event.Offset, Enqueued: e.event.Enqueued, Seen: seen.UTC(), Malformed: e.tally.Malformed, Size: len(e.event.Body)}
	if e.event.HasSequence {
		d.Sequence = e.event.Sequence
	}
	for _, p := range e.tally.Problems {
		d.Reasons = append(d.Reasons, fmt.Sprintf("%s (at byte %d)", p.Reason, p.Offset))
	}
	d.Body = e.event.Body[:min(len(e.event.Body), maxDeadBody)]
	return deadLetter{fmt.Sprintf("%s%s/%020d", deadKeys, seen.UTC().Format("20060102T150405.000000000"), max(d.Sequence, 0)), d}
}

func (d deadLetter) write() store.Write {
	data, _ := json.Marshal(d.letter) // plain data: never fails
	return store.Write{Key: d.key, Data: data, If: store.Any}
}

// Reject keeps an invocation that could not even be opened, so that the host need not send it for ever.
func (p *Pipeline) Reject(ctx context.Context, r invoke.Rejected) (invoke.Result, error) {
	if p.store == nil {
		return invoke.Result{}, nil
	}
	seen := p.clock().UTC()
	d := DeadLetter{Inbox: "inbox/rejected", Sequence: -1, Seen: seen, Reasons: []string{r.Reason.Error()}, Malformed: 1, Size: int(r.Size), Body: r.Head}
	w := deadLetter{deadKeys + seen.Format("20060102T150405.000000000"), d}.write()
	if err := p.enter(ctx, d.Inbox); err != nil {
		return invoke.Result{}, err
	}
	if err := p.store.Commit(ctx, d.Inbox, []store.Write{w}); err != nil {
		return invoke.Result{}, fmt.Errorf("set a rejected invocation aside: %w", err)
	}
	return invoke.Result{Numbers: map[string]int{"rejected": 1}}, nil
}

// DeadLetters lists what was set aside, by inbox, oldest first within one.
func (p *Pipeline) DeadLetters(ctx context.Context) ([]DeadLetter, error) {
	var out []DeadLetter
	for index, err := range p.store.Rows(ctx, inboxIndex, "", "") {
		if err != nil {
			return out, fmt.Errorf("list the inboxes: %w", err)
		}
		if !strings.HasPrefix(index.Key, "inbox/") {
			continue
		}
		for row, err := range p.store.Rows(ctx, index.Key, deadKeys, deadEnd) {
			if err != nil {
				return out, fmt.Errorf("list the dead letters of %s: %w", index.Key, err)
			}
			var d DeadLetter
			if err := json.Unmarshal(row.Data, &d); err != nil {
				return out, fmt.Errorf("dead letter %s: %w", row.Key, err)
			}
			out = append(out, d)
		}
	}
	return out, nil
}
