package detection

import "math/bits"

// digests is a set of digests of records. A digest is a hash already, so that the place for it can be told from its own
// bits: a table with open addressing takes a fraction of a map's time, and this set is asked twice for each record.
type digests struct {
	// slots are a power of two, at most half of them taken; 0 is a free one.
	slots []uint64
	count int
	// zero: the digest 0 is among them, which no slot can hold.
	zero bool
}

// digestsFor is an empty set with room for so many, so that it need not grow step by step where the last one of its
// kind held as many.
func digestsFor(n int) *digests {
	d := new(digests)
	if n > 0 {
		d.slots = make([]uint64, 1<<bits.Len(uint(2*n)))
	}
	return d
}

// has tells whether a digest is in the set; a nil set is empty.
func (d *digests) has(x uint64) bool {
	if d == nil || d.count == 0 {
		return false
	}
	if x == 0 {
		return d.zero
	}
	return d.slots[d.slot(x)] == x
}

// add puts a digest in and tells whether it was not there before.
func (d *digests) add(x uint64) bool {
	if 2*d.count >= len(d.slots) {
		d.grow()
	}
	if x == 0 {
		if d.zero {
			return false
		}
		d.zero = true
		d.count++
		return true
	}
	i := d.slot(x)
	if d.slots[i] == x {
		return false
	}
	d.slots[i] = x
	d.count++
	return true
}

// at is what stands where a digest is looked for first.
func (d *digests) at(x uint64) uint64 {
	if d == nil || d.count == 0 {
		return 0
	}
	return d.slots[d.home(x)]
}

// home is the slot that a digest is for. The multiplication spreads digests that differ in a few bits only.
func (d *digests) home(x uint64) int {
	return int(x * 0x9e3779b97f4a7c15 >> (64 - bits.Len(uint(len(d.slots)-1))))
}

// slot is where a digest stands, or the free slot for it.
func (d *digests) slot(x uint64) int {
	i := d.home(x)
	for d.slots[i] != 0 && d.slots[i] != x {
		i = (i + 1) & (len(d.slots) - 1)
	}
	return i
}

func (d *digests) grow() {
	old := d.slots
	d.slots = make([]uint64, max(64, 2*len(old)))
	for _, x := range old {
		if x != 0 {
			d.slots[d.slot(x)] = x
		}
	}
}
