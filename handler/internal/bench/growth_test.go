package bench

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// What is posted for a synthetic estate says what its records say, so that both measures are of the same estate.
func TestPostedRecordsAreTheSame(t *testing.T) {
	e := Estate{Vaults: 3, Principals: 5, Days: 1, Daily: 100}
	p, want := poster{writer: newWriter(e)}, newWriter(e).next(500)
	var got []audit.Record
	parser := audit.NewParser(audit.Limits{})
	for range 2 {
		batch, err := invoke.DecodeBatch(p.next(250))
		if err != nil || len(batch.Notes) > 0 {
			t.Fatal(err, batch.Notes)
		}
		for _, event := range batch.Events {
			records, tally := parser.Body(event.Body, nil)
			if tally.Skipped+tally.Malformed > 0 {
				t.Fatalf("%+v: %s", tally, event.Body)
			}
			got = append(got, records...)
		}
	}
	digests := map[uint64]bool{}
	for _, r := range got {
		digests[r.Digest] = true
	}
	if len(digests) != len(want) {
		t.Errorf("%d different records of %d", len(digests), len(want))
	}
	rest := cmp.Options{cmpopts.IgnoreFields(audit.Record{}, "Digest"), cmpopts.IgnoreFields(audit.Caller{}, "Tenant"),
		cmpopts.IgnoreFields(audit.Object{}, "Version"), cmpopts.EquateComparable(netip.Addr{})}
	if diff := cmp.Diff(want, got, rest); diff != "" {
		t.Error(diff)
	}
}

// Both measures measure something, and the whole job includes the judging.
func TestGrow(t *testing.T) {
	g, err := Grow(Estate{Vaults: 5, Principals: 2, Days: 1, Daily: 48}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if g.Judging.Time <= 0 || g.Whole.Time <= g.Judging.Time/2 || g.Memory == 0 {
		t.Errorf("%+v", g)
	}
}
