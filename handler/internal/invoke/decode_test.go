package invoke

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	textBody    = "<165>1 2026-08-20T09:14:29Z kv-proxy - not json: {\"half\": "
	badBody     = "\xff\xfe\x00\x81not utf-8 {\"records\":[]}"
	badBodyText = "\ufffd\ufffd\x00\ufffdnot utf-8 {\"records\":[]}"
)

// batchCases says for every fixture which bodies it holds: indexes into eventhub_bodies.json, or the text itself.
var batchCases = []struct {
	file   string
	bodies []any
	manual bool // run by hand: nothing known about place and sequence
	noted  bool // the metadata contradicts itself
}{
	{file: "eventhub_many_binary.json", bodies: []any{0, 1, 2}},
	{file: "eventhub_many_binary_retry_attempt0.json", bodies: []any{0, 1, 2}},
	{file: "eventhub_many_binary_retry_attempt1.json", bodies: []any{0, 1, 2}},
	{file: "eventhub_many_binary_empty_body.json", bodies: []any{"", 2}},
	{file: "eventhub_many_binary_nonjson.json", bodies: []any{0, badBody, textBody}},
	{file: "eventhub_many_empty_batch.json", bodies: []any{}},
	{file: "eventhub_many_string.json", bodies: []any{0, 1, 2}},
	{file: "eventhub_many_string_single.json", bodies: []any{0}},
	{file: "eventhub_many_string_properties.json", bodies: []any{0, 1}},
	{file: "eventhub_many_string_empty_body.json", bodies: []any{"", 2}},
	{file: "eventhub_many_string_nonjson.json", bodies: []any{0, textBody, 2}},
	{file: "eventhub_many_string_invalid_utf8.json", bodies: []any{0, badBodyText, 2}},
	{file: "eventhub_many_string_legacy_metadata.json", bodies: []any{0, 1, 2}},
	{file: "eventhub_many_string_admin_invoke.json", bodies: []any{2}, manual: true},
	{file: "eventhub_one_binary.json", bodies: []any{0}},
	{file: "eventhub_one_string.json", bodies: []any{0}},
	{file: "eventhub_one_string_nonjson.json", bodies: []any{textBody}},
	{file: "eventhub_one_string_metadata_spoof.json", bodies: nil, noted: true},
}

func TestDecodeBatchFindsBodiesAndPositionsInEveryShape(t *testing.T) {
	eachFixtureFolder(t, func(t *testing.T, folder string) {
		var known []string
		fixtureJSON(t, folder, "eventhub_bodies.json", &known)
		for _, c := range batchCases {
			t.Run(c.file, func(t *testing.T) {
				b, err := DecodeBatch(fixture(t, folder, c.file))
				if err != nil {
					t.Fatal(err)
				}
				if c.bodies != nil {
					checkBodies(t, b, c.bodies, known)
				}
				if got := len(b.Notes) > 0; got != c.noted {
					t.Errorf("notes %q, want some: %v", b.Notes, c.noted)
				}
				if c.manual {
					checkManual(t, b)
				} else if !c.noted {
					checkPlace(t, b)
				}
			})
		}
	})
}

func checkBodies(t *testing.T, b Batch, want []any, known []string) {
	t.Helper()
	if len(b.Events) != len(want) {
		t.Fatalf("%d events, want %d", len(b.Events), len(want))
	}
	for i, w := range want {
		text, isText := w.(string)
		if !isText {
			text = known[w.(int)]
		}
		if got := string(b.Events[i].Body); got != text {
			t.Errorf("event %d: %q, want %q", i, got, text)
		}
	}
}

// checkPlace holds what all fixtures share: partition 3, numbers from 41870, enqueued at 09:14:33 and later.
func checkPlace(t *testing.T, b Batch) {
	t.Helper()
	if b.Partition != "3" || b.Hub == "" || b.ConsumerGroup == "" || !strings.HasSuffix(b.Namespace, ".servicebus.windows.net") {
		t.Errorf("place: partition %q, hub %q, group %q, namespace %q", b.Partition, b.Hub, b.ConsumerGroup, b.Namespace)
	}
	if b.Function == "" {
		t.Error("no function name")
	}
	for i, e := range b.Events {
		if !e.HasSequence || e.Sequence != 41870+int64(i) {
			t.Errorf("event %d: sequence %d (known: %v)", i, e.Sequence, e.HasSequence)
		}
		if e.Offset == "" || e.Enqueued.Location() != time.UTC || e.Enqueued.Format("15:04") != "09:14" {
			t.Errorf("event %d: offset %q, enqueued %v", i, e.Offset, e.Enqueued)
		}
	}
}

func checkManual(t *testing.T, b Batch) {
	t.Helper()
	if b.Partition != "" || b.Hub != "" {
		t.Errorf("a manual run has no place, got partition %q of %q", b.Partition, b.Hub)
	}
	for _, e := range b.Events {
		if e.HasSequence || e.Offset != "" || !e.Enqueued.IsZero() {
			t.Errorf("the sentinels were believed: %+v", e)
		}
	}
}

func TestDecodeBatchKeepsJSONThatTheHostHasParsed(t *testing.T) {
	eachFixtureFolder(t, func(t *testing.T, folder string) {
		b, err := DecodeBatch(fixture(t, folder, "eventhub_many_unset.json"))
		if err != nil {
			t.Fatal(err)
		}
		records := 0
		for _, e := range b.Events {
			var body struct{ Records []json.RawMessage }
			if err := json.Unmarshal(e.Body, &body); err != nil {
				t.Fatal(err)
			}
			records += len(body.Records)
		}
		if len(b.Events) != 3 || records != 4 {
			t.Errorf("%d events with %d records, want 3 with 4", len(b.Events), records)
		}
		checkPlace(t, b)
	})
}

func TestDecodeBatchDoesNotBelieveASpoofedSequence(t *testing.T) {
	eachFixtureFolder(t, func(t *testing.T, folder string) {
		b, err := DecodeBatch(fixture(t, folder, "eventhub_one_string_metadata_spoof.json"))
		if err != nil {
			t.Fatal(err)
		}
		if b.Events[0].HasSequence || !strings.Contains(string(b.Events[0].Body), `"spoofed"`) {
			t.Errorf("got %+v", b.Events[0])
		}
	})
}

func TestDecodeBatchToleratesOtherSpellings(t *testing.T) {
	want := Batch{Function: "F", Hub: "h", Namespace: "n", ConsumerGroup: "g", Partition: "7", Events: []Event{
		{Body: []byte("hi"), Sequence: 5, HasSequence: true, Offset: "9", Enqueued: time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)},
	}}
	place := `{"FullyQualifiedNamespace":"n","EventHubName":"h","ConsumerGroup":"g","PartitionId":"7"}`
	arrays := `"OffsetStringArray":"[\"9\"]","SequenceNumberArray":"[5]","EnqueuedTimeUtcArray":"[\"2026-08-20T09:00:00\"]","sys":{"MethodName":"F"}`
	for name, posted := range map[string]string{
		"metadata first":       `{"Metadata":{"PartitionContext":` + place + `,` + arrays + `},"Data":{"events":"[\"aGk=\"]"}}`,
		"white space":          "{ \"Data\" : {\n\"events\":\t\"[\\\"aGk=\\\"]\" } ,\r\n\"Metadata\":{\"PartitionContext\":" + place + `,` + arrays + `} }`,
		"real arrays":          `{"Data":{"events":["aGk="]},"Metadata":{"PartitionContext":` + place + `,"OffsetArray":["9"],"SequenceNumberArray":[5],"EnqueuedTimeUtcArray":["2026-08-20T09:00:00Z"],"sys":{"MethodName":"F"}}}`,
		"context as string":    `{"Data":{"events":"[\"aGk=\"]"},"Metadata":{"PartitionContext":` + quote(place) + `,` + arrays + `}}`,
		"levels as strings":    `{"Data":"{\"events\":[\"aGk=\"]}","Metadata":` + quote(`{"PartitionContext":`+place+`,`+arrays+`}`) + `}`,
		"number as partition":  `{"Data":{"events":"[\"aGk=\"]"},"Metadata":{"PartitionContext":` + strings.Replace(place, `"7"`, "7", 1) + `,` + arrays + `}}`,
		"binding renamed":      `{"Data":{"logs":"[\"aGk=\"]"},"Metadata":{"PartitionContext":` + place + `,` + arrays + `}}`,
		"other bindings":       `{"Data":{"extra":{"a":[1,{"b":"}"}]},"events":"[\"aGk=\"]"},"Metadata":{"PartitionContext":` + place + `,` + arrays + `}}`,
		"escaped solidus":      `{"Data":{"events":"[ \"aGk\u003d\" ]"},"Metadata":{"PartitionContext":` + place + `,` + arrays + `}}`,
		"unknown members":      `{"New":{"a":null},"Data":{"events":"[\"aGk=\"]"},"Metadata":{"PartitionContext":` + place + `,` + arrays + `,"Later":"[[1]]"},"More":-1.5e3}`,
		"two-part description": `{"Data":{"events":"[\"aGk=\"]"},"Metadata":{"TriggerPartitionContext":{"PartitionId":"7"},"PartitionContext":` + place + `,` + arrays + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := DecodeBatch([]byte(posted))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeBatchLeavesDoubtfulMetadataOut(t *testing.T) {
	for name, metadata := range map[string]string{
		"none":           ``,
		"null":           `,"Metadata":null`,
		"no object":      `,"Metadata":[1]`,
		"too few":        `,"Metadata":{"SequenceNumberArray":"[5]","EnqueuedTimeUtcArray":"[]"}`,
		"too many":       `,"Metadata":{"SequenceNumberArray":"[5,6,7]"}`,
		"no numbers":     `,"Metadata":{"SequenceNumberArray":"[\"a\",{}]"}`,
		"too large":      `,"Metadata":{"SequenceNumberArray":"[9223372036854775808,1e3]"}`,
		"no list":        `,"Metadata":{"SequenceNumberArray":"5"}`,
		"single numbers": `,"Metadata":{"SequenceNumber":"5"}`,
	} {
		t.Run(name, func(t *testing.T) {
			b, err := DecodeBatch([]byte(`{"Data":{"events":"[\"aGk=\",\"aGk=\"]"}` + metadata + `}`))
			if err != nil {
				t.Fatal(err)
			}
			if len(b.Events) != 2 {
				t.Fatalf("%d events, want both", len(b.Events))
			}
			if _, _, ok := b.Span(); ok {
				t.Errorf("sequence numbers were made up: %+v", b.Events)
			}
			if name != "no numbers" && name != "too large" && len(b.Notes) == 0 {
				t.Error("nothing was noted for the log")
			}
		})
	}
}

func TestDecodeRefusesWhatIsNoInvocation(t *testing.T) {
	for _, posted := range []string{
		"", " ", "null", "[]", `"x"`, "hello", "{", "{}", `{"Data"`, `{"Data":`, `{"Data":{`, `{"Data":{}}`, `{"Data":1}`,
		`{"Data":{"events":"[\"aGk`, `{"Data":{"events":"[\"aGk=\"]"}`, `{"Data":{"events":"[\"aGk=\"]"},`,
		`{"Data":{"events":"[\"aGk=\"]"}} x`, `{"Data":{"events":null}}`, `{"Data":{"events":""}`, `{"Data":{"a":1,"b":2}}`,
		`{"Data":{"events":"[\"aGk=\",]"}}`, `{"Data":{"events":"[1,]"}}`, `{"Data":{"events":"[\"\\x\"]"}}`,
		`{"Metadata":{}}`, `{"Data":}`, `{"Data":{"events":]}}`, `{'Data':1}`, `{"Data" 1}`, `{"Data":{"events":"[]"} "M":1}`,
	} {
		if b, err := DecodeBatch([]byte(posted)); !errors.Is(err, ErrShape) {
			t.Errorf("%q: got %+v, %v; want ErrShape", posted, b, err)
		}
		if _, err := DecodeTimer([]byte(posted)); err == nil && !strings.Contains(posted, `"events"`) {
			t.Errorf("%q: taken for a timer", posted)
		}
	}
}

func TestDecodeSurvivesDeepNesting(t *testing.T) {
	deep := `{"Data":{"events":"[\"aGk=\"]"},"Metadata":{},"x":` + strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20) + "}"
	if b, err := DecodeBatch([]byte(deep)); err != nil || len(b.Events) != 1 {
		t.Errorf("got %d events, %v", len(b.Events), err)
	}
	if _, err := DecodeBatch([]byte(`{"Data":{"events":` + strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20) + "}}")); !errors.Is(err, ErrShape) {
		t.Errorf("got %v, want ErrShape", err)
	}
}

func TestDecodeTimer(t *testing.T) {
	at := func(hour, minute int, nanos int) time.Time {
		return time.Date(2026, 8, 20, hour, minute, 0, nanos, time.UTC)
	}
	for file, want := range map[string]Timer{
		"timer_normal.json":            {Last: at(9, 10, 4137700), Next: at(9, 15, 0)},
		"timer_past_due.json":          {PastDue: true, Last: at(8, 40, 8911200), Next: at(8, 45, 0)},
		"timer_first_run.json":         {Next: at(9, 15, 0)},
		"timer_no_monitor.json":        {},
		"timer_interval_schedule.json": {Last: at(9, 10, 4137700), Next: at(9, 15, 4137700)},
	} {
		eachFixtureFolder(t, func(t *testing.T, folder string) {
			got, err := DecodeTimer(fixture(t, folder, file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", file, diff)
			}
		})
	}
}

// FuzzUsual: the short way finds what the general one does, or leaves it to that.
func FuzzUsual(f *testing.F) {
	for _, list := range []string{`\"eyJ9\",\"\"`, `\"{\\\"a\\\":\\\"\\\\n\\\\\\\\\\n\\/é\\\"}\",\"YWJj\"`, `\"[1]\",null`, `\"{\\u0022}\"`} {
		f.Add([]byte(list), []byte(`{"PartitionContext":{"PartitionId":"3"}}`))
	}
	f.Fuzz(func(t *testing.T, list, metadata []byte) {
		var d Decoder
		if _, err := d.Batch(HostBody(Batch{Events: []Event{{Body: []byte("an earlier batch")}, {Body: []byte("of two")}}})); err != nil {
			t.Fatal(err)
		}
		posted := slices.Concat([]byte(`{"Data":{"events":"[`), list, []byte(`]"},"Metadata":`), metadata, []byte(`}`))
		got, err := d.Batch(posted)
		want, failed := decodeAny(posted)
		if (err == nil) != (failed == nil) {
			t.Fatalf("%v, want %v", err, failed)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzDecodeBatch(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "host", "eventhub_*.json"))
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds: ", err)
	}
	for _, file := range files {
		f.Add(fixture(f, "", file))
	}
	f.Fuzz(func(t *testing.T, posted []byte) {
		b, err := DecodeBatch(posted)
		if err != nil {
			if !errors.Is(err, ErrShape) {
				t.Fatalf("an error that is not ErrShape: %v", err)
			}
			return
		}
		again, err := DecodeBatch(HostBody(b))
		if err != nil {
			t.Fatalf("decode what was encoded: %v", err)
		}
		if diff := cmp.Diff(comparable(b), comparable(again)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// comparable strips what HostBody does not promise to keep.
func comparable(b Batch) Batch {
	out := b
	out.Notes, out.Events = nil, make([]Event, len(b.Events))
	for i, e := range b.Events {
		e.Body = append([]byte{}, e.Body...)
		e.Enqueued = e.Enqueued.Truncate(100)
		out.Events[i] = e
	}
	return out
}

func BenchmarkDecodeBatch(b *testing.B) {
	record := strings.Repeat(`{"time":"2026-08-20T09:14:22.4111792Z","category":"AuditEvent","x":"0123456789"}`, 14)
	batch := Batch{Function: "AuditBatch", Partition: "3"}
	for i := range 10 {
		body := `{"records":[` + strings.Repeat(record, 100) + `]}`
		batch.Events = append(batch.Events, Event{Body: []byte(body), Sequence: int64(i), HasSequence: true, Offset: "1"})
	}
	posted := HostBody(batch)
	b.SetBytes(int64(len(posted)))
	b.ReportAllocs()
	var d Decoder
	for b.Loop() {
		if _, err := d.Batch(posted); err != nil {
			b.Fatal(err)
		}
	}
}

// A string is the same unescaped by the short way, or left to the library.
func FuzzQuotesOnly(f *testing.F) {
	for _, s := range []string{`"[\"a\",\"b\"]"`, `"[1,2]"`, `"\\\""`, `"`, `"\"`, `"é"`, `"a"b"`, "\"\n\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) == 0 || raw[0] != '"' {
			return
		}
		got, ok := quotesOnly(raw)
		var want string
		if err := json.Unmarshal(raw, &want); ok && (err != nil || string(got) != want) {
			t.Errorf("%q: %q, want %q (%v)", raw, got, want, err)
		}
	})
}
