package baseline

import "github.com/vaultwatch/vaultwatch/detection/audit"

// Block is how many records are looked up at a time, see [Estate.Expect].
const Block = 32

// ahead are the records that come next, with what was found about them.
type ahead struct {
	records [Block]*audit.Record
	noted   [Block]Noted
	next, n int
	// fetched is good for nothing but that a compiler takes fetching for work.
	fetched Instant
}

// Expect finds whom the next records concern, at most [Block] of them, which are then noted in this order. It changes nothing,
// and noting does without; but a processor that looks up many at a time waits for memory once and not for each, and keeps the
// code of one step at hand instead of that of all.
func (e *Estate) Expect(records []*audit.Record) {
	a := &e.ahead
	a.next, a.n = 0, copy(a.records[:], records)
	for i, rec := range a.records[:a.n] {
		a.noted[i] = e.noting(rec)
	}
	a.findVaults(e)
	a.findPrincipals(e)
	if len(e.Vaults)+len(e.Principals) > few {
		a.fetch()
	}
}

// few is how many vaults and principals stay in the processor's caches for the most part.
const few = 500

// expected is what was found about a record, or is found now if it was not expected.
func (e *Estate) expected(rec *audit.Record) *Noted {
	a := &e.ahead
	if a.next < a.n && a.records[a.next] == rec {
		a.next++
		return &a.noted[a.next-1]
	}
	a.n = 0
	a.noted[0] = e.noting(rec)
	return &a.noted[0]
}

// forget is for whoever takes principals out of memory: they may be among those that were found.
func (a *ahead) forget() {
	for i := range a.noted {
		a.noted[i].Principal = nil
	}
}

func (a *ahead) findVaults(e *Estate) {
	var v *Vault
	for i, rec := range a.records[:a.n] {
		if v == nil || v.ID != rec.Vault { // often the same again
			v = e.Vaults[rec.Vault]
		}
		a.noted[i].Vault = v
	}
}

func (a *ahead) findPrincipals(e *Estate) {
	var p *Principal
	for i, rec := range a.records[:a.n] {
		if !rec.Caller.Known() {
			continue
		}
		if p == nil || p.ID != rec.Caller.ID {
			p = e.Principals[rec.Caller.ID]
		}
		a.noted[i].Principal = p
	}
}
