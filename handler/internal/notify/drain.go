package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Report is what a drain did, for the log line and the health page.
type Report struct {
	// Busy is true when another instance is draining: nothing was done.
	Busy bool `json:"busy"`
	// Forgotten counts alerts given up after GiveUp because a channel would not take them; Unreadable counts rows of the
	// outbox that this version cannot read. Both should be zero.
	Forgotten  int             `json:"forgotten"`
	Unreadable int             `json:"unreadable"`
	Channels   []ChannelReport `json:"channels"`
}

// ChannelReport is one channel's part of a Report.
type ChannelReport struct {
	Name string `json:"name"`
	// Sent and Refused count the messages of this drain.
	Sent    int `json:"sent"`
	Refused int `json:"refused"`
	// Waiting counts the alerts that this channel is still to be told of, the digest's included; Oldest is when the
	// first of them was queued.
	Waiting int       `json:"waiting"`
	Oldest  time.Time `json:"oldest,omitzero"`
	// Until is when a channel that cannot be reached is tried again. Error is the last failure, without secrets.
	Until time.Time `json:"until,omitzero"`
	Error string    `json:"error,omitempty"`
}

// Drain tells every channel what it must be told now, if no other instance is doing so. It takes at most drainFor, or
// until ctx ends; what is left waits for the next drain. Failures of channels are in the report, the error is the
// store's. Call it every minute.
func (o *Outbox) Drain(ctx context.Context, now time.Time) (Report, error) {
	ok, err := o.acquire(ctx, now)
	if err != nil || !ok {
		return Report{Busy: err == nil}, err
	}
	// Sends end well before the lease does: an instance that takes over never sends beside us.
	work, cancel := context.WithTimeout(ctx, drainFor)
	defer cancel()
	report, err := o.drain(work, now)
	return report, errors.Join(err, o.release(ctx))
}

func (o *Outbox) drain(ctx context.Context, now time.Time) (Report, error) {
	books, err := o.load(ctx)
	if err != nil {
		return Report{}, err
	}
	couriers := make([]*courier, len(o.config.Routes))
	errs := make([]error, len(couriers))
	var wait sync.WaitGroup
	for i, route := range o.config.Routes {
		couriers[i] = newCourier(o, route, books)
		// Side by side, so that one channel's timeout does not cost the others their minute.
		wait.Go(func() { errs[i] = couriers[i].run(ctx, now) })
	}
	wait.Wait()
	report := Report{Unreadable: books.unreadable}
	for _, c := range couriers {
		report.Channels = append(report.Channels, c.summary())
	}
	if ctx.Err() == nil { // tidying waits for a drain with time to spare
		report.Forgotten, err = o.forget(ctx, books, couriers, now)
	}
	return report, errors.Join(append(errs, err)...)
}

// commit writes in slices that a transaction can hold. A crash between slices repeats a part of the telling.
func (o *Outbox) commit(ctx context.Context, writes []store.Write) error {
	for len(writes) > 0 {
		n, size := 0, 0
		for n < len(writes) && n < store.MaxWrites && (n == 0 || size+len(writes[n].Key)+len(writes[n].Data) <= store.MaxCommit) {
			size += len(writes[n].Key) + len(writes[n].Data)
			n++
		}
		if err := o.config.Store.Commit(ctx, o.config.Partition, writes[:n]); err != nil {
			return fmt.Errorf("write outbox: %w", err)
		}
		writes = writes[n:]
	}
	return nil
}
