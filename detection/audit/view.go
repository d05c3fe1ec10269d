package audit

import "github.com/valyala/fastjson"

// view is one record spread out by meaning. It is reused from record to record.
type view struct {
	at     [fields]spot
	body   []byte            // in which spots have their text
	values []*fastjson.Value // those of spots that were parsed
	spell  speller
	texts  []*fastjson.Parser // for JSON inside of JSON strings
	used   int
	lower  []byte          // room for a text in lower case
	told   [ranks]fieldSet // what is said, by where it stands
}

// spot is one value of a record: a piece of the body, or parsed, or both. It is small and holds no pointers, since
// twenty are written and all are cleared for each record.
type spot struct {
	start, end uint32
	value      uint32 // its place among the values, from 1; 0: it was not parsed
	// kind is kNull where the record says nothing.
	kind kind
	rank uint8 // see level
}

// plain tells whether the body holds a text as it is meant, or there is no value.
func (s spot) plain() bool { return s.kind == kNull || s.kind == kText && s.value == 0 }

// kind is a [fastjson.Type] that takes a byte.
type kind uint8

const (
	kNull   = kind(fastjson.TypeNull)
	kObject = kind(fastjson.TypeObject)
	kText   = kind(fastjson.TypeString)
	kNumber = kind(fastjson.TypeNumber)
	kTrue   = kind(fastjson.TypeTrue)
	kFalse  = kind(fastjson.TypeFalse)
)

// lastRank is that of all values that come in the order in which they count.
const (
	lastRank = 6
	ranks    = lastRank + 1
)

// kindOf tells the kind of a value by its first byte, but numbers from one another.
var kindOf = [256]kind{'"': kText, '{': kObject, '[': kind(fastjson.TypeArray), 't': kTrue, 'f': kFalse, '-': kNumber, '0': kNumber,
	'1': kNumber, '2': kNumber, '3': kNumber, '4': kNumber, '5': kNumber, '6': kNumber, '7': kNumber, '8': kNumber, '9': kNumber}

func (v *view) clear() {
	v.at = [fields]spot{}
	v.told, v.used = [ranks]fieldSet{}, 0
	v.values = v.values[:0]
}

// parsed gives a value a place.
func (v *view) parsed(value *fastjson.Value) uint32 {
	v.values = append(v.values, value)
	return uint32(len(v.values))
}

func (v *view) keep(f field, s spot) {
	if brief := s.value > 0 || s.end-s.start <= uint32(len(`"None"`)); brief && v.nothing(s) {
		return
	}
	v.told[s.rank] |= f.set()
	if old := &v.at[f]; old.kind == kNull || old.rank > s.rank {
		v.at[f] = s
	}
}

// claims tells whether there is an identity with at least one claim.
func (v *view) claims() bool {
	all := fieldSet(0)
	for _, told := range v.told {
		all |= told
	}
	return all&claimFields != 0
}

// nothing knows the ways to write nothing; "None" is what the Azure CLI makes of null.
func (v *view) nothing(s spot) bool {
	switch s.kind {
	case kNull:
		return true
	case kText:
		text := v.content(s)
		return len(text) == 0 || len(text) == 4 && (string(text) == "None" || string(text) == "null")
	}
	return false
}
