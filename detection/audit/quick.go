package audit

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
	// clean is up to where no backslash and no line break stands, from the last text on that was asked for.
	clean int

	envelope, properties, settings, vault level
	identity, claims                      level

	// who and asked are the identity and the properties, as far as they were read before.
	who   part[identity]
	asked part[request]
}

func newQuick(v *view) quick {
	key := (*speller).key
	claim := func(s *speller, key []byte) field { return s.claim("", key) }
	at := func(rank uint8, means func(*speller, []byte) field) level {
		return level{rank: rank, means: means, names: map[string]*name{}}
	}
	return quick{view: v, envelope: at(0, key), properties: at(1, key), settings: at(2, key), vault: at(3, key),
		identity: at(4, inIdentity), claims: at(5, claim), who: newPart[identity](), asked: newPart[request]()}
}

// body begins a new body.
func (q *quick) body(text []byte) {
	q.text, q.view.body, q.clean = text, text, 0
}

// record spreads the record at the '{' at i out over the view and returns where it ends, -1 if it gave up.
func (q *quick) record(i int) int {
	q.clear()
	end := q.members(i+1, &q.envelope)
	if end >= 0 {
		q.doubt()
	}
	return end
}

// clear forgets the record before.
func (q *quick) clear() {
	q.view.clear()
	for _, l := range []*level{&q.properties, &q.settings, &q.vault, &q.identity, &q.claims} {
		l.entered = false
	}
	q.who.clear()
	q.asked.clear()
}

// members goes through the object whose first member stands at i.
func (q *quick) members(i int, in *level) int {
	if i = q.space(i); q.byte(i) == '}' {
		return i + 1
	}
	for next := &in.first; ; {
		n := next.name(q.text[i:])
		if n == nil {
			if n = q.key(i, in, next == &in.first); n == nil {
				return -1
			}
			next.note(n)
		}
		next = &n.next
		if i = q.value(q.space(i+len(n.text)), n.field, in); i < 0 {
			return -1
		}
		if q.byte(i) == ',' {
			continue
		}
		if end := q.space(i); q.byte(end) == '}' {
			return end + 1
		}
	}
}

// value reads the value at i, keeps it if it means something, and returns where it ends.
func (q *quick) value(i int, f field, in *level) int {
	c := q.byte(i)
	if c == '"' && f < pIdentity {
		if end := q.plain(i + 1); end >= 0 {
			if f != noField {
				q.view.keep(f, spot{start: uint32(i), end: uint32(end + 1), kind: kText, rank: in.rank})
			}
			return end + 1
		}
	}
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
	if c == '"' {
		value, err := q.view.inner().ParseBytes(q.text[i:end])
		if err != nil {
			return -1
		}
		s.value = q.view.parsed(value)
	}
	q.view.keep(f, s)
	return end
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
	switch to {
	case &q.identity:
		return q.who.pass(q, i, to)
	case &q.properties:
		return q.asked.pass(q, i, to)
	}
	return q.members(i+1, to)
}
