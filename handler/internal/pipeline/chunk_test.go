package pipeline

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

func storyRecords(t testing.TB) []audit.Record {
	t.Helper()
	story, err := scenario.Parse(`
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:00 owner portal office kv-pay grant owner
day 21 09:01 owner portal office kv-pay open
day 21 09:05 nobody cli tor kv-pay challenge
day 21 09:05 mallory cli 2001:db8::7 kv-pay get s01..s12 = denied`)
	if err != nil {
		t.Fatal(err)
	}
	r := story.Records
	r[0].Caller.SignIn = netip.MustParseAddr("2001:db8::1%eth0")
	r[1].Scoped, r[1].Object.Deleted, r[1].Object.Version = true, true, "v1"
	return r
}

// What goes into a chunk comes out of it.
func TestChunkRoundTrip(t *testing.T) {
	want := storyRecords(t)
	got, err := decodeChunk(encodeChunk(want))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// Damaged chunks are refused, whatever the damage, and what is accepted can be written again.
func FuzzChunk(f *testing.F) {
	f.Add(encodeChunk(storyRecords(f)))
	f.Add(encodeChunk(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := decodeChunk(data)
		if err != nil {
			return
		}
		again, err := decodeChunk(encodeChunk(records))
		if err != nil || len(again) != len(records) {
			t.Errorf("%d records became %d: %v", len(records), len(again), err)
		}
	})
}
