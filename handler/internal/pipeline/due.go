package pipeline

import (
	"context"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// pace is how often the memory is written down. It may be written at any time and at none: what a checkpoint does not
// hold, the next start judges again, with the same end. So two things are weighed: what is written again and again for
// nothing, since on a large estate a minute touches nearly all of it, and what a start has to do.
type pace struct {
	// commit is how many bytes of memory may be written a minute: one commit. A memory that is smaller is written with
	// every sweep in which something came.
	commit int
	// longest is how long, by the clock, what changed stays unwritten at most: pages of processes that do not judge show
	// the last checkpoint, and where processes never live long each of them must bring the memory some way further.
	longest time.Duration
	// again is how many records a start may have to judge again: some seconds of its time and, before it begins,
	// some 200 MiB of its memory.
	again int
}

var usualPace = pace{commit: store.MaxCommit, longest: 10 * time.Minute, again: 250_000}

// due tells whether it is time for a checkpoint.
func (p *Pipeline) due(now time.Time) bool {
	if !p.moved() {
		return false
	}
	size := 0
	for _, s := range p.shelves {
		size += s.size
	}
	wait := min(p.pace.longest, time.Duration(size/p.pace.commit)*time.Minute)
	age := now.Sub(p.saved.Saved)
	return age >= wait || age < 0 || p.unsaved >= p.pace.again // a clock that was put back tells no age
}

// saveIfFull saves the memory between two sweeps, since a log that is read at full speed may have none.
func (p *Pipeline) saveIfFull(ctx context.Context) error {
	if p.unsaved < p.pace.again || p.store == nil {
		return nil
	}
	return p.save(ctx)
}

// moved tells whether there is anything to save that a start could not as well work out again.
func (p *Pipeline) moved() bool {
	for name, in := range p.inboxes {
		if in.loaded != p.saved.Chunks[name] {
			return true
		}
	}
	return p.engine.Counts() != p.saved.counts || p.saved.version == store.Absent
}
