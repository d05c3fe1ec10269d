package invoke

import (
	"encoding/json"
	"fmt"
)

// wireMetadata lists the members that are read; the application's own properties are the sender's and stay unread.
type wireMetadata struct {
	TriggerPartitionContext, PartitionContext json.RawMessage

	// With cardinality many: one element an event.
	SequenceNumberArray, EnqueuedTimeUtcArray, OffsetStringArray, OffsetArray json.RawMessage

	// With cardinality one and for manual runs.
	SequenceNumber, EnqueuedTimeUtc, OffsetString, Offset, SystemProperties json.RawMessage

	Sys json.RawMessage `json:"sys"`
}

// describe joins the bodies with what the metadata proves about them.
func describe(found [][]byte, raw []byte) Batch {
	b := Batch{Events: make([]Event, len(found))}
	for i, body := range found {
		b.Events[i].Body = body
	}
	var m wireMetadata
	if len(raw) > 0 {
		if err := json.Unmarshal(unwrap(raw), &m); err != nil {
			b.note("the metadata cannot be read: %v", err)
		}
	}
	var sys struct{ MethodName json.RawMessage }
	_ = json.Unmarshal(unwrap(m.Sys), &sys) // a sender may have replaced it (cardinality one): then there is no name
	b.Function = text(sys.MethodName)
	// Both contexts say the same; older extensions know only the second.
	b.place(m.PartitionContext)
	b.place(m.TriggerPartitionContext)
	if numbers := texts(m.SequenceNumberArray); numbers != nil {
		b.describeMany(m, numbers)
	} else {
		b.describeOne(m)
	}
	return b
}

func (b *Batch) note(format string, args ...any) {
	b.Notes = append(b.Notes, fmt.Sprintf(format, args...))
}

// place takes over what a partition context says; what it leaves out stays.
func (b *Batch) place(raw []byte) {
	var c struct{ FullyQualifiedNamespace, EventHubName, ConsumerGroup, PartitionId json.RawMessage }
	if json.Unmarshal(unwrap(raw), &c) != nil {
		return
	}
	for to, from := range map[*string]json.RawMessage{
		&b.Namespace: c.FullyQualifiedNamespace, &b.Hub: c.EventHubName,
		&b.ConsumerGroup: c.ConsumerGroup, &b.Partition: c.PartitionId,
	} {
		if s := text(from); s != "" {
			*to = s
		}
	}
}

// describeMany pairs lists with events. A list of another length than the batch is not used at all: a sequence number
// given to the wrong event would make the pipeline forget that event.
func (b *Batch) describeMany(m wireMetadata, numbers []string) {
	if b.fits("SequenceNumberArray", numbers) {
		for i := range b.Events {
			b.Events[i].setSequence(numbers[i])
		}
	}
	if times := texts(m.EnqueuedTimeUtcArray); b.fits("EnqueuedTimeUtcArray", times) {
		for i := range b.Events {
			b.Events[i].Enqueued = instant(times[i])
		}
	}
	// The plain offsets come first so that the true ones, where known, replace them.
	for _, raw := range []json.RawMessage{m.OffsetArray, m.OffsetStringArray} {
		offsets := texts(raw)
		for i := range b.Events {
			if len(offsets) == len(b.Events) && offset(offsets[i]) != "" {
				b.Events[i].Offset = offset(offsets[i])
			}
		}
	}
}

func (b *Batch) fits(name string, list []string) bool {
	if len(list) == len(b.Events) {
		return true
	}
	b.note("%s has %d elements for %d events and is not used", name, len(list), len(b.Events))
	return false
}

func (e *Event) setSequence(s string) {
	if n, ok := sequence(s); ok {
		e.Sequence, e.HasSequence = n, true
	}
}

// describeOne reads the single-style keys. The host merges the members of the event's own JSON over them, so the
// sequence number counts only if the system properties agree, or say nothing.
func (b *Batch) describeOne(m wireMetadata) {
	if len(b.Events) != 1 {
		if len(b.Events) > 0 {
			b.note("no SequenceNumberArray for %d events", len(b.Events))
		}
		return
	}
	e := &b.Events[0]
	e.Enqueued = instant(text(unwrap(m.EnqueuedTimeUtc)))
	e.Offset = offset(text(unwrap(m.OffsetString)))
	if e.Offset == "" {
		e.Offset = offset(text(unwrap(m.Offset)))
	}
	var system struct{ SequenceNumber json.RawMessage }
	_ = json.Unmarshal(unwrap(m.SystemProperties), &system)
	number, witness := text(unwrap(m.SequenceNumber)), text(system.SequenceNumber)
	if witness != "" && witness != number {
		b.note("the sequence number contradicts the system properties and is not used")
		return
	}
	e.setSequence(number)
}
