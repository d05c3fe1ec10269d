package detection

import (
	"math/bits"
	"slices"
)

// order brings what came together into the order of the queue. Records of many vaults come in pieces, each in order; what is
// sorted are numbers that hold the time and the place, which takes half as long as sorting the records by a comparison.
func (q *Queue) order(fresh []waiting) {
	place := bits.Len(uint(len(fresh)))
	first, last := span(fresh)
	if bits.Len64(uint64(last-first))+place > 64 {
		slices.SortFunc(fresh, waiting.compare)
		return
	}
	q.keys = q.keys[:0]
	for i, w := range fresh {
		q.keys = append(q.keys, uint64(w.at-first)<<place|uint64(i))
	}
	slices.Sort(q.keys)
	q.aside = append(q.aside[:0], fresh...)
	for i, k := range q.keys {
		fresh[i] = q.aside[k&(1<<place-1)]
	}
	clear(q.aside) // it may keep no records alive
	orderTies(fresh)
}

// span is from when to when records lie.
func span(list []waiting) (first, last Instant) {
	for i, w := range list {
		if i == 0 {
			first, last = w.at, w.at
		}
		first, last = min(first, w.at), max(last, w.at)
	}
	return first, last
}

// orderTies puts records of equal times in order, of which there are few.
func orderTies(list []waiting) {
	for start := 0; start < len(list); {
		end := start + 1
		for end < len(list) && list[end].at == list[start].at {
			end++
		}
		if end > start+1 {
			slices.SortFunc(list[start:end], waiting.compare)
		}
		start = end
	}
}
