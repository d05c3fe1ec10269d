// Package send feeds logs that were exported, or invented, through an event hub, so that a detector in Azure learns from
// the past, or is tried under load, by the road that every record takes.
//
// All records leave in the order of their event times, a thousand to one partition, the next thousand to the next. The
// judge waits for the partition that is furthest behind, so each partition must be in order by itself, and none may hold
// back what belongs before the records of another: order over all gives both. A partition key for each vault would give
// neither, since a vault's log would be far ahead of another's, and would bind the traffic of the loudest vault to one
// partition; Azure Monitor sets no key either.
//
// It refuses to change a record, to sort what is far out of order (the verb replay does), and to remember how far it
// came: what is sent twice within a day of event time is recognised by the judge.
//
// Start reading at [Hub], then [Sending.Run].
package send

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
)

// Hub is where messages go. [OpenHub] gives the real one.
type Hub interface {
	// Partitions lists the ids of the hub's partitions, always in the same order.
	Partitions(ctx context.Context) ([]string, error)
	// Send delivers bodies to one partition as events of their own, in their order. It copies them before it returns. An
	// error says that some may not have arrived.
	Send(ctx context.Context, partition string, bodies [][]byte) error
	// Close parts from the hub.
	Close(ctx context.Context) error
}

// Sending is what to send and where. Hub and Inputs are required.
type Sending struct {
	Hub    Hub
	Inputs []logfile.Input
	// Rate is the most records a second, 0 for no limit.
	Rate int
	// Progress, if not nil, is called after each delivery.
	Progress func(Sent)
}

// Sent is what became of the inputs so far. Skipped records are not about key vaults, Broken pieces no records: both were
// left out.
type Sent struct {
	Records, Messages, Skipped, Broken int
	// First and Last are the event times of what was sent, UTC.
	First, Last time.Time
}

// turn is how many records go to one partition before it is the next one's turn: a full batch of the host.
const turn = 1000

// Run sends everything. The error names the input, or the partition and the event time up to which all had arrived: to go
// on, send from a little before that time.
func (s Sending) Run(ctx context.Context) (Sent, error) {
	var sent Sent
	partitions, err := s.Hub.Partitions(ctx)
	if err != nil {
		return sent, fmt.Errorf("list the hub's partitions: %w", err)
	}
	if len(partitions) == 0 {
		return sent, errors.New("the hub has no partitions")
	}
	r := &run{Sending: s, partitions: partitions, started: time.Now()}
	for p, err := range ordered(s.Inputs, &r.sent) {
		if err != nil {
			return r.sent, err
		}
		r.parcel.add(p)
		if r.parcel.records < turn {
			continue
		}
		if err := r.deliver(ctx); err != nil {
			return r.sent, err
		}
	}
	return r.sent, r.deliver(ctx)
}

type run struct {
	Sending
	partitions []string
	turns      int
	started    time.Time
	parcel     parcel
	sent       Sent
}

// deliver sends the parcel to the partition whose turn it is, no earlier than the rate allows.
func (r *run) deliver(ctx context.Context) error {
	if r.parcel.records == 0 {
		return nil
	}
	if err := r.pace(ctx); err != nil {
		return err
	}
	bodies := r.parcel.close()
	to := r.partitions[r.turns%len(r.partitions)]
	if err := r.Hub.Send(ctx, to, bodies); err != nil {
		return fmt.Errorf("send to partition %s; all up to %s had arrived: %w", to, r.sent.Last.Format(time.RFC3339), err)
	}
	r.turns++
	r.sent.Records += r.parcel.records
	r.sent.Messages += len(bodies)
	if r.sent.First.IsZero() {
		r.sent.First = r.parcel.first
	}
	r.sent.Last = r.parcel.last
	r.parcel = parcel{}
	if r.Progress != nil {
		r.Progress(r.sent)
	}
	return nil
}

func (r *run) pace(ctx context.Context) error {
	if r.Rate <= 0 {
		return ctx.Err()
	}
	due := time.Duration(float64(r.sent.Records) / float64(r.Rate) * float64(time.Second))
	timer := time.NewTimer(due - time.Since(r.started))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
