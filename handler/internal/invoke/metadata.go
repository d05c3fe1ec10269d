package invoke

import (
	"bytes"
	"fmt"
)

// wireMetadata are the members that are read, nil where they are absent; the application's own properties are the
// sender's and stay unread.
type wireMetadata [mMembers][]byte

const (
	mTriggerContext = iota
	mContext
	mMethod

	// With cardinality many: one element an event.
	mSequenceNumbers
	mEnqueuedTimes
	mOffsetStrings
	mOffsets

	// With cardinality one and for manual runs.
	mSequenceNumber
	mEnqueuedTime
	mOffsetString
	mOffset
	mSystemProperties

	mMembers
)

// These lists are constants: the members' names, by what they mean.
var (
	metadataNames = [mMembers]string{mTriggerContext: "TriggerPartitionContext", mContext: "PartitionContext", mMethod: "sys",
		mSequenceNumbers: "SequenceNumberArray", mEnqueuedTimes: "EnqueuedTimeUtcArray", mOffsetStrings: "OffsetStringArray", mOffsets: "OffsetArray",
		mSequenceNumber: "SequenceNumber", mEnqueuedTime: "EnqueuedTimeUtc", mOffsetString: "OffsetString", mOffset: "Offset", mSystemProperties: "SystemProperties"}
	contextNames = []string{"FullyQualifiedNamespace", "EventHubName", "ConsumerGroup", "PartitionId"}
	methodNames  = []string{"MethodName"}
)

// describe joins the bodies with what the metadata proves about them.
func describe(found [][]byte, raw []byte) Batch {
	b := Batch{Events: make([]Event, len(found))}
	for i, body := range found {
		b.Events[i].Body = body
	}
	var m wireMetadata
	if len(raw) > 0 {
		if err := pick(unwrap(raw), metadataNames[:], m[:]); err != nil {
			b.note("the metadata cannot be read: %v", err)
		}
	}
	var name [1][]byte
	_ = pick(unwrap(m[mMethod]), methodNames, name[:]) // a sender may have replaced it (cardinality one): then there is no name
	b.Function = text(name[0])
	// Both contexts say the same; older extensions know only the second.
	b.place(m[mContext])
	b.place(m[mTriggerContext])
	if numbers := list(m[mSequenceNumbers]); numbers != nil {
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
	var said [4][]byte
	_ = pick(unwrap(raw), contextNames, said[:])
	for i, to := range []*string{&b.Namespace, &b.Hub, &b.ConsumerGroup, &b.Partition} {
		if s := text(said[i]); s != "" && s != *to {
			*to = s
		}
	}
}

// describeMany pairs lists with events. A list of another length than the batch is not used at all: a sequence number
// given to the wrong event would make the pipeline forget that event.
func (b *Batch) describeMany(m wireMetadata, numbers [][]byte) {
	if b.fits("SequenceNumberArray", numbers) {
		for i := range b.Events {
			b.Events[i].setSequence(content(numbers[i]))
		}
	}
	if times := list(m[mEnqueuedTimes]); b.fits("EnqueuedTimeUtcArray", times) {
		for i := range b.Events {
			b.Events[i].Enqueued = instant(content(times[i]))
		}
	}
	// The plain offsets serve where the true ones are not known.
	for _, raw := range [][]byte{m[mOffsetStrings], m[mOffsets]} {
		offsets := list(raw)
		for i := range b.Events {
			if e := &b.Events[i]; len(offsets) == len(b.Events) && e.Offset == "" {
				e.Offset = offset(text(offsets[i]))
			}
		}
	}
}

func (b *Batch) fits(name string, list [][]byte) bool {
	if len(list) == len(b.Events) {
		return true
	}
	b.note("%s has %d elements for %d events and is not used", name, len(list), len(b.Events))
	return false
}

func (e *Event) setSequence(s []byte) {
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
	e.Enqueued = instant(content(unwrap(m[mEnqueuedTime])))
	e.Offset = offset(text(unwrap(m[mOffsetString])))
	if e.Offset == "" {
		e.Offset = offset(text(unwrap(m[mOffset])))
	}
	var system [1][]byte
	_ = pick(unwrap(m[mSystemProperties]), metadataNames[mSequenceNumber:mSequenceNumber+1], system[:])
	number, witness := content(unwrap(m[mSequenceNumber])), content(system[0])
	if len(witness) > 0 && !bytes.Equal(witness, number) {
		b.note("the sequence number contradicts the system properties and is not used")
		return
	}
	e.setSequence(number)
}
