package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// leaseFor is longer than drainFor by the time a last send, its mark and the clocks' difference may take.
const (
	leaseFor = 150 * time.Second
	drainFor = 90 * time.Second
)

// lease is the row that lets one instance drain at a time. It ends by itself, so that a killed instance blocks nobody
// for long.
type lease struct {
	Owner string    `json:"owner"`
	Until time.Time `json:"until"`
}

func (o *Outbox) acquire(ctx context.Context, now time.Time) (bool, error) {
	held, err := o.readLease(ctx)
	if err != nil {
		return false, err
	}
	if now.Before(held.value.Until) {
		return false, nil
	}
	data, err := pack(lease{Owner: o.config.Owner, Until: now.Add(leaseFor)})
	if err != nil {
		return false, err
	}
	err = o.config.Store.Commit(ctx, o.config.Partition, []store.Write{{Key: leaseKey, Data: data, If: held.version}})
	if errors.Is(err, store.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("take the outbox's lease: %w", err)
	}
	return true, nil
}

// readLease is the zero row, with version Absent, if nobody ever drained. An unreadable lease is one that has ended.
func (o *Outbox) readLease(ctx context.Context) (row[lease], error) {
	for r, err := range o.config.Store.Rows(ctx, o.config.Partition, leaseKey, leaseKey+"\x00") {
		if err != nil {
			return row[lease]{}, fmt.Errorf("read the outbox's lease: %w", err)
		}
		held := row[lease]{version: r.Version}
		if unpack(r.Data, &held.value) != nil {
			held.value = lease{}
		}
		return held, nil
	}
	return row[lease]{version: store.Absent}, nil
}

// release gives the lease back early. If it fails, the lease ends by itself.
func (o *Outbox) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), markFor)
	defer cancel()
	held, err := o.readLease(ctx)
	if err != nil || held.value.Owner != o.config.Owner {
		return err
	}
	err = o.config.Store.Commit(ctx, o.config.Partition, []store.Write{{Key: leaseKey, If: held.version, Delete: true}})
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("give back the outbox's lease: %w", err)
	}
	return nil
}
