// Package invoke speaks with the Azure Functions host: it decodes what the host posts to a custom handler, calls the
// function that is meant, and answers in the only shapes the host takes for success or for failure.
//
// It refuses to look into an event's body, to decide what a failure means, and to believe more of the host's metadata
// than the shapes prove: where a sequence number is in doubt the event has none. Three habits of the host rule it:
//
//   - whatever is not a 2xx is a failure, and our Event Hub functions are retried without end, so input that can never
//     succeed is handed to [Config].Reject, to be set aside, instead of being failed for ever;
//   - a 2xx without a JSON object never completes the invocation, so every reply is written by reply.go;
//   - the handler's port has no authentication, so it listens on the IPv4 loopback only.
//
// Start reading at [DecodeBatch] for the shapes, at [NewServer] and [Routes] for the flow.
package invoke

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Batch is one invocation of an Event Hub function: consecutive events of one partition, in the partition's order.
//
// Namespace, Hub, ConsumerGroup and Partition are empty when somebody ran the function by hand (portal, admin API).
// With cardinality one they, and Function, may have been written by the sender of the event; with many they come from
// the host alone.
type Batch struct {
	Function      string // name of the function's folder
	Hub           string // name of the event hub
	Namespace     string // fully qualified, as "x.servicebus.windows.net"
	ConsumerGroup string
	Partition     string // partition id, usually a small decimal number
	Events        []Event
	Notes         []string // what was odd about the metadata, for the log; empty in health
}

// Event is one message of a batch.
type Event struct {
	Body        []byte    // exactly the sender's bytes under dataType binary; may be empty, need not be JSON
	Sequence    int64     // the hub's sequence number; meaningful only with HasSequence
	HasSequence bool      // false for manual runs and whenever the metadata is incomplete or contradicts itself
	Enqueued    time.Time // UTC; zero when unknown
	Offset      string    // opaque; empty when unknown
}

// Span returns the smallest and the largest sequence number of the batch; ok is false when no event has one.
func (b Batch) Span() (first, last int64, ok bool) {
	for _, e := range b.Events {
		if !e.HasSequence {
			continue
		}
		if !ok {
			first, last, ok = e.Sequence, e.Sequence, true
		}
		first, last = min(first, e.Sequence), max(last, e.Sequence)
	}
	return first, last, ok
}

// Timer is one invocation of a timer function. Last and Next are zero when the host keeps no schedule status or, for
// Last, when this is the first run ever. Next is the occurrence that is being run now.
type Timer struct {
	PastDue bool
	Last    time.Time
	Next    time.Time
}

// Result is what a function has to say after success. Both members may be empty.
type Result struct {
	Logs    []string       // lines for the host's log, tied to this invocation
	Numbers map[string]int // counts for the handler's own log line
}

// EventsFunc handles one batch, whose bodies are its only until it returns. A nil error means that everything of the batch is durable: the host will checkpoint.
// An error means that the same batch shall come again, so it is only for conditions that can heal.
type EventsFunc func(ctx context.Context, b Batch) (Result, error)

// TimerFunc handles one tick. An error is logged by the host and not repeated before the next tick.
type TimerFunc func(ctx context.Context, t Timer) (Result, error)

// RejectFunc sets aside an invocation of an Event Hub function that can never succeed. A nil error means that the
// rejection is durable and the host may go on; an error means try again later.
type RejectFunc func(ctx context.Context, r Rejected) (Result, error)

// Rejected is an invocation that could not be decoded.
type Rejected struct {
	Function   string
	Invocation string
	Reason     error  // is ErrTooLarge or ErrShape
	Size       int64  // bytes the host sent
	Head       []byte // the first bytes of the body, at most HeadBytes
}

// HeadBytes is how much of a rejected body is kept as evidence; it fits one row of the store.
const HeadBytes = 64 << 10

// ErrTooLarge says that a posted body exceeds Config.MaxBody. Retrying cannot help.
var ErrTooLarge = errors.New("the posted body is larger than this handler reads")

// ErrShape says that a posted body is no invocation in any known shape. Retrying cannot help.
var ErrShape = errors.New("the posted body is not a known kind of invocation")

// Route is the handler of one function; exactly one member is set. HTTP gets the request of the client, whether the
// host forwarded it as it was or wrapped it into an invocation.
type Route struct {
	Events EventsFunc
	Timer  TimerFunc
	HTTP   http.Handler
}

// Routes maps the name of a function, which is the name of its folder, to its handler. At most one route is HTTP,
// since a forwarded request no longer tells which function it was meant for.
type Routes map[string]Route
