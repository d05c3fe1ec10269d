package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// leaseKey is the row that says which process judges. It stands beside the memory it protects.
const leaseKey = "lease"

// leaseTime is for how long a process that sweeps keeps the others from it; it is renewed by every sweep. A process
// that lost it may still write alerts, which are the same whoever raises them, and fails to write the root.
const leaseTime = 3 * time.Minute

type lease struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// takeOver makes this process the one that judges, if no other is, and brings it up to date.
func (p *Pipeline) takeOver(ctx context.Context) (bool, error) {
	held, err := p.takeLease(ctx)
	if err != nil || !held {
		p.judging = p.judging && err == nil && held
		return false, err
	}
	if !p.judging {
		p.restart()
		if err := p.load(ctx); err != nil {
			return false, fmt.Errorf("load memory: %w", err)
		}
		p.judging = true
	}
	return true, p.refresh(ctx)
}

// takeLease takes or renews the lease. False means that another process holds it.
func (p *Pipeline) takeLease(ctx context.Context) (bool, error) {
	now, version, root := p.clock(), store.Absent, store.Absent
	for row, err := range p.store.Rows(ctx, memoryRows, leaseKey, rootKey+"\x00") { // both in one round trip
		if err != nil {
			return false, fmt.Errorf("read the lease: %w", err)
		}
		if row.Key == rootKey {
			root = row.Version
			continue
		}
		var l lease
		if err := json.Unmarshal(row.Data, &l); err != nil {
			return false, fmt.Errorf("read the lease: %w", err)
		}
		if l.Holder != p.holder && now.Before(l.Until) {
			return false, nil
		}
		if l.Holder != p.holder {
			p.judging = false // another judged since: what this process remembers may be stale
		}
		version = row.Version
	}
	if root != p.saved.version {
		p.judging = false // as well, and the lease does not show it: somebody took it away
	}
	data, err := json.Marshal(lease{p.holder, now.Add(leaseTime)})
	if err != nil {
		return false, err
	}
	err = p.store.Commit(ctx, memoryRows, []store.Write{{Key: leaseKey, Data: data, If: version}})
	if errors.Is(err, store.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("take the lease: %w", err)
	}
	return true, nil
}

// restart forgets what this process knew, so that it can be loaded anew.
func (p *Pipeline) restart() {
	p.engine = detection.NewEngine(p.config)
	p.inboxes, p.saved, p.unraised = map[string]*inbox{}, checkpoint{}, nil
	p.provisional = map[string]provisional{}
	p.shelfRows, p.garbage = map[string][]string{}, nil
}

// refresh queues what the processes that keep records have kept since the last time.
func (p *Pipeline) refresh(ctx context.Context) error {
	for row, err := range p.store.Rows(ctx, inboxIndex, "", "") {
		if err != nil {
			return fmt.Errorf("list the inboxes: %w", err)
		}
		in := p.inboxes[row.Key]
		if in == nil {
			in = &inbox{name: row.Key, head: head{Position: -1}, active: p.clock()}
			p.inboxes[row.Key] = in
		}
		high := in.high
		records, err := p.catchUp(ctx, in)
		p.engine.Queue.Add(records)
		if err != nil {
			return err
		}
		if in.high = in.head.High; in.high.After(high) {
			in.active = p.clock()
		}
	}
	return nil
}
