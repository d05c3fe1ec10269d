package baseline

import (
	"iter"
	"slices"
)

// dense is a map for what nearly always holds few things: its entries lie side by side, and few of them are looked
// through faster than a hash is made. Only what outgrows that gets an index. A Go map of one entry takes 270 bytes in
// three places; this takes the entry.
//
// Equal histories give equal orders, also across being written down and read back, so that memory can be compared byte
// by byte. A value that was handed out is good until the next enter or drop. The zero value is empty.
type dense[K comparable, V any] struct {
	Entries []entry[K, V] `cbor:"1,keyasint,omitempty"`
	// index holds the positions once there are more than scanned. It is not written down, and only made by who writes:
	// readers do without.
	index map[K]int32
	// last is the entry that was sought last, which is often the next one, too.
	last int32
}

type entry[K comparable, V any] struct {
	_     struct{} `cbor:",toarray"`
	Key   K
	Value V
}

// scanned is how many entries are looked through one by one.
const scanned = 12

// Len is the number of entries.
func (d *dense[K, V]) Len() int { return len(d.Entries) }

// All yields the entries, for reading.
func (d *dense[K, V]) All() iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		for i := range d.Entries {
			if !yield(d.Entries[i].Key, &d.Entries[i].Value) {
				return
			}
		}
	}
}

// find returns the value of a key, nil if there is none. It changes nothing.
func (d *dense[K, V]) find(k K) *V {
	if v := d.again(k); v != nil {
		return v
	}
	if i := d.place(k); i >= 0 {
		return &d.Entries[i].Value
	}
	return nil
}

// again is the value that was sought last, if it is the key's.
func (d *dense[K, V]) again(k K) *V {
	if last := int(d.last); last < len(d.Entries) && d.Entries[last].Key == k {
		return &d.Entries[last].Value
	}
	return nil
}

// place is where a key stands, -1 if nowhere.
func (d *dense[K, V]) place(k K) int {
	if d.index != nil {
		if i, ok := d.index[k]; ok {
			return int(i)
		}
		return -1
	}
	for i := range d.Entries {
		if d.Entries[i].Key == k {
			return i
		}
	}
	return -1
}

// seek is find for who is about to write: it makes the index if one is needed.
func (d *dense[K, V]) seek(k K) *V {
	if v := d.again(k); v != nil {
		return v
	}
	if d.index == nil && len(d.Entries) > scanned {
		d.index = make(map[K]int32, len(d.Entries)+len(d.Entries)/4)
		for i := range d.Entries {
			d.index[d.Entries[i].Key] = int32(i)
		}
	}
	i := d.place(k)
	if i < 0 {
		return nil
	}
	d.last = int32(i)
	return &d.Entries[i].Value
}

// enter returns the value of a key that was not there, at its zero.
func (d *dense[K, V]) enter(k K) *V {
	at := len(d.Entries)
	d.Entries = append(d.Entries, entry[K, V]{Key: k})
	if d.index != nil {
		d.index[k] = int32(at)
	}
	return &d.Entries[at].Value
}

// drop removes what is not wanted any more and tells how much that was. The last entries fill the holes, so that little
// moves.
func (d *dense[K, V]) drop(unwanted func(*V) bool) int {
	before := len(d.Entries)
	for i := 0; i < len(d.Entries); {
		e := &d.Entries[i]
		if !unwanted(&e.Value) {
			i++
			continue
		}
		delete(d.index, e.Key)
		last := len(d.Entries) - 1
		if i < last {
			*e = d.Entries[last]
			if d.index != nil {
				d.index[e.Key] = int32(i)
			}
		}
		d.Entries[last] = entry[K, V]{}
		d.Entries = d.Entries[:last]
	}
	return before - len(d.Entries)
}

// dropLeast drops the sixteenth part that is worth least, and whatever is worth as little, and tells how much that was.
func (d *dense[K, V]) dropLeast(worth func(*V) Instant) int {
	edge := sixteenth(len(d.Entries), func(yield func(Instant) bool) {
		for i := range d.Entries {
			if !yield(worth(&d.Entries[i].Value)) {
				return
			}
		}
	})
	return d.drop(func(v *V) bool { return worth(v) <= edge })
}

// sixteenth is the value up to which the least sixteenth part of n values lies. It keeps only that part in order: what
// makes room over and over must not sort everything each time.
func sixteenth(n int, values iter.Seq[Instant]) Instant {
	most := n/16 + 1
	least := make([]Instant, 0, most+1)
	for x := range values {
		if len(least) == most && x >= least[most-1] {
			continue
		}
		at, _ := slices.BinarySearch(least, x)
		least = slices.Insert(least, at, x)
		least = least[:min(len(least), most)]
	}
	return least[len(least)-1]
}
