package detection

import (
	"math/rand/v2"
	"testing"
)

// The set holds what a map holds, whatever is added and asked, digests that are alike or 0 among them.
func TestDigestsAreASet(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		d, want := digestsFor(rng.IntN(3)*100), map[uint64]bool{}
		mask := []uint64{0xff, 0xffff, 0xff << 56, ^uint64(0)}[seed%4]
		for range 3000 {
			x := rng.Uint64() & mask
			if d.has(x) != want[x] {
				t.Fatalf("seed %d: has(%x) is %t", seed, x, d.has(x))
			}
			if d.add(x) == want[x] {
				t.Fatalf("seed %d: add(%x) finds it new: %t", seed, x, want[x])
			}
			want[x] = true
			if !d.has(x) || d.count != len(want) {
				t.Fatalf("seed %d: after add(%x) the set holds %d, want %d", seed, x, d.count, len(want))
			}
		}
	}
}

// A set that is not there yet is empty.
func TestNoDigests(t *testing.T) {
	var none *digests
	if none.has(0) || none.has(1) || digestsFor(0).has(1) || digestsFor(5).has(0) {
		t.Error("an empty set holds something")
	}
}
