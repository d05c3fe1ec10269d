package invoke

import (
	"encoding/json"
	"io"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHostBodyIsWhatDecodeBatchReads(t *testing.T) {
	enqueued := time.Date(2026, 8, 20, 9, 14, 33, 482_000_100, time.UTC)
	for name, b := range map[string]Batch{
		"empty":  {Function: "AuditBatch", Events: []Event{}},
		"manual": {Function: "AuditBatch", Events: []Event{{Body: []byte(`{"records":[]}`)}}},
		"full": {
			Function: "AuditBatch", Hub: "keyvault-logs", Namespace: "n.servicebus.windows.net", ConsumerGroup: "vaultwatch", Partition: "31",
			Events: []Event{
				{Body: []byte("\x00\xff\"\\"), Sequence: 0, HasSequence: true, Enqueued: enqueued, Offset: "0"},
				{Body: []byte{}, Sequence: math.MaxInt64, HasSequence: true, Enqueued: enqueued.Add(time.Hour), Offset: "1:2:geo"},
				{Body: []byte("[]")},
			},
		},
		"awkward names": {Function: "A", Hub: `"<&>\`, Partition: "é", Events: []Event{{Body: []byte("x"), Sequence: 1, HasSequence: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := DecodeBatch(HostBody(b))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(b, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What the host wrote, decoded and written again, must be the same document on every level of nesting.
func TestHostBodyIsNestedLikeTheHosts(t *testing.T) {
	eachFixtureFolder(t, func(t *testing.T, folder string) {
		for _, file := range []string{"eventhub_many_binary.json", "eventhub_many_binary_empty_body.json", "eventhub_many_binary_nonjson.json"} {
			posted := fixture(t, folder, file)
			b, err := DecodeBatch(posted)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(unfold(t, posted), unfold(t, HostBody(b))); diff != "" {
				t.Errorf("%s: %s", file, diff)
			}
		}
	})
}

// unfold parses a document and every JSON array or object that one of its strings holds, marking those, so that a
// string with JSON inside and the JSON itself do not look the same. Values made anew for every invocation are cut.
func unfold(t *testing.T, document []byte) any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	sys := v["Metadata"].(map[string]any)["sys"].(map[string]any)
	sys["UtcNow"], sys["RandGuid"] = "", ""
	return unfoldValue(v)
}

func unfoldValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = unfoldValue(v[k])
		}
	case []any:
		for i := range v {
			v[i] = unfoldValue(v[i])
		}
	case string:
		var inner any
		if json.Unmarshal([]byte(v), &inner) == nil {
			if _, isNumber := inner.(float64); !isNumber {
				return map[string]any{"string holding": unfoldValue(inner)}
			}
		}
	}
	return v
}

func TestHostRequestLooksLikeTheHosts(t *testing.T) {
	eachFixtureFolder(t, func(t *testing.T, folder string) {
		r, err := HostRequest(t.Context(), "http://127.0.0.1:43817/", Batch{Function: "AuditBatch", Partition: "3"})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if r.Method != "POST" || r.URL.String() != "http://127.0.0.1:43817/AuditBatch" || !json.Valid(body) {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		var wire struct{ Headers map[string]string }
		fixtureJSON(t, folder, "wire_invocation.json", &wire)
		for name := range wire.Headers {
			if name != "Host" && name != "Transfer-Encoding" && r.Header.Get(name) == "" {
				t.Errorf("the host sends %s, this request does not", name)
			}
		}
	})
}
