package audit

import "hash/maphash"

// recall remembers what identities said, by their text. Most records are those of few callers, a caller's token lives for
// an hour, and who it was takes a third of a record's text to say.
//
// Each text has one place, by its hash, and takes it from whoever was there: so memory is bounded, and none is allocated
// once every place was used.
type recall struct {
	seed   maphash.Seed
	places []recalled
}

type recalled struct {
	text []byte
	who  identity
}

const (
	recallPlaces = 1 << 10
	// maxIdentity is twice the length of the longest in real records, in bytes.
	maxIdentity = 2 << 10
	// identityStep is what places are made in, in bytes, so that most suit the next text, too.
	identityStep = 512
)

func newRecall() recall {
	return recall{seed: maphash.MakeSeed(), places: make([]recalled, recallPlaces)}
}

func (r *recall) place(text []byte) *recalled {
	return &r.places[maphash.Bytes(r.seed, text)%recallPlaces]
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
	p := r.place(text)
	if cap(p.text) < len(text) {
		p.text = make([]byte, 0, (len(text)+identityStep-1)/identityStep*identityStep)
	}
	p.text, p.who = append(p.text[:0], text...), who
}
