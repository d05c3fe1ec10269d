package audit

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// interner gives back one string for equal bytes, so that the steady state of a log allocates next to nothing. Its memory
// is bounded: a table that grows too large is forgotten and fills again.
type interner struct {
	texts, lowers intern[string]
	families      intern[string] // by agent
	vaults        intern[*scope]
	operations    intern[*operation]
	identities    intern[*identity] // by claims
	addresses     intern[netip.Addr]
	urls          intern[*place]
	readings      map[Settings]*Change
	nowhere       place    // of no URL
	last          [2]place // of the last URLs that were not kept
	passed        int      // so many were not
	places        []place  // for the next ones
}

func newInterner() interner {
	return interner{texts: newIntern[string](), lowers: newIntern[string](), families: newIntern[string](), vaults: newIntern[*scope](),
		operations: newIntern[*operation](), identities: newIntern[*identity](), addresses: newIntern[netip.Addr](), urls: newIntern[*place](), readings: map[Settings]*Change{}}
}

// Bounds of one table: entries, and bytes of what the client chose.
const (
	maxInterned      = 64 << 10
	maxInternedBytes = 8 << 20
)

type intern[T any] struct {
	known map[string]T
	bytes int
}

func newIntern[T any]() intern[T] { return intern[T]{known: map[string]T{}} }

func (n *intern[T]) full() bool { return len(n.known) >= maxInterned || n.bytes > maxInternedBytes }

// keep remembers value under a copy of key.
func (n *intern[T]) keep(key string, value T) T {
	if n.full() {
		clear(n.known)
		n.bytes = 0
	}
	n.known[key] = value
	n.bytes += len(key)
	return value
}

// text is b as a valid string of at most limit bytes.
func (n *interner) text(b []byte, limit int) string {
	b = cut(b, limit)
	if known, ok := n.texts.known[string(b)]; ok {
		return known
	}
	key := string(b)
	return n.texts.keep(key, valid(key, limit))
}

// lower is b in lower case, otherwise like text.
func (n *interner) lower(b []byte, limit int) string {
	b = cut(b, limit)
	if known, ok := n.lowers.known[string(b)]; ok {
		return known
	}
	key := string(b)
	return n.lowers.keep(key, valid(strings.ToLower(valid(key, limit)), limit))
}

// family is [AgentFamily], remembered, since few agents send most records.
func (n *interner) family(agent string) string {
	if known, ok := n.families.known[agent]; ok {
		return known
	}
	return n.families.keep(agent, AgentFamily(agent))
}

// cut takes at most limit bytes, and no part of a character.
func cut(b []byte, limit int) []byte {
	if len(b) <= limit {
		return b
	}
	for limit > 0 && !utf8.RuneStart(b[limit]) {
		limit--
	}
	return b[:limit]
}

// valid replaces what is not UTF-8 and cuts at a character's border. Replacement may lengthen, hence the second cut.
func valid(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	for len(s) > limit || !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s[:min(len(s), limit)], "")
	}
	return s
}
