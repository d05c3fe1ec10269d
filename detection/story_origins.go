package detection

import (
	"maps"
	"slices"
)

// originSet holds networks or applications of a story: what its caller does with others is not part of it. It nearly always
// holds one, which each record of a flood is held against. The zero value is empty.
type originSet[K comparable] struct {
	all  map[K]bool
	last K // to be added, if all holds anything
}

func (o *originSet[K]) has(k K) bool { return len(o.all) > 0 && o.last == k || o.all[k] }

func (o *originSet[K]) add(k K) {
	switch {
	case o.all == nil:
		o.all = map[K]bool{}
	case o.last == k:
		return
	}
	o.all[k], o.last = true, k
}

func (o *originSet[K]) sortedBy(compare func(a, b K) int) []K {
	return slices.SortedFunc(maps.Keys(o.all), compare)
}
