package invoke

import (
	"encoding/json"
	"fmt"
)

// DecodeBatch reads what the host posts for an Event Hub function, for either cardinality and every dataType, members
// in any order. It fails with ErrShape only when the bodies of the events cannot be found; missing or contradictory
// metadata leaves fields empty and a note. The bodies may share memory with posted, which must not be changed after.
func DecodeBatch(posted []byte) (Batch, error) { return new(Decoder).Batch(posted) }

// Decoder decodes one batch after the other into the same memory: bodies are most of what an invocation would leave to
// the garbage collector. The zero value is ready. It is not safe for concurrent use.
type Decoder struct {
	room   []byte   // of the bodies
	bodies [][]byte // pieces of it
}

// Batch is [DecodeBatch] with a result that holds until the next call.
func (d *Decoder) Batch(posted []byte) (Batch, error) {
	if metadata, ok := d.usual(posted); ok {
		return describe(d.bodies, metadata), nil
	}
	return decodeAny(posted)
}

// grown is room for n bytes, of which nothing is known.
func (d *Decoder) grown(n int) []byte {
	if cap(d.room) < n {
		d.room = make([]byte, n)
	}
	return d.room[:n]
}

// decodeAny takes every shape.
func decodeAny(posted []byte) (Batch, error) {
	e, err := open(posted)
	if err != nil {
		return Batch{}, err
	}
	raw, err := e.binding("events", "event")
	if err != nil {
		return Batch{}, err
	}
	found, err := bodies(raw)
	if err != nil {
		return Batch{}, err
	}
	return describe(found, e.metadata), nil
}

// DecodeTimer reads what the host posts for a timer function. It fails with ErrShape when there is no timer in it.
func DecodeTimer(posted []byte) (Timer, error) {
	e, err := open(posted)
	if err != nil {
		return Timer{}, err
	}
	raw, err := e.binding("timer")
	if err != nil {
		return Timer{}, err
	}
	var wire struct {
		IsPastDue      json.RawMessage
		ScheduleStatus json.RawMessage
	}
	if err := json.Unmarshal(unwrap(raw), &wire); err != nil {
		return Timer{}, fmt.Errorf("%w: the timer: %w", ErrShape, err)
	}
	var status struct{ Last, Next json.RawMessage }
	// A status that cannot be read is no status: the tick matters, not the host's book-keeping about it.
	_ = json.Unmarshal(unwrap(wire.ScheduleStatus), &status)
	return Timer{
		PastDue: text(wire.IsPastDue) == "true",
		Last:    instant(content(status.Last)),
		Next:    instant(content(status.Next)),
	}, nil
}

// envelope is the outermost level of every invocation, both members raw.
type envelope struct{ data, metadata []byte }

func open(posted []byte) (envelope, error) {
	var e envelope
	err := members(posted, func(key, value []byte) {
		switch string(key) {
		case "Data":
			e.data = value
		case "Metadata":
			e.metadata = value
		}
	})
	if err != nil {
		return envelope{}, err
	}
	if len(e.data) == 0 {
		return envelope{}, fmt.Errorf("%w: it has no member Data", ErrShape)
	}
	if e.data[0] == '"' {
		e.data = unwrap(e.data)
	}
	return e, nil
}

// binding returns the value of the first of the names that Data has, or Data's only member whatever its name, so that
// renaming a binding in function.json does not break the handler.
func (e envelope) binding(names ...string) ([]byte, error) {
	found := map[string][]byte{}
	var last []byte
	if err := members(e.data, func(key, value []byte) { found[string(key)], last = value, value }); err != nil {
		return nil, fmt.Errorf("read Data: %w", err)
	}
	for _, name := range names {
		if value, ok := found[name]; ok {
			return value, nil
		}
	}
	if len(found) == 1 {
		return last, nil
	}
	return nil, fmt.Errorf("%w: none of the %d members of Data is called %q", ErrShape, len(found), names[0])
}
