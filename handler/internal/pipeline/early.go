package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// earlyEvery is how often, by the clock, a look ahead is taken.
const earlyEvery = 10 * time.Second

// provisional is an early alert that is neither confirmed nor taken back yet, and the severity at which it was told;
// Informational if it was not. Written is the sum of the state that this process wrote last; zero for none.
type provisional struct {
	at       time.Time
	severity detection.Severity
	written  uint64
}

// early tells what the records that still wait for earlier ones would raise, so that people hear of a theft in seconds
// and not after the lateness. Such alerts are marked. When the horizon passes them they are confirmed under the same id,
// or taken back.
func (p *Pipeline) early(ctx context.Context) (int, error) {
	now := p.clock()
	if p.store == nil || now.Sub(p.looked) < earlyEvery {
		return 0, nil
	}
	p.looked = now
	ahead, err := p.peek()
	if err != nil {
		return 0, fmt.Errorf("look ahead: %w", err)
	}
	changed, states, err := p.news(ahead)
	if err != nil {
		return 0, err
	}
	raised, err := p.raise(ctx, changed)
	if err != nil {
		return 0, err
	}
	var told []detection.Alert
	for _, a := range raised {
		known := p.provisional[a.ID]
		known.written = states[a.ID]
		p.provisional[a.ID] = known
		if a.Severity > known.severity {
			told = append(told, a)
		}
	}
	if len(told) == 0 {
		return 0, nil
	}
	if err := p.onset(ctx, told); err != nil {
		return 0, err
	}
	for _, a := range told {
		known := p.provisional[a.ID]
		known.severity = a.Severity
		p.provisional[a.ID] = known
	}
	return len(told), nil
}

// peek keeps pages away meanwhile, since a look at a series may work out what it then remembers.
func (p *Pipeline) peek() ([]detection.Alert, error) {
	p.memory.Lock()
	defer p.memory.Unlock()
	return p.engine.Peek()
}

// news are the alerts ahead that this process has not written as they are, or not told, and the sums of their states.
// They are remembered before they are written, which may succeed and fail all the same: an alert that nobody remembers
// is never taken back.
func (p *Pipeline) news(ahead []detection.Alert) (changed []detection.Alert, states map[string]uint64, err error) {
	states = map[string]uint64{}
	for _, a := range ahead {
		if baseline.At(a.Time) <= p.engine.Settled {
			continue // raised already; settling will add what is new
		}
		a.Early = true
		if states[a.ID], err = stateOf(a); err != nil {
			return nil, nil, err
		}
		known := p.provisional[a.ID]
		if known.written == states[a.ID] && a.Severity <= known.severity {
			continue // every look sees it again until it is settled
		}
		p.provisional[a.ID] = provisional{at: a.Time, severity: known.severity}
		changed = append(changed, a)
	}
	return changed, states, nil
}

// stateOf tells one state of an alert from another.
func stateOf(a detection.Alert) (uint64, error) {
	data, err := json.Marshal(a)
	if err != nil {
		return 0, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	return xxhash.Sum64(data), nil
}

// takeBack removes the early alerts that settling did not confirm.
func (p *Pipeline) takeBack(ctx context.Context, raised []detection.Alert) error {
	for _, a := range raised {
		delete(p.provisional, a.ID)
	}
	var writes []store.Write
	for id, early := range p.provisional {
		if baseline.At(early.at) <= p.engine.Settled {
			key := alertKey(detection.Alert{ID: id, Time: early.at})
			writes = append(writes, store.Write{Key: key, If: store.Any, Delete: true})
		}
	}
	if err := p.commitAlerts(ctx, writes); err != nil {
		return fmt.Errorf("take %d early alerts back: %w", len(writes), err)
	}
	maps.DeleteFunc(p.provisional, func(_ string, early provisional) bool { return baseline.At(early.at) <= p.engine.Settled })
	return nil
}

// loadEarly finds the early alerts that a process before this one left behind.
func (p *Pipeline) loadEarly(ctx context.Context) error {
	for row, err := range p.store.Rows(ctx, alertRows, timeKey(p.engine.Settled.Time()), "") {
		if err != nil {
			return fmt.Errorf("read the early alerts: %w", err)
		}
		var a detection.Alert
		if err := json.Unmarshal(row.Data, &a); err != nil {
			return fmt.Errorf("alert %s: %w", row.Key, err)
		}
		if a.Early {
			p.provisional[a.ID] = provisional{at: a.Time, severity: a.Severity}
		}
	}
	return nil
}
