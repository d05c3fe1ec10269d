package invoke

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// How .NET prints times: ticks of 100 ns, trailing zeros dropped; the hub's own times carry no zone.
const (
	hubTime  = "2006-01-02T15:04:05.9999999"
	amqpTime = hubTime + "+00:00"
	sysTime  = hubTime + "Z"
)

// HostBody writes a batch as the host would post it under cardinality many and dataType binary, nested exactly as
// there. Demo and tests use it to drive the handler by the same road as in Azure. DecodeBatch(HostBody(b)) gives b
// again, but for notes, for fractions of times below 100 ns, and for negative sequence numbers, which are lost.
func HostBody(b Batch) []byte {
	place := fmt.Appendf(nil, `{"IsCheckpointingAfterInvocation":true,"FullyQualifiedNamespace":%s,"EventHubName":%s,`+
		`"ConsumerGroup":%s,"PartitionId":%s}`, quote(b.Namespace), quote(b.Hub), quote(b.ConsumerGroup), quote(b.Partition))
	var out bytes.Buffer
	out.WriteString(`{"Data":{"events":`)
	writeBodies(&out, b.Events)
	fmt.Fprintf(&out, `},"Metadata":{"TriggerPartitionContext":%s,"PartitionContext":%s`, place, place)
	for _, list := range []struct {
		name  string
		value func(Event) string
	}{
		{"PartitionKeyArray", func(Event) string { return "null" }},
		{"OffsetArray", func(e Event) string { return quote(numericOffset(e)) }},
		{"OffsetStringArray", offsetJSON},
		{"SequenceNumberArray", sequenceJSON},
		{"EnqueuedTimeUtcArray", func(e Event) string { return quote(dotnet(e.Enqueued, hubTime)) }},
		{"PropertiesArray", func(Event) string { return "{}" }},
		{"SystemPropertiesArray", systemProperties},
	} {
		fmt.Fprintf(&out, `,"%s":%s`, list.name, quote(listJSON(b.Events, list.value)))
	}
	now := time.Time{}
	for _, e := range b.Events {
		now = e.Enqueued
	}
	fmt.Fprintf(&out, `,"sys":{"MethodName":%s,"UtcNow":%s,"RandGuid":"00000000-0000-4000-8000-000000000000"}}}`,
		quote(b.Function), quote(dotnet(now, sysTime)))
	return out.Bytes()
}

func writeBodies(out *bytes.Buffer, events []Event) {
	out.WriteString(`"[`)
	for i, e := range events {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(`\"`)
		out.Write(base64.StdEncoding.AppendEncode(out.AvailableBuffer(), e.Body))
		out.WriteString(`\"`)
	}
	out.WriteString(`]"`)
}

func listJSON(events []Event, value func(Event) string) string {
	var out strings.Builder
	out.WriteByte('[')
	for i, e := range events {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(value(e))
	}
	out.WriteByte(']')
	return out.String()
}

func systemProperties(e Event) string {
	enqueued := quote(dotnet(e.Enqueued, hubTime))
	return fmt.Sprintf(`{"x-opt-sequence-number":%s,"x-opt-offset":%s,"x-opt-enqueued-time":%s,"SequenceNumber":%s,`+
		`"Offset":%s,"OffsetString":%s,"PartitionKey":null,"EnqueuedTimeUtc":%s}`,
		sequenceJSON(e), offsetJSON(e), quote(dotnet(e.Enqueued, amqpTime)), sequenceJSON(e),
		numericOffset(e), offsetJSON(e), enqueued)
}

func sequenceJSON(e Event) string {
	if !e.HasSequence {
		return strconv.FormatInt(math.MinInt64, 10) // the host's own sentinel
	}
	return strconv.FormatInt(e.Sequence, 10)
}

func offsetJSON(e Event) string {
	if e.Offset == "" {
		return "null"
	}
	return quote(e.Offset)
}

// numericOffset is what the host keeps in its older list, where offsets that are no numbers become -1.
func numericOffset(e Event) string {
	if n, err := strconv.ParseInt(e.Offset, 10, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return "-1"
}

func dotnet(t time.Time, layout string) string { return t.UTC().Format(layout) }

// quote writes a JSON string. Marshalling a string cannot fail: bytes that are no UTF-8 are replaced.
func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
