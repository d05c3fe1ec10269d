package main

import (
	"context"
	"iter"
	"net/http"
	"strconv"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// host plays the Functions host for the demo and the tests: it deals messages over the partitions of a hub and delivers
// them in batches, as the real one does. Nothing a real host would not say is said.
type host struct {
	// base is where the handler listens.
	base       string
	client     *http.Client
	partitions int
	// batch is how many messages are delivered at once; the real host takes maxEventBatchSize of host.json.
	batch int

	sequence []int64 // the next of each partition
}

// deliveries deals messages in their order: a batch to the first partition, one to the second, and so on.
func (h *host) deliveries(messages iter.Seq[month.Message]) iter.Seq[invoke.Batch] {
	return func(yield func(invoke.Batch) bool) {
		h.sequence = make([]int64, h.partitions)
		n := 0
		var waiting []month.Message
		deal := func() bool {
			part := n % h.partitions
			n++
			b := h.deal(part, waiting)
			waiting = waiting[:0]
			return yield(b)
		}
		for m := range messages {
			if waiting = append(waiting, m); len(waiting) == h.batch && !deal() {
				return
			}
		}
		if len(waiting) > 0 {
			deal()
		}
	}
}

func (h *host) deal(part int, messages []month.Message) invoke.Batch {
	b := invoke.Batch{Function: "AuditBatch", Namespace: "demo.servicebus.windows.net", Hub: "keyvault-logs", ConsumerGroup: "vaultwatch",
		Partition: strconv.Itoa(part)}
	for _, m := range messages {
		at := h.sequence[part]
		h.sequence[part]++
		b.Events = append(b.Events, invoke.Event{Body: m.Body, Sequence: at, HasSequence: true, Enqueued: m.Arrived, Offset: strconv.FormatInt(at<<12, 10)})
	}
	return b
}

// post delivers one batch. An error means what it means to the real host: deliver it again.
func (h *host) post(ctx context.Context, b invoke.Batch) error {
	request, err := invoke.HostRequest(ctx, h.base, b)
	if err != nil {
		return err
	}
	return invoke.Deliver(h.client, request)
}
