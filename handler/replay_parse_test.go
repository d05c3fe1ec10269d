package main

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
)

// However many cores parse, the judge gets the records in the order of the log; and it may stop at any of them.
func TestPortionsKeepTheOrderOfTheLog(t *testing.T) {
	path, records := everyday(t, 12)
	read := func(cores, most int) (digests []uint64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		inputs, err := logfile.Files(path)
		if err != nil {
			t.Fatal(err)
		}
		s := &source{inputs: inputs, now: time.Now()}
		for p, err := range s.portions(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			for i := range p.records {
				digests = append(digests, p.records[i].Digest)
			}
			if len(digests) >= most {
				break
			}
		}
		return digests
	}
	one := read(1, records)
	if len(one) < records*9/10 { // some are of a kind that is skipped
		t.Fatalf("%d of %d records were read", len(one), records)
	}
	if !slices.Equal(one, read(8, records)) {
		t.Error("eight parsers hand the records on in another order than one")
	}
	if some := read(8, records/2); !slices.Equal(one[:len(some)], some) || len(some) == len(one) {
		t.Errorf("a judge that stops half way got %d of %d records, or others", len(some), len(one))
	}
}
