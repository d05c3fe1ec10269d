package baseline

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// What vaults, principals and the estate have met is what their records showed, one by one: when it came first and on how many
// days, exactly, and on which day it came last, though a caller that shows it again on a day is not listened to. Records come
// late, too, over midnights.
func TestFirstsOfADayAreEnough(t *testing.T) {
	e, plain := NewEstate(), map[string]*Mark{}
	rng := rand.New(rand.NewPCG(7, 7))
	for n := range 20_000 {
		rec := anyAccess(rng, n)
		e.Note(rec)
		e.Learn(rec, Guard{Suspect: n%11 == 0})
		if Accessed(rec) {
			for _, what := range shown(rec) {
				if plain[what] == nil {
					plain[what] = new(Mark)
				}
				plain[what].Meet(At(rec.Time))
			}
		}
	}
	met := remembered(e)
	for what, want := range plain {
		if got := met[what]; got.First != want.First || got.Days != want.Days || got.Last.Day() != want.Last.Day() {
			t.Errorf("%s: %+v, one by one %+v", what, got, *want)
		}
	}
	if len(met) != len(plain) || len(plain) < 90 {
		t.Errorf("%d things are remembered, %d were shown", len(met), len(plain))
	}
}

func anyAccess(rng *rand.Rand, n int) *audit.Record {
	at := start.Add(time.Duration(n) * 7 * time.Minute)
	if n%5 == 0 {
		at = at.Add(-time.Duration(rng.IntN(40)) * time.Hour)
	}
	rec := hostile(0)
	rec.Time, rec.Vault, rec.Caller.ID = at, fmt.Sprint("vault ", rng.IntN(3)), fmt.Sprint("caller ", rng.IntN(6))
	rec.Caller.Application = []string{"", "cli", "sdk", "portal"}[rng.IntN(4)]
	rec.Family = []string{"curl", "azsdk-net"}[rng.IntN(2)]
	rec.Address = netip.AddrFrom4([4]byte{203, 0, byte(rng.IntN(4)), 7})
	rec.Class = []audit.Class{audit.Value, audit.Write, audit.List, audit.Crypto}[rng.IntN(4)]
	rec.Object = audit.Object{Type: audit.Secret, Name: []string{"", "a", "b", "c"}[rng.IntN(4)]}
	rec.Outcome = []audit.Outcome{audit.Success, audit.Success, audit.Denied}[rng.IntN(3)]
	return rec
}

// shown is what a record shows of its vault, its caller and the estate.
func shown(rec *audit.Record) (list []string) {
	for _, who := range []string{rec.Vault, rec.Caller.ID} {
		list = append(list, who+" from "+Network(rec.Address).String(), who+" with "+rec.Family)
		if app := rec.Caller.Application; app != "" {
			list = append(list, who+" by "+app)
		}
	}
	if app := rec.Caller.Application; app != "" {
		list = append(list, "estate by "+app)
	}
	if rec.Object.Name != "" {
		list = append(list, rec.Vault+" has "+rec.Object.String())
	}
	return list
}

func remembered(e *Estate) map[string]Mark {
	met := map[string]Mark{}
	take := func(who string, networks *Marks[netip.Prefix], agents, applications *Marks[string]) {
		for k, m := range networks.All() {
			met[who+" from "+k.String()] = *m
		}
		for k, m := range agents.All() {
			met[who+" with "+k] = *m
		}
		for k, m := range applications.All() {
			met[who+" by "+k] = *m
		}
	}
	for _, v := range e.Vaults {
		take(v.ID, &v.Networks, &v.Agents, &v.Applications)
		for k, m := range v.Objects.All() {
			met[v.ID+" has "+k] = *m
		}
	}
	for _, p := range e.Principals {
		take(p.ID, &p.Networks, &p.Agents, &p.Applications)
	}
	take("estate", new(Marks[netip.Prefix]), new(Marks[string]), &e.Applications)
	return met
}
