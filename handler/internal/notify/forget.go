package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

const (
	// keepFor is how long an alert stays after all are told: its incident may still grow, and an escalation tells the
	// whole story.
	keepFor = 48 * time.Hour
	// GiveUp is when an alert is dropped that some channel never took. The drain's report counts it.
	GiveUp = 30 * 24 * time.Hour
	// tellOnceFor is how long a repeated Put is recognised; the hub's longest retention is 7 days.
	tellOnceFor = 35 * 24 * time.Hour
	// maxForget bounds the old told rows removed in one drain; more go with the next.
	maxForget = 500
)

// forget removes what no channel needs any more, and returns how many alerts were given up undelivered.
func (o *Outbox) forget(ctx context.Context, b *books, couriers []*courier, now time.Time) (int, error) {
	var writes []store.Write
	lost := 0
	alive := map[string]bool{}
	for _, e := range b.entries {
		age, done := now.Sub(e.Queued), doneEverywhere(couriers, e)
		if age <= keepFor || (!done && age <= GiveUp) {
			alive[incidentKey(e)] = true
			continue
		}
		key := alertKey(e.Alert.ID)
		// Under its version: it may have become more severe and been queued again since it was read.
		writes = append(writes, store.Write{Key: key, If: b.versions[key], Delete: true})
		if !done {
			lost++
		}
	}
	keys := deadMarks(b, couriers, alive, now)
	told, err := o.oldTold(ctx, now)
	if err != nil {
		return 0, err
	}
	for _, k := range append(keys, told...) {
		writes = append(writes, store.Write{Key: k, If: store.Any, Delete: true})
	}
	return lost, o.remove(ctx, writes)
}

func (o *Outbox) remove(ctx context.Context, writes []store.Write) error {
	err := o.commit(ctx, writes)
	if errors.Is(err, store.ErrConflict) {
		return nil // the next drain decides anew
	}
	if err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	return nil
}

// deadMarks lists marks whose incident has no alert left, of channels that are configured and of those that were.
func deadMarks(b *books, couriers []*courier, alive map[string]bool, now time.Time) []string {
	var dead []string
	for channel, marks := range b.marks {
		for key, r := range marks {
			mark := r.value
			if i := slices.IndexFunc(couriers, func(c *courier) bool { return c.report.Name == channel }); i >= 0 {
				mark = couriers[i].ledger.Marks[key] // as it stands after this drain
			}
			if !alive[key] && !now.Before(mark.Until) {
				dead = append(dead, markKey(channel, key))
			}
		}
	}
	return dead
}

func (o *Outbox) oldTold(ctx context.Context, now time.Time) ([]string, error) {
	end := toldPrefix + now.Add(-tellOnceFor).UTC().Format(time.DateOnly)
	var keys []string
	for r, err := range o.config.Store.Rows(ctx, o.config.Partition, toldPrefix, end) {
		if err != nil {
			return nil, fmt.Errorf("read old marks: %w", err)
		}
		if keys = append(keys, r.Key); len(keys) == maxForget {
			break
		}
	}
	return keys, nil
}

func doneEverywhere(couriers []*courier, e Entry) bool {
	return !slices.ContainsFunc(couriers, func(c *courier) bool { return !c.done(e) })
}

func (c *courier) done(e Entry) bool {
	return c.ledger.Marks[incidentKey(e)].done(e.Alert)
}

func incidentKey(e Entry) string {
	return Incident{ID: IncidentOf(e.Alert), Sample: e.Alert.Sample}.Key()
}
