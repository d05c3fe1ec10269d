package audit

import "bytes"

// level is one of the objects gone into. What stands in an outer one goes before what an inner one says.
type level struct {
	rank  uint8
	means func(*speller, []byte) field
	names map[string]*name
	first guess
	// entered: the record at hand has it already.
	entered bool
}

// name is a key that was met, and what followed it.
type name struct {
	text  []byte // from the comma before it to its colon
	field field
	next  guess
}

// guess are the last two names that came at some place. Records of one writer repeat their keys in one order, and most of
// what comes is of few writers, so that most keys are known by a comparison or two.
type guess [2]*name

// name is the one of the two that a text begins with, nil if neither.
func (g *guess) name(text []byte) *name {
	if n := g[0]; n != nil && bytes.HasPrefix(text, n.text) {
		return n
	}
	if n := g[1]; n != nil && bytes.HasPrefix(text, n.text) {
		g.note(n)
		return n
	}
	return nil
}

func (g *guess) note(n *name) { g[0], g[1] = n, g[0] }

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

// key reads the key of the member that begins at i, nil if there is none.
func (q *quick) key(i int, in *level, first bool) *name {
	start := q.space(i)
	if !first {
		if q.byte(start) != ',' {
			return nil
		}
		start = q.space(start + 1)
	}
	if q.byte(start) != '"' {
		return nil
	}
	end := q.plain(start + 1)
	if end < 0 {
		return nil
	}
	colon := q.space(end + 1)
	if q.byte(colon) != ':' || colon-i > maxKey {
		return nil
	}
	if n := in.names[string(q.text[i:colon+1])]; n != nil {
		return n
	}
	return in.meet(q.text[i:colon+1], q.text[start+1:end], q.view)
}

func (in *level) meet(text, key []byte, v *view) *name {
	n := &name{text: bytes.Clone(text), field: in.means(&v.spell, key)}
	if len(in.names) >= maxSpellings {
		clear(in.names)
		in.first = guess{}
	}
	in.names[string(text)] = n
	return n
}
