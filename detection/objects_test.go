package detection

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// A set of objects counts and marks as a map would, few of them or many, and is empty whenever it is asked for.
func TestObjectsAreASet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	c := new(Case)
	for range 200 {
		set, want, names := c.Distinct(), map[audit.Object]uint8{}, 1+rng.IntN(40)
		for range 200 {
			o := audit.Object{Type: audit.ObjectType(rng.IntN(3)), Name: fmt.Sprint(rng.IntN(names))}
			marks := uint8(rng.IntN(4))
			if got := set.Mark(&baseline.Touch{Type: o.Type, Object: o.Name}, marks); got != marks&^want[o] {
				t.Fatalf("marks %b on one that has %b: %b are new", marks, want[o], got)
			}
			want[o] |= marks
			if set.Len() != len(want) {
				t.Fatalf("%d objects, want %d", set.Len(), len(want))
			}
		}
	}
}
