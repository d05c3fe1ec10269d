package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// alertRows is the store partition of the alerts; keys begin with the alert's event time, so that they list in order.
const alertRows = "alerts"

func alertKey(a detection.Alert) string {
	return timeKey(a.Time) + "/" + a.ID
}

func timeKey(t time.Time) string { return t.UTC().Format("20060102T150405.000000000") }

// raise writes alerts that were raised or changed, of each its last state. The time at which one was first seen is kept.
// Writing the same alert again, after a crash, changes nothing.
func (p *Pipeline) raise(ctx context.Context, alerts []detection.Alert) ([]detection.Alert, error) {
	alerts = lastStates(alerts)
	var writes []store.Write
	for i := range alerts {
		a := &alerts[i]
		seen, err := p.firstSeen(ctx, *a)
		if err != nil {
			return nil, err
		}
		a.Seen = seen
		if p.store == nil {
			continue
		}
		data, err := json.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("encode alert %s: %w", a.ID, err)
		}
		writes = append(writes, store.Write{Key: alertKey(*a), Data: data, If: store.Any})
	}
	if p.store == nil {
		return alerts, nil
	}
	if err := p.commitAlerts(ctx, writes); err != nil {
		return nil, fmt.Errorf("keep %d alerts: %w", len(writes), err)
	}
	return alerts, nil
}

// lastStates leaves the last of several states of an alert, in the order in which these last ones stand.
func lastStates(alerts []detection.Alert) []detection.Alert {
	last := map[string]int{}
	for i, a := range alerts {
		last[a.ID] = i
	}
	out := make([]detection.Alert, 0, len(last))
	for i, a := range alerts {
		if last[a.ID] == i {
			out = append(out, a)
		}
	}
	return out
}

// firstSeen is when an alert was first raised: now, unless it stands in the store already.
func (p *Pipeline) firstSeen(ctx context.Context, a detection.Alert) (time.Time, error) {
	if seen, ok := p.seen[a.ID]; ok {
		return seen, nil
	}
	seen := p.clock().UTC()
	if p.store != nil {
		for row, err := range p.store.Rows(ctx, alertRows, alertKey(a), alertKey(a)+"\x00") {
			if err != nil {
				return seen, fmt.Errorf("look for alert %s: %w", a.ID, err)
			}
			var old detection.Alert
			if json.Unmarshal(row.Data, &old) == nil && !old.Seen.IsZero() {
				seen = old.Seen
			}
		}
	}
	if len(p.seen) > maxSeen {
		clear(p.seen)
	}
	p.seen[a.ID] = seen
	return seen, nil
}

// maxSeen bounds the times remembered in the process; the store knows the others.
const maxSeen = 10000

// Alerts reads the alerts of an event-time span [from, to), oldest first. A zero to means no end.
func (p *Pipeline) Alerts(ctx context.Context, from, to time.Time) ([]detection.Alert, error) {
	end := ""
	if !to.IsZero() {
		end = timeKey(to)
	}
	var out []detection.Alert
	for row, err := range p.store.Rows(ctx, alertRows, timeKey(from), end) {
		if err != nil {
			return out, fmt.Errorf("read the alerts: %w", err)
		}
		var a detection.Alert
		if err := json.Unmarshal(row.Data, &a); err != nil {
			return out, fmt.Errorf("alert %s: %w", row.Key, err)
		}
		out = append(out, a)
	}
	return out, nil
}
