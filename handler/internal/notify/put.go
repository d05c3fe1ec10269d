package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Put makes alerts durable in the outbox; now is when they are queued. Putting the same alert again, even weeks later,
// changes nothing: so call it before the commit that moves on from the alerts' records, and a crash in between only
// repeats the Put. An alert that became more severe is queued once more, so that its incident escalates; one that only
// learned more is told as it is now, if it still waits. After a nil error every alert will be told.
func (o *Outbox) Put(ctx context.Context, now time.Time, alerts []detection.Alert) error {
	for _, a := range alerts {
		if err := o.put(ctx, now, a); err != nil {
			return fmt.Errorf("queue alert %q: %w", a.ID, err)
		}
	}
	return nil
}

// maxTries bounds the repetitions of a queueing that meets conflicts.
const maxTries = 5

func (o *Outbox) put(ctx context.Context, now time.Time, a detection.Alert) error {
	for try := 0; ; try++ {
		err := o.putNew(ctx, now, a)
		if errors.Is(err, store.ErrConflict) {
			// Queued before, or a conflict of the moment? Only the rows can tell.
			err = o.putAgain(ctx, now, a)
		}
		if !errors.Is(err, store.ErrConflict) || try == maxTries {
			return err
		}
	}
}

func (o *Outbox) putNew(ctx context.Context, now time.Time, a detection.Alert) error {
	data, err := packEntry(Entry{Alert: a, Queued: now.UTC()})
	if err != nil {
		return err
	}
	return o.config.Store.Commit(ctx, o.config.Partition, []store.Write{
		{Key: toldKey(a, now), Data: toldRow(a.Severity), If: store.Absent},
		{Key: alertKey(a.ID), Data: data, If: store.Any},
	})
}

// putAgain takes an alert that is perhaps known. It gives ErrConflict when it is not, or when somebody else put it in
// between.
func (o *Outbox) putAgain(ctx context.Context, now time.Time, a detection.Alert) error {
	told, known, err := o.row(ctx, toldKey(a, now))
	if err != nil {
		return err
	}
	if !known {
		return store.ErrConflict
	}
	if a.Severity > toldSeverity(told.Data) {
		return o.putLouder(ctx, now, a, told.Version)
	}
	waiting, known, err := o.row(ctx, alertKey(a.ID))
	if err != nil || !known {
		return err
	}
	return o.putNewer(ctx, a, waiting)
}

// putLouder queues an alert again that has become more severe, even one that was told and forgotten.
func (o *Outbox) putLouder(ctx context.Context, now time.Time, a detection.Alert, told store.Version) error {
	data, err := packEntry(Entry{Alert: a, Queued: now.UTC()})
	if err != nil {
		return err
	}
	return o.config.Store.Commit(ctx, o.config.Partition, []store.Write{
		{Key: toldKey(a, now), Data: toldRow(a.Severity), If: told},
		{Key: alertKey(a.ID), Data: data, If: store.Any},
	})
}

// putNewer replaces what waits by what is known now.
func (o *Outbox) putNewer(ctx context.Context, a detection.Alert, waiting store.Row) error {
	var e Entry
	if err := unpack(waiting.Data, &e); err != nil || !outdated(e.Alert, a) {
		return nil // what another version wrote is counted as unreadable by the drain
	}
	e.Alert = a
	data, err := packEntry(e)
	if err != nil || bytes.Equal(data, waiting.Data) {
		return err
	}
	return o.config.Store.Commit(ctx, o.config.Partition, []store.Write{{Key: waiting.Key, Data: data, If: waiting.Version}})
}

// outdated tells whether what waits is older than a: after a crash an alert is raised again from its first record on,
// and must not shrink on its way.
func outdated(waiting, a detection.Alert) bool {
	if waiting.Early != a.Early {
		return waiting.Early // confirmed by now
	}
	return !a.End.Before(waiting.End)
}

// toldRow is what the row of a queued alert holds.
func toldRow(s detection.Severity) []byte { return []byte{format, byte(s)} }

// toldSeverity is the severity at which an alert was queued. A row that does not say it never escalates.
func toldSeverity(data []byte) detection.Severity {
	if len(data) < 2 {
		return detection.High
	}
	return detection.Severity(data[1])
}

func (o *Outbox) row(ctx context.Context, key string) (store.Row, bool, error) {
	for r, err := range o.config.Store.Rows(ctx, o.config.Partition, key, key+"\x00") {
		return r, err == nil, err
	}
	return store.Row{}, false, nil
}
