package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Memory is what is remembered, as of a horizon.
type Memory struct {
	// Estate must not be changed, and not be kept beyond the call that hands it out.
	Estate *baseline.Estate
	// Settled is the event time up to which everything was judged.
	Settled time.Time
	Counts  detection.Counts
	// Waiting counts the records that are kept but not judged, -1 if this process does not know.
	Waiting int
	// Live: this process judges, and this is what it knows; otherwise it is the last checkpoint.
	Live bool
	// Sweeper judged last, at Swept: on a store that several processes share, empty and zero if nobody has yet.
	Sweeper string
	Swept   time.Time
}

// Look calls f with the memory. The judge waits meanwhile: f copies what it wants, quickly, and does no I/O. It waits for
// the judge while verdicts fall, and not while a sweep reads and writes.
func (v *Viewer) Look(ctx context.Context, f func(Memory)) error {
	if !v.pipeline.shared {
		v.pipeline.lookLive(f)
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.readRoot(ctx); err != nil {
		return fmt.Errorf("read who judges: %w", err)
	}
	swept := func(m Memory) {
		m.Sweeper = v.sweep.Holder
		if !v.sweep.Until.IsZero() {
			m.Swept = v.sweep.Until.Add(-leaseTime)
		}
		f(m)
	}
	if v.sweep.Holder == v.pipeline.holder && v.pipeline.lookLive(swept) {
		v.copy = nil // one memory is enough
		return nil
	}
	if v.sweep.Holder != v.pipeline.holder {
		v.pipeline.stepDown()
	}
	if err := v.refresh(ctx); err != nil {
		return fmt.Errorf("read the last checkpoint: %w", err)
	}
	e := v.copy.engine
	swept(Memory{Estate: e.Estate, Settled: settledTime(e), Counts: e.Counts(), Waiting: -1})
	return nil
}

// lookLive calls f with what this process knows as the judge, and tells whether it is.
func (p *Pipeline) lookLive(f func(Memory)) bool {
	p.memory.Lock()
	defer p.memory.Unlock()
	if p.live == nil {
		return false
	}
	f(*p.live)
	return true
}

// stepDown frees the memory of a process that judged before another one does: the host may never call it to sweep again.
func (p *Pipeline) stepDown() {
	if !p.mu.TryLock() {
		return // it is about to find out by itself
	}
	defer p.mu.Unlock()
	if p.judging {
		p.resign()
	}
}

// show lets pages see what the engine knows from now on, if this process judges. The caller holds p.memory.
func (p *Pipeline) show() {
	p.live = nil
	if !p.shared || p.judging {
		p.live = &Memory{Estate: p.engine.Estate, Settled: settledTime(p.engine), Counts: p.engine.Counts(), Waiting: p.engine.Queue.Len(), Live: true}
	}
}

func settledTime(e *detection.Engine) time.Time {
	if e.Settled == 0 {
		return time.Time{}
	}
	return e.Settled.Time()
}

// refresh reads the checkpoint if it is a new one. The process that judges may replace shelves while they are read
// here: then the root has changed as well, and the next try reads that one.
func (v *Viewer) refresh(ctx context.Context) error {
	var err error
	for range 3 {
		if v.copy != nil && v.copy.saved.version == v.root.version {
			return nil
		}
		c := &Pipeline{store: v.pipeline.store, clock: v.pipeline.clock, config: v.pipeline.config}
		c.restart()
		if err = c.loadRoot(ctx); err == nil {
			err = c.loadShelves(ctx)
		}
		if err == nil {
			v.copy, v.root = c, c.saved
			return nil
		}
		if err := v.readRoot(ctx); err != nil {
			return err
		}
	}
	return err
}

// readRoot reads the root and, in the same round trip, the lease.
func (v *Viewer) readRoot(ctx context.Context) error {
	v.root, v.sweep = checkpoint{}, lease{}
	for row, err := range v.pipeline.store.Rows(ctx, memoryRows, leaseKey, rootKey+"\x00") {
		if err != nil {
			return err
		}
		switch row.Key {
		case rootKey:
			v.root.version = row.Version
			err = json.Unmarshal(row.Data, &v.root)
		case leaseKey:
			err = json.Unmarshal(row.Data, &v.sweep)
		}
		if err != nil {
			return fmt.Errorf("the %s of the memory: %w", row.Key, err)
		}
	}
	return nil
}
