package bench

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Estate is the shape of a synthetic estate: every vault speaks as often as every other, each record by the next of
// its principals, about one of a hundred secrets.
type Estate struct {
	Vaults, Principals int // principals on each vault
	// Days is how long it has been remembered before the measuring begins.
	Days int
	// Daily is how many records a vault writes a day.
	Daily int
}

// writer writes the records of an estate, in order of time.
type writer struct {
	Estate
	count   int
	vaults  []string
	callers []audit.Caller
	objects []string
}

func newWriter(e Estate) *writer {
	w := &writer{Estate: e}
	for i := range e.Vaults {
		w.vaults = append(w.vaults, fmt.Sprintf("/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv-%05d", i))
	}
	for i := range e.Principals {
		w.callers = append(w.callers, audit.Caller{ID: fmt.Sprintf("9dd06b1c-3bcb-4117-831a-%012x", i), Application: "d66c2f95-7584-4559-8c90-7b53f4d76d19", Kind: audit.ServicePrincipal})
	}
	for i := range 100 {
		w.objects = append(w.objects, fmt.Sprintf("secret-%02d", i))
	}
	return w
}

// next makes the next n records.
func (w *writer) next(n int) []audit.Record {
	out := make([]audit.Record, n)
	for i := range out {
		out[i] = w.record()
	}
	return out
}

// digest is as good as the parser's: whoever keeps digests apart by their bits relies on that.
func digest(n int) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	return xxhash.Sum64(b[:])
}

func (w *writer) record() audit.Record {
	// Long ago, so that nothing is of the future where ten vaults take months to say what is measured; and not at midnight, since
	// ten thousand take hours, in which a new day would begin for all of them.
	start := time.Date(2020, 1, 6, 6, 0, 0, 0, time.UTC)
	n, turn := w.count, w.count/w.Vaults
	w.count++
	who := turn % w.Principals
	return audit.Record{
		Time: start.Add(24 * time.Hour / time.Duration(w.Vaults*w.Daily) * time.Duration(n)), Digest: digest(n),
		Source: audit.DataPlane, Vault: w.vaults[n%w.Vaults], Operation: "SecretGet", Class: audit.Value,
		Object: audit.Object{Type: audit.Secret, Name: w.objects[(who*7+turn/w.Principals%5)%len(w.objects)]},
		Caller: w.callers[who], Address: netip.AddrFrom4([4]byte{203, 0, byte(who >> 8), byte(who)}),
		Agent: "azsdk-net-Security.KeyVault.Secrets/4.6.0 (.NET 8.0.4)", Family: "azsdk-net", Outcome: audit.Success, Status: 200,
	}
}
