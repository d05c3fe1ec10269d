package baseline

import (
	"iter"
	"net/netip"

	"github.com/cespare/xxhash/v2"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Touch is one or several like requests of one principal on one vault within a few minutes.
type Touch struct {
	First       Instant          `cbor:"1,keyasint"`
	Last        Instant          `cbor:"2,keyasint"`
	Count       uint32           `cbor:"3,keyasint"`
	Class       audit.Class      `cbor:"5,keyasint,omitempty"`
	Type        audit.ObjectType `cbor:"6,keyasint,omitempty"`
	Outcome     audit.Outcome    `cbor:"8,keyasint,omitempty"`
	Operation   string           `cbor:"4,keyasint"`
	Object      string           `cbor:"7,keyasint,omitempty"`
	Address     netip.Addr       `cbor:"9,keyasint,omitempty"`
	Application string           `cbor:"10,keyasint,omitempty"`
}

// Recent holds the touches of the last 24 hours in order of their first record, at most recentMax: evidence for the
// alert and food for the detections that look at sequences.
type Recent struct {
	Touches []Touch `cbor:"1,keyasint,omitempty"`
	// Dropped counts records whose touch had to make room within the 24 hours.
	Dropped uint32 `cbor:"2,keyasint,omitempty"`
	// sorted is how many touches, from the first on, are known to be in order of their beginnings: all but where records
	// came late.
	sorted int32
	// places finds a touch among many. Few never need it.
	places *places
	// room is the array in which Touches lie, with the room that old ones left at its beginning.
	room []Touch
}

// places are where the latest touch of each likeness stands. They are counted from the beginning of the array as it was
// when they were made, so that forgetting the oldest touches moves nothing.
type places struct {
	of      map[uint64]int // by likeness
	gone    int            // touches forgotten since
	entered int            // touches entered, with those gone
}

const (
	recentMax  = 2048
	recentSpan = 24 * Hour
	// touchSpan is how far apart two like requests may lie and still be one touch; crypto traffic is a hundred times
	// as dense and says less.
	touchSpan       = 5 * Minute
	touchSpanCrypto = 60 * Minute
	// recentNear is how many of the latest touches are looked at before places is asked.
	recentNear = 8
)

// Add notes a record.
func (r *Recent) Add(rec *audit.Record, at Instant) {
	span := Instant(touchSpan)
	if rec.Class == audit.Crypto {
		span = touchSpanCrypto
	}
	if t := r.find(rec, at-span); t != nil && t.First > at-span && t.First <= at {
		t.Last, t.Count = max(t.Last, at), t.Count+1
		return
	}
	r.trim(at)
	r.makeRoom()
	r.Touches = append(r.Touches, Touch{First: at, Last: at, Count: 1, Operation: rec.Operation, Class: rec.Class, Type: rec.Object.Type,
		Object: rec.Object.Name, Outcome: rec.Outcome, Address: rec.Address, Application: rec.Caller.Application})
}

// find is the latest touch like a record, nil if there is none or, where it is easily told, none that began after an
// instant.
func (r *Recent) find(rec *audit.Record, after Instant) *Touch {
	sorted := r.isSorted()
	last := len(r.Touches) - 1
	for i := last; i >= 0 && i > last-recentNear; i-- {
		t := &r.Touches[i]
		if sorted && t.First <= after {
			return nil // nor did any before it
		}
		if t.like(rec) {
			return t
		}
	}
	if last < recentNear {
		return nil
	}
	return r.findFar(rec)
}

func (r *Recent) findFar(rec *audit.Record) *Touch {
	i, ok := r.enterPlaces().of[likeness(rec.Operation, rec.Object.Name, rec.Outcome, rec.Address)]
	i -= r.places.gone
	switch {
	case !ok || i < 0:
		return nil
	case r.Touches[i].like(rec):
		return &r.Touches[i]
	}
	// Two likenesses share a number: once in an eternity, or because somebody wants it so.
	for i := len(r.Touches) - 1; i >= 0; i-- {
		if r.Touches[i].like(rec) {
			return &r.Touches[i]
		}
	}
	return nil
}

// enterPlaces lets places know of the touches that came since it was asked last.
func (r *Recent) enterPlaces() *places {
	p := r.places
	if p == nil || len(p.of) > 2*len(r.Touches) {
		p = &places{of: make(map[uint64]int, len(r.Touches))}
		r.places = p
	}
	for ; p.entered-p.gone < len(r.Touches); p.entered++ {
		t := &r.Touches[p.entered-p.gone]
		p.of[likeness(t.Operation, t.Object, t.Outcome, t.Address)] = p.entered
	}
	return p
}

// isSorted looks at each touch once.
func (r *Recent) isSorted() bool {
	r.sorted = int32(r.inOrder())
	return int(r.sorted) == len(r.Touches)
}

// inOrder is how many touches, from the first on, are in order of their beginnings. It changes nothing.
func (r *Recent) inOrder() int {
	n := int(r.sorted)
	for n < len(r.Touches) && (n == 0 || r.Touches[n-1].First <= r.Touches[n].First) {
		n++
	}
	return n
}

func (t *Touch) like(rec *audit.Record) bool {
	return t.Object == rec.Object.Name && t.Operation == rec.Operation && t.Outcome == rec.Outcome && t.Address == rec.Address
}

// likeness is equal for like requests, and nearly never for others.
func likeness(operation, object string, outcome audit.Outcome, address netip.Addr) uint64 {
	const mix = 0x9e3779b97f4a7c15
	h := xxhash.Sum64String(operation)*mix + xxhash.Sum64String(object) + uint64(outcome)
	a := address.As16()
	return h*mix + xxhash.Sum64(a[:])
}

// trim drops what is older than the span, in lumps, so that a record costs little on average.
func (r *Recent) trim(at Instant) {
	if len(r.Touches) == 0 || len(r.Touches) < recentMax && r.Touches[0].Last > at-recentSpan-2*Hour {
		return
	}
	excess := 0
	if len(r.Touches) >= recentMax {
		excess = len(r.Touches) - recentMax*7/8
	}
	n := 0
	for ; n < len(r.Touches); n++ {
		old := r.Touches[n].Last <= at-recentSpan
		if !old && n >= excess {
			break
		}
		if !old {
			r.Dropped += r.Touches[n].Count
		}
	}
	r.forget(n)
}

// forget drops the first n touches where they lie.
func (r *Recent) forget(n int) {
	clear(r.Touches[:n])
	r.Touches = r.Touches[n:]
	r.sorted = max(0, r.sorted-int32(n))
	if r.places != nil {
		r.places.gone += n
		r.places.entered = max(r.places.entered, r.places.gone)
	}
}

// makeRoom finds room for one more touch: where old ones lay, or else in an array a quarter larger.
func (r *Recent) makeRoom() {
	n := len(r.Touches)
	if n < cap(r.Touches) {
		return
	}
	if left := cap(r.room) - n; left <= n/8 {
		r.room = make([]Touch, n+n/4+2)
	}
	copy(r.room, r.Touches)
	clear(r.room[n:])
	r.Touches = r.room[:n]
}

// Since yields the touches that were still going on at or after an instant, oldest first. It is small enough to be made
// part of its callers, which else would have to keep what they count on the heap.
func (r *Recent) Since(from Instant) iter.Seq[*Touch] {
	return func(yield func(*Touch) bool) {
		for i := r.start(from); i < len(r.Touches); i++ {
			if r.Touches[i].Last >= from && !yield(&r.Touches[i]) {
				return
			}
		}
	}
}

// start is the first touch that can have been going on at an instant. What came late may stand before it and be older.
func (r *Recent) start(from Instant) int {
	n := len(r.Touches)
	if r.inOrder() < n {
		return 0
	}
	for n > 0 && r.Touches[n-1].First >= from-touchSpanCrypto {
		n--
	}
	return n
}
