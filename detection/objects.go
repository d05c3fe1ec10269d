package detection

import (
	"math"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// Objects is a set of objects, for counting distinct ones among a caller's touches. Each carries up to eight marks, so
// that one walk can count by several measures. The zero value is empty.
type Objects struct {
	// few holds the first: most callers touch a handful, and looking through those takes less than a hash.
	few  [16]marked
	n    int
	more map[object]uint8
}

type object struct {
	sort audit.ObjectType
	name string
}

type marked struct {
	object
	marks uint8
}

// Mark puts marks on a touch's object and returns those of them that it did not have.
func (o *Objects) Mark(t *baseline.Touch, marks uint8) (fresh uint8) {
	k := object{t.Type, t.Object}
	for i := range o.few[:o.n] {
		if x := &o.few[i]; x.object == k {
			fresh = marks &^ x.marks
			x.marks |= marks
			return fresh
		}
	}
	if o.n < len(o.few) {
		o.few[o.n] = marked{k, marks}
		o.n++
		return marks
	}
	if o.more == nil {
		o.more = map[object]uint8{}
	}
	have := o.more[k]
	o.more[k] = have | marks
	return marks &^ have
}

// Len is the number of objects.
func (o *Objects) Len() int { return o.n + len(o.more) }

// Distinct is an empty set of objects. It is good until it is asked for again: the memory of one serves for all, since
// under a flood of records each counts the hundreds of objects before it.
func (c *Case) Distinct() *Objects {
	if c.objects == nil {
		c.objects = new(Objects)
	}
	c.objects.n = 0
	clear(c.objects.more)
	return c.objects
}

// MostObjects is the most objects that the caller can have read here, this record's included: what needs more than that need
// not be looked for in what it touched lately.
func (c *Case) MostObjects() int {
	if c.Member.Objects.Lost > 0 {
		return math.MaxInt
	}
	return c.Member.Objects.Len() + 1
}
