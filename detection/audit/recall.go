package audit

import (
	"bytes"
	"hash/maphash"
)

// recall remembers what texts said: a caller's token lives for an hour, and an application asks for the same secrets day
// after day, so that most of a record was read before, but for its time and numbers.
//
// Each text has a place in one of many pairs, by its hash, and takes it from whoever was there: so memory is bounded, and
// none is allocated once every place was used. Places grow with what returns; what never does is not written down.
type recall[T any] struct {
	seed  maphash.Seed
	pairs []pair[T]
	// last is what was found last: records come in bursts of one caller.
	last *recalled[T]
	// asked is how often something was looked for since pairs were counted, regrets how often that had just given way.
	asked, regrets int
	// found is how often it was remembered, rare: hardly ever, of late.
	found int
	rare  bool
	room  []byte // for the next texts
}

type pair[T any] struct {
	places [2]recalled[T]
	// recent is the place that was used last, before the hash of what gave way last, or was not let in.
	recent int
	before uint64
}

type recalled[T any] struct {
	hash uint64
	text []byte
	said T
}

const (
	minPairs, maxPairs = 1 << 9, 1 << 12
	// maxTold is twice the length of the longest that is worth it in real records, in bytes.
	maxTold = 2 << 10
	// toldStep is what room for texts is made in, in bytes, so that most suits the next one, too; roomAtOnce is made at a time.
	toldStep   = 256
	roomAtOnce = 32 << 10
)

func newRecall[T any]() recall[T] {
	return recall[T]{seed: maphash.MakeSeed(), pairs: make([]pair[T], minPairs)}
}

// find returns what the object said that a text begins with, and its length; nil if it is not remembered. It holds until
// the next keep, which wants the hash.
func (r *recall[T]) find(text []byte) (said *T, length int, hash uint64) {
	r.count()
	if p := r.last; p != nil && bytes.HasPrefix(text, p.text) {
		r.found++
		return &p.said, len(p.text), p.hash
	}
	hash = r.hash(text)
	pair := r.pair(hash)
	for i := range pair.places {
		// What was kept is a whole object, so that whatever begins with its text begins with that object.
		if p := &pair.places[i]; p.hash == hash && bytes.HasPrefix(text, p.text) && len(p.text) > 0 {
			pair.recent, r.last = i, p
			r.found++
			return &p.said, len(p.text), hash
		}
	}
	return nil, 0, hash
}

// hash is that of an object's beginning: all up to the first that is closed in it.
func (r *recall[T]) hash(text []byte) uint64 {
	text = text[:min(len(text), maxTold)]
	return maphash.Bytes(r.seed, text[:bytes.IndexByte(text, '}')+1])
}

func (r *recall[T]) pair(hash uint64) *pair[T] { return &r.pairs[hash&uint64(len(r.pairs)-1)] }

// keep remembers what an object said, in place of what was not used last. Where hardly anything returns, a text must come
// twice for that: it takes longer to write one down than to read it.
func (r *recall[T]) keep(hash uint64, text []byte, said T) {
	pair := r.pair(hash)
	switch {
	case pair.before == hash:
		r.regrets++
	case r.rare:
		pair.before = hash
		return
	}
	pair.recent ^= 1
	p := &pair.places[pair.recent]
	if cap(p.text) < len(text) {
		p.text = r.take(len(text))
	}
	pair.before = p.hash
	p.hash, p.text, p.said = hash, append(p.text[:0], text...), said
}

// take is room for a text of some length.
func (r *recall[T]) take(length int) []byte {
	length = (length + toldStep - 1) / toldStep * toldStep
	if len(r.room) < length {
		r.room = make([]byte, roomAtOnce)
	}
	piece := r.room[:0:length]
	r.room = r.room[length:]
	return piece
}

// count doubles the pairs if one in so many would have been found in more, or hardly any is: a text that must come twice
// has to be waited for.
func (r *recall[T]) count() {
	const period, many = 16, 64
	if r.asked++; r.asked < period*len(r.pairs) {
		return
	}
	r.rare = r.found < r.asked/4
	if (r.rare || r.regrets > r.asked/many) && len(r.pairs) < maxPairs {
		r.grow()
	}
	r.asked, r.regrets, r.found = 0, 0, 0
}

// grow doubles the pairs. What is remembered moves along.
func (r *recall[T]) grow() {
	old := r.pairs
	r.pairs, r.last = make([]pair[T], 2*len(old)), nil
	for _, o := range old {
		for _, p := range o.places {
			if len(p.text) == 0 {
				continue // nothing, which must not take the place of something
			}
			n := r.pair(p.hash)
			n.recent ^= 1
			n.places[n.recent] = p
		}
	}
}
