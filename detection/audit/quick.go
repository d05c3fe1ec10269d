package audit

import "bytes"

// quick reads the shape in which nearly all records come: one object of texts, numbers and words, in it the objects
// properties and identity.claim, in any order. It goes over the text once, where [Splitter] and the JSON parser go over
// it three times, and keeps pieces of it instead of a tree.
//
// It refuses to be right about anything unusual. At the first surprise (a wrapper, an escaped key, nested
// claims, broken structure) it gives up and has changed nothing; then those two, which take everything, have
// the word. So it need only be sure of what it accepts: FuzzQuick holds it to the same records and tallies.
type quick struct {
	text []byte
	view *view
	// slash and line are where the next backslash and line break stand, at or behind the last place that was asked for.
	// Both are rare, so that looking for them ahead costs next to nothing, and a text that ends before is plain.
	slash, line                           int
	envelope, properties, settings, vault level
	identity, claims                      level

	// met are the identities that were read before.
	met *recall
	// at is where the identity of the record at hand stands; elsewhere: claims stand outside of it, too.
	at        int
	elsewhere bool
}

// level is one of the objects gone into. What stands in an outer one goes before what an inner one says.
type level struct {
	rank  uint8
	means func(*speller, []byte) field
	names map[string]*name
	first *name
	// entered: the record at hand has it already.
	entered bool
}

// name is a key that was met, and what followed it then: records of one writer repeat their keys in one order, so that
// most keys are known by a single comparison.
type name struct {
	text  []byte // from the quote to the colon
	field field
	next  *name
}

func newQuick(v *view, met *recall) quick {
	key := (*speller).key
	claim := func(s *speller, key []byte) field { return s.claim("", key) }
	at := func(rank uint8, means func(*speller, []byte) field) level {
		return level{rank: rank, means: means, names: map[string]*name{}}
	}
	return quick{view: v, met: met, envelope: at(0, key), properties: at(1, key), settings: at(2, key), vault: at(3, key),
		identity: at(4, inIdentity), claims: at(5, claim)}
}

// inIdentity knows the one member of an identity that is gone into, and calls those that are not pVault, which is
// refused everywhere.
func inIdentity(_ *speller, key []byte) field {
	switch string(key) {
	case "claim":
		return pClaims
	case "claims", "authorization":
		return pVault
	}
	return noField
}

// body begins a new body.
func (q *quick) body(text []byte) { q.text, q.view.body, q.slash, q.line = text, text, -1, -1 }

// record spreads the record at the '{' at i out over the view and returns where it ends, -1 if it gave up.
func (q *quick) record(i int) int {
	q.view.clear()
	for _, l := range []*level{&q.properties, &q.settings, &q.vault, &q.identity, &q.claims} {
		l.entered = false
	}
	q.elsewhere = false
	end := q.members(i+1, &q.envelope)
	if q.elsewhere && end >= 0 {
		q.mistrust()
	}
	return end
}

// members goes through the object whose first member stands at i.
func (q *quick) members(i int, in *level) int {
	if i = q.space(i); q.byte(i) == '}' {
		return i + 1
	}
	for guess := &in.first; q.byte(i) == '"'; {
		n := *guess
		if n != nil && bytes.HasPrefix(q.text[i:], n.text) {
			i += len(n.text)
		} else if n, i = q.key(i, in); n != nil {
			*guess = n
		} else {
			return -1
		}
		guess = &n.next
		if i = q.value(q.space(i), n.field, in); i < 0 {
			return -1
		}
		switch i = q.space(i); q.byte(i) {
		case ',':
			i = q.space(i + 1)
		case '}':
			return i + 1
		default:
			return -1
		}
	}
	return -1
}

// key reads the key at i up to and with its colon, and returns where that ends; nil if there is none.
func (q *quick) key(i int, in *level) (*name, int) {
	end := q.plain(i + 1)
	if end < 0 {
		return nil, 0
	}
	colon := q.space(end + 1)
	if q.byte(colon) != ':' || colon-i > maxKey {
		return nil, 0
	}
	n := in.names[string(q.text[i:colon+1])]
	if n == nil {
		n = in.meet(q.text[i:colon+1], q.text[i+1:end], q.view)
	}
	return n, colon + 1
}

func (in *level) meet(text, key []byte, v *view) *name {
	n := &name{text: bytes.Clone(text), field: in.means(&v.spell, key)}
	if len(in.names) >= maxSpellings {
		clear(in.names)
		in.first = nil
	}
	in.names[string(text)] = n
	return n
}

// value reads the value at i, keeps it if it means something, and returns where it ends.
func (q *quick) value(i int, f field, in *level) int {
	c := q.byte(i)
	if f >= pIdentity && (c != 'n' || in == &q.identity) {
		return q.inside(i, f, in)
	}
	if c == '[' && in == &q.envelope || c == '{' && in == &q.claims {
		return -1 // a wrapper, or a claim whose name goes on inside
	}
	end := q.leaf(i)
	if end < 0 || f == noField {
		return end
	}
	s := spot{start: uint32(i), end: uint32(end), kind: kindOf[c], rank: in.rank}
	if c == '"' && q.slash < end {
		value, err := q.view.inner().ParseBytes(q.text[i:end])
		if err != nil {
			return -1
		}
		s.value = q.view.parsed(value)
	}
	q.view.keep(f, s)
	q.elsewhere = q.elsewhere || f.claim() && in != &q.claims
	return end
}

// who goes into the identity at i, or past it if it was read before.
func (q *quick) who(i int) int {
	v := q.view
	if end := q.outline(i); end > 0 {
		if v.who = q.met.find(q.text[i:end]); v.who != nil {
			q.at = i
			return end
		}
	}
	end := q.members(i+1, &q.identity)
	if end > 0 && end-i <= maxIdentity {
		v.told = q.text[i:end]
	}
	return end
}

// outline is where the identity at i ends, if it is the usual one: an object in an object, with no other in it. It is a
// guess, which is looked up before it is believed.
func (q *quick) outline(i int) int {
	end := i + bytes.IndexByte(q.text[i:], '}') + 1
	if end > i && end-i < maxIdentity && q.byte(end) == '}' {
		return end + 1
	}
	return 0
}

// mistrust is for records that name their caller in other places, too: the identity is gone into after all, and what it
// says is not remembered.
func (q *quick) mistrust() {
	if v := q.view; v.who != nil {
		q.members(q.at+1, &q.identity)
		v.who = nil
	}
	q.view.told = nil
}

// inside goes into one of the places that records have, each once.
func (q *quick) inside(i int, f field, in *level) int {
	to := (*level)(nil)
	switch {
	case f == pProperties && in == &q.envelope:
		to = &q.properties
	case f == pProperties && in == &q.properties:
		to = &q.settings
	case f == pVault && in == &q.properties:
		to = &q.vault
	case f == pIdentity && in == &q.envelope:
		to = &q.identity
	case f == pClaims && in == &q.identity:
		to = &q.claims
	}
	if to == nil || to.entered || q.byte(i) != '{' {
		return -1
	}
	to.entered = true
	if to == &q.identity {
		return q.who(i)
	}
	return q.members(i+1, to)
}
