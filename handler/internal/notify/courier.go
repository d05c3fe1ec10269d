package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

const (
	// sendFor bounds one delivery, markFor the write behind it.
	sendFor = 20 * time.Second
	markFor = 10 * time.Second
	// firstPause doubles up to longestPause while a channel cannot be reached; a wait it asks for itself is honoured up
	// to longestAsked, since trying once an hour harms nobody.
	firstPause   = time.Minute
	longestPause = 15 * time.Minute
	longestAsked = time.Hour
)

// pause is the row of a channel that cannot be reached.
type pause struct {
	Until time.Time `json:"until,omitzero"`
	Tries int       `json:"tries"`
	Error string    `json:"error"`
}

func (p pause) next(f *Failure, now time.Time) pause {
	wait := firstPause << min(p.Tries, 10)
	wait = max(min(wait, longestPause), min(f.After, longestAsked))
	return pause{Until: now.Add(wait), Tries: p.Tries + 1, Error: clean.Line(f.Error(), 500)}
}

// courier carries one channel's part of a drain.
type courier struct {
	outbox   *Outbox
	route    Route
	ledger   Ledger
	versions map[string]store.Version // of the marks as read; Any once written by us
	pause    pause
	report   ChannelReport
}

func newCourier(o *Outbox, route Route, b *books) *courier {
	name := route.Channel.Name()
	c := &courier{outbox: o, route: route, versions: map[string]store.Version{}, pause: b.pauses[name]}
	c.report.Name = name
	c.ledger = Ledger{Entries: b.entries, Marks: map[string]Mark{}}
	for key, r := range b.marks[name] {
		c.ledger.Marks[key], c.versions[key] = r.value, r.version
	}
	return c
}

// run sends, then marks, one task after the other. A crash between the two repeats the message at the next drain.
func (c *courier) run(ctx context.Context, now time.Time) error {
	if now.Before(c.pause.Until) {
		return nil
	}
	for _, task := range Plan(c.route.Settings, c.ledger, now) {
		if ctx.Err() != nil {
			return nil
		}
		f := AsFailure(c.send(ctx, task.Message))
		if f != nil && f.Retry {
			if ctx.Err() != nil {
				return nil // our time ran out, which says nothing about the channel
			}
			return c.rest(ctx, f, now)
		}
		if err := c.mark(ctx, task, f, now); err != nil {
			return fmt.Errorf("mark messages of channel %s: %w", c.report.Name, err)
		}
	}
	return nil
}

// send delivers one message. A panic in an adapter is a failure like others: the outbox is durable, so a crash would
// come again at every start.
func (c *courier) send(ctx context.Context, m *Message) (err error) {
	if m == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = Refused(fmt.Errorf("channel panicked: %v", p))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, sendFor)
	defer cancel()
	return c.route.Channel.Send(ctx, *m)
}

// mark writes down what became of a task: delivered if f is nil, else refused.
func (c *courier) mark(ctx context.Context, task Task, f *Failure, now time.Time) error {
	changed := map[string]Mark{}
	if f == nil {
		for key, change := range task.Changes {
			changed[key] = c.ledger.Marks[key].apply(change)
		}
	}
	for _, key := range task.Keys {
		m, ok := changed[key]
		if !ok {
			m = c.ledger.Marks[key]
		}
		if f != nil {
			changed[key] = m.refused(clean.Line(f.Error(), 500), now)
		} else if ok || m.Reason != "" {
			changed[key] = m.relieved()
		}
	}
	if task.Message != nil {
		c.tally(f)
	}
	return c.write(ctx, changed, f == nil && task.Message != nil)
}

func (c *courier) tally(f *Failure) {
	if f == nil {
		c.report.Sent++
		return
	}
	c.report.Refused++
	c.report.Error = clean.Line(f.Error(), 500)
}

func (c *courier) write(ctx context.Context, changed map[string]Mark, reached bool) error {
	var writes []store.Write
	for key, m := range changed {
		data, err := pack(m)
		if err != nil {
			return err
		}
		writes = append(writes, store.Write{Key: markKey(c.report.Name, key), Data: data, If: c.versions[key]})
	}
	if reached && c.pause.Tries > 0 {
		writes = append(writes, store.Write{Key: channelPrefix + c.report.Name, If: store.Any, Delete: true})
	}
	// The message is out: its mark is worth a moment even if our time is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), markFor)
	defer cancel()
	if err := c.outbox.commit(ctx, writes); err != nil {
		return err
	}
	for key, m := range changed {
		c.ledger.Marks[key], c.versions[key] = m, store.Any // the lease makes us the only writer
	}
	if reached {
		c.pause = pause{}
	}
	return nil
}

// rest leaves the channel alone for a while.
func (c *courier) rest(ctx context.Context, f *Failure, now time.Time) error {
	c.pause = c.pause.next(f, now)
	data, err := pack(c.pause)
	if err != nil {
		return err
	}
	write := store.Write{Key: channelPrefix + c.report.Name, Data: data, If: store.Any}
	if err := c.outbox.commit(ctx, []store.Write{write}); err != nil {
		return errors.Join(f, err)
	}
	return nil
}

func (c *courier) summary() ChannelReport {
	r := c.report
	if c.pause.Tries > 0 {
		r.Until, r.Error = c.pause.Until, c.pause.Error
	}
	for _, e := range c.ledger.Entries {
		if c.done(e) {
			continue
		}
		r.Waiting++
		if r.Oldest.IsZero() || e.Queued.Before(r.Oldest) {
			r.Oldest = e.Queued
		}
	}
	return r
}
