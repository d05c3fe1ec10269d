package audit

import "hash/maphash"

// recall remembers what identities said, by their text. Most records are those of few callers, a caller's token lives for
// an hour, and who it was takes a third of a record's text to say.
//
// Each text has one place, by its hash, and takes it from whoever was there: so memory is bounded, and none is allocated
// once every place was used. Places grow with the callers, not with their tokens, which are never the same again.
type recall struct {
	seed    maphash.Seed
	places  []recalled
	callers map[string]struct{} // their ids, up to the number that makes the most places
}

type recalled struct {
	text []byte
	who  identity
}

const (
	// placesPerCaller are made so that few lose theirs to another.
	placesPerCaller      = 4
	minPlaces, maxPlaces = 1 << 10, 1 << 14
	// maxIdentity is twice the length of the longest in real records, in bytes.
	maxIdentity = 2 << 10
	// identityStep is what places are made in, in bytes, so that most suit the next text, too.
	identityStep = 512
)

func newRecall() recall {
	return recall{seed: maphash.MakeSeed(), places: make([]recalled, minPlaces), callers: map[string]struct{}{}}
}

// place is that of a text; there is a power of two of them.
func (r *recall) place(text []byte) *recalled {
	return &r.places[maphash.Bytes(r.seed, text)&uint64(len(r.places)-1)]
}

// find returns what a text says, nil if it is not remembered. It holds until the next keep.
func (r *recall) find(text []byte) *identity {
	if p := r.place(text); string(p.text) == string(text) && len(text) > 0 {
		return &p.who
	}
	return nil
}

// keep remembers what a text says.
func (r *recall) keep(text []byte, who identity) {
	r.meet(who.caller.ID)
	p := r.place(text)
	if cap(p.text) < len(text) {
		p.text = make([]byte, 0, (len(text)+identityStep-1)/identityStep*identityStep)
	}
	p.text, p.who = append(p.text[:0], text...), who
}

// meet makes more places if a caller is one too many for those there are. What is remembered moves along.
func (r *recall) meet(caller string) {
	if len(r.places) == maxPlaces {
		return
	}
	if r.callers[caller] = struct{}{}; len(r.callers)*placesPerCaller <= len(r.places) {
		return
	}
	old := r.places
	r.places = make([]recalled, 2*len(old))
	for _, p := range old {
		*r.place(p.text) = p
	}
}
