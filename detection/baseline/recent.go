package baseline

import (
	"iter"
	"net/netip"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Touch is one or several like requests of one principal on one vault within a few minutes.
type Touch struct {
	First       Instant          `cbor:"1,keyasint"`
	Last        Instant          `cbor:"2,keyasint"`
	Count       uint32           `cbor:"3,keyasint"`
	Operation   string           `cbor:"4,keyasint"`
	Class       audit.Class      `cbor:"5,keyasint,omitempty"`
	Type        audit.ObjectType `cbor:"6,keyasint,omitempty"`
	Object      string           `cbor:"7,keyasint,omitempty"`
	Outcome     audit.Outcome    `cbor:"8,keyasint,omitempty"`
	Address     netip.Addr       `cbor:"9,keyasint,omitempty"`
	Application string           `cbor:"10,keyasint,omitempty"`
}

// Recent holds the touches of the last 24 hours in order of their first record, at most recentMax: evidence for the
// alert and food for the detections that look at sequences.
type Recent struct {
	Touches []Touch `cbor:"1,keyasint,omitempty"`
	// Dropped counts records whose touch had to make room within the 24 hours.
	Dropped uint32 `cbor:"2,keyasint,omitempty"`
	index   map[touchKey]int
}

type touchKey struct {
	operation, object string
	outcome           audit.Outcome
	address           netip.Addr
}

const (
	recentMax  = 2048
	recentSpan = 24 * Hour
	// touchSpan is how far apart two like requests may lie and still be one touch; crypto traffic is a hundred times
	// as dense and says less.
	touchSpan       = 5 * Minute
	touchSpanCrypto = 60 * Minute
)

// Add notes a record.
func (r *Recent) Add(rec *audit.Record, at Instant) {
	k := touchKey{rec.Operation, rec.Object.Name, rec.Outcome, rec.Address}
	span := Instant(touchSpan)
	if rec.Class == audit.Crypto {
		span = touchSpanCrypto
	}
	if i, ok := r.find(k); ok && at-r.Touches[i].First < span && at >= r.Touches[i].First {
		t := &r.Touches[i]
		t.Last, t.Count = max(t.Last, at), t.Count+1
		return
	}
	r.trim(at)
	r.Touches = append(r.Touches, Touch{First: at, Last: at, Count: 1, Operation: rec.Operation, Class: rec.Class, Type: rec.Object.Type,
		Object: rec.Object.Name, Outcome: rec.Outcome, Address: rec.Address, Application: rec.Caller.Application})
	r.index[k] = len(r.Touches) - 1
}

func (r *Recent) find(k touchKey) (int, bool) {
	if r.index == nil {
		r.reindex()
	}
	i, ok := r.index[k]
	return i, ok
}

func (r *Recent) reindex() {
	if r.index == nil {
		r.index = make(map[touchKey]int, len(r.Touches))
	}
	clear(r.index)
	for i, t := range r.Touches {
		r.index[touchKey{t.Operation, t.Object, t.Outcome, t.Address}] = i
	}
}

// trim drops what is older than the span, in lumps, so that a record costs little on average.
func (r *Recent) trim(at Instant) {
	if len(r.Touches) == 0 || len(r.Touches) < recentMax && r.Touches[0].Last > at-recentSpan-2*Hour {
		return
	}
	kept := r.Touches[:0]
	excess := max(0, len(r.Touches)-recentMax*7/8)
	for i, t := range r.Touches {
		switch {
		case t.Last <= at-recentSpan:
		case len(r.Touches) >= recentMax && i < excess:
			r.Dropped += t.Count
		default:
			kept = append(kept, t)
		}
	}
	clear(r.Touches[len(kept):])
	r.Touches = kept
	r.reindex()
}

// Since yields the touches that were still going on at or after an instant, oldest first.
func (r *Recent) Since(from Instant) iter.Seq[*Touch] {
	start := len(r.Touches)
	for start > 0 && r.Touches[start-1].First >= from-touchSpanCrypto {
		start--
	}
	return func(yield func(*Touch) bool) {
		for i := start; i < len(r.Touches); i++ {
			if r.Touches[i].Last >= from && !yield(&r.Touches[i]) {
				return
			}
		}
	}
}
