package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// leaseKey is the row that says which process judges. It stands beside the memory it protects.
const leaseKey = "lease"

// leaseTime is for how long a process that sweeps keeps the others from it; it is renewed by every sweep. A process that
// lost it fails to write alerts and memory, see [Pipeline.fence].
const leaseTime = 3 * time.Minute

type lease struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// ErrBusy says that another process judges on the same store.
var ErrBusy = errors.New("another process judges on this store")

// claim keeps a process that wants a store for itself from one on which others judge, and shuts them out.
func (p *Pipeline) claim(ctx context.Context) error {
	held, err := p.takeLease(ctx, p.clock())
	if err != nil {
		return err
	}
	if !held {
		return ErrBusy
	}
	return p.fence(ctx)
}

// takeOver makes this process the one that judges, if no other is, and brings it up to date, as of an instant of the
// clock before.
func (p *Pipeline) takeOver(ctx context.Context, now time.Time) (bool, error) {
	held, err := p.takeLease(ctx, now)
	if err != nil || !held {
		p.resign()
		return false, err
	}
	if !p.judging {
		p.resign()
		if err := p.fence(ctx); err != nil {
			return false, err
		}
		if err := p.load(ctx); err != nil {
			return false, fmt.Errorf("load memory: %w", err)
		}
		p.judging = true
	}
	return true, p.refresh(ctx, now)
}

// takeLease takes or renews the lease. False means that another process holds it.
func (p *Pipeline) takeLease(ctx context.Context, now time.Time) (bool, error) {
	version, root := store.Absent, store.Absent
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

// resign ends that this process judges, and frees the memory: kept beside what others write down it would only be old.
func (p *Pipeline) resign() {
	p.memory.Lock()
	defer p.memory.Unlock()
	p.judging, p.live = false, nil
	p.restart()
}

// restart forgets what this process knew, so that it can be loaded anew.
func (p *Pipeline) restart() {
	p.engine = detection.NewEngine(p.config)
	p.inboxes, p.saved, p.unraised = map[string]*inbox{}, checkpoint{}, nil
	p.provisional, p.reach = map[string]provisional{}, time.Time{}
	p.shelves, p.garbage, p.unsaved = map[string]shelfRows{}, nil, 0
}

// refresh queues what the processes that keep records have kept since the last time. The partitions that are known come
// first and the list of all last, so that one that is heard of for the first time meanwhile is not overlooked while others
// are seen further on.
func (p *Pipeline) refresh(ctx context.Context, now time.Time) error {
	for _, name := range slices.Sorted(maps.Keys(p.inboxes)) {
		if err := p.follow(ctx, p.inboxes[name], now); err != nil {
			return err
		}
	}
	for known := -1; known != len(p.inboxes); {
		known = len(p.inboxes)
		if err := p.discover(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

// discover follows the partitions that this process has not heard of.
func (p *Pipeline) discover(ctx context.Context, now time.Time) error {
	for row, err := range p.store.Rows(ctx, inboxIndex, "", "") {
		if err != nil {
			return fmt.Errorf("list the inboxes: %w", err)
		}
		if p.inboxes[row.Key] != nil {
			continue
		}
		p.inboxes[row.Key] = &inbox{name: row.Key, head: head{Position: -1}}
		if err := p.follow(ctx, p.inboxes[row.Key], now); err != nil {
			return err
		}
	}
	return nil
}

// follow queues what came into one inbox. A partition that moved counts as active since the sweep began, and not since
// now: the heads of others may have been read that much earlier.
func (p *Pipeline) follow(ctx context.Context, in *inbox, now time.Time) error {
	high := in.high
	records, err := p.catchUp(ctx, in)
	p.queue(records)
	if err != nil {
		return err
	}
	if in.high = in.head.High; in.high.After(high) {
		in.active = now
	}
	return nil
}
