package baseline

import (
	"slices"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Memory becomes the same whether records were expected or not: those of vaults and principals that come into being within a
// block, of principals that are forgotten in the middle of it, without a caller, and those that come in another order.
func TestExpectingChangesNothing(t *testing.T) {
	expecting, plain := NewEstate(), NewEstate()
	for first := 0; first < 6000; first += Block {
		records := upcoming(first)
		expecting.Expect(records)
		if first%(3*Block) == 0 {
			records[3], records[9] = records[9], records[3]
		}
		for i, rec := range records {
			for _, e := range []*Estate{expecting, plain} {
				if i == Block/2 && first%(20*Block) == 0 {
					e.makeRoom()
				}
				n := e.Note(rec)
				if n.Vault.ID != rec.Vault || n.Vault != e.Vaults[rec.Vault] || n.Principal != e.Principals[rec.Caller.ID] {
					t.Fatalf("record %d of %d was noted of %s and another principal", i, first, n.Vault.ID)
				}
				e.Learn(rec, Guard{})
			}
		}
	}
	if len(plain.Vaults)+len(plain.Principals) <= few {
		t.Fatal("nothing was fetched: the estate is too small for this test")
	}
	if !slices.Equal(written(t, expecting), written(t, plain)) {
		t.Error("memory is another")
	}
}

// upcoming is a block of records of callers and vaults that return.
func upcoming(first int) []*audit.Record {
	out := make([]*audit.Record, Block)
	for i := range out {
		n := first + i
		out[i] = hostile(n % 1500)
		out[i].Time = start.Add(time.Duration(n) * time.Minute)
		if n%7 == 0 {
			out[i].Caller = audit.Caller{}
		}
	}
	return out
}
