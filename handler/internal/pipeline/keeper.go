package pipeline

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// keepers are the inboxes as a process sees them that only keeps: apart from the judge's view and its lock, since judging
// takes seconds now and then and the hub need not wait for it.
type keepers struct {
	mu      sync.Mutex
	inboxes map[string]*keeper
}

// keeper is one of them. Its lock is held while a batch is kept: those of other partitions are kept beside it.
type keeper struct {
	mu      sync.Mutex
	inbox   inbox
	entered bool
}

func (k *keepers) of(name string) *keeper {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.inboxes[name] == nil {
		k.inboxes[name] = &keeper{inbox: inbox{name: name, head: head{Position: -1}}}
	}
	return k.inboxes[name]
}

// keepOnly makes events durable and leaves judging them to a sweep.
func (p *Pipeline) keepOnly(ctx context.Context, name string, events []parsed) (Report, error) {
	report := Report{Events: len(events)}
	k := p.kept.of(name)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.entered {
		if err := p.enter(ctx, name); err != nil {
			return report, err
		}
		k.entered = true
	}
	_, err := p.keep(ctx, &k.inbox, events, &report)
	return report, err
}

// heads are copies of what is known of the inboxes.
func (k *keepers) heads() (list []*inbox) {
	k.mu.Lock()
	all := slices.Collect(maps.Values(k.inboxes))
	k.mu.Unlock()
	for _, one := range all {
		one.mu.Lock()
		list = append(list, &inbox{name: one.inbox.name, head: one.inbox.head})
		one.mu.Unlock()
	}
	return list
}
