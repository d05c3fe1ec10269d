package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Old says what is old: alerts whose event and whose raising lie before Alerts, dead letters set aside before Letters.
type Old struct{ Alerts, Letters time.Time }

// Forgotten counts what [Pipeline.Forget] removed. More says that there may be more to remove.
type Forgotten struct {
	Alerts, Letters int
	More            bool
}

// maxForget bounds the rows that Forget reads, and so removes, of the alerts and of each inbox.
const maxForget = 500

// Forget removes what is old, in a bounded slice. Call it again, some time later, while there is more.
func (p *Pipeline) Forget(ctx context.Context, old Old) (Forgotten, error) {
	if p.store == nil {
		return Forgotten{}, nil
	}
	var f Forgotten
	n, more, err := p.forget(ctx, rowRange{alertRows, timeKey(time.Time{}), timeKey(old.Alerts)}, func(row store.Row) bool {
		var a detection.Alert
		// An alert of a log that was replayed late is old by its event and yet news.
		return json.Unmarshal(row.Data, &a) != nil || a.Seen.Before(old.Alerts)
	})
	if f.Alerts, f.More = n, more; err != nil {
		return f, fmt.Errorf("forget alerts: %w", err)
	}
	for index, err := range p.store.Rows(ctx, inboxIndex, "", "") {
		if err != nil {
			return f, fmt.Errorf("list the inboxes: %w", err)
		}
		n, more, err := p.forget(ctx, rowRange{index.Key, deadKeys, deadKeys + timeKey(old.Letters)}, func(store.Row) bool { return true })
		if f.Letters, f.More = f.Letters+n, f.More || more; err != nil {
			return f, fmt.Errorf("forget dead letters of %s: %w", index.Key, err)
		}
	}
	return f, nil
}

type rowRange struct{ partition, from, to string }

// forget removes rows that may go. It tells whether there is more: only if everything it saw went, since what stays
// would be seen again.
func (p *Pipeline) forget(ctx context.Context, r rowRange, may func(store.Row) bool) (gone int, more bool, err error) {
	var b batcher
	seen := 0
	for row, err := range p.store.Rows(ctx, r.partition, r.from, r.to) {
		if err != nil {
			return 0, false, err
		}
		if seen++; seen > maxForget {
			break
		}
		if may(row) {
			b.add(store.Write{Key: row.Key, If: store.Any, Delete: true})
			gone++
		}
	}
	if err := b.commit(ctx, p.store, r.partition); err != nil {
		return 0, false, err
	}
	return gone, seen > maxForget && gone == maxForget, nil
}
