package audit

import (
	"strconv"
	"strings"

	"github.com/valyala/fastjson"
)

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

// open spreads out a record. The value must stay alive while the view is read.
func (v *view) open(record *fastjson.Object) {
	v.clear()
	v.walk(record)
	v.inside()
}

// openRow spreads out a row of a table by its columns.
func (v *view) openRow(columns []field, row []*fastjson.Value) {
	v.clear()
	for i, value := range row {
		if i < len(columns) {
			v.put(columns[i], value)
		}
	}
	v.inside()
}

func (v *view) clear() {
	v.at = [fields]spot{}
	v.told, v.used = [ranks]fieldSet{}, 0
	v.values = v.values[:0]
}

// inside goes into nested places only after the outer ones, so that the envelope's word stands before the properties'.
func (v *view) inside() {
	if properties := v.object(pProperties); properties != nil {
		v.at[pProperties] = spot{} // so that the settings nested below, of the same name, are noticed
		v.walk(properties)
		if settings := v.object(pProperties); settings != nil {
			v.walk(settings)
		}
	}
	if vault := v.object(pVault); vault != nil {
		v.walk(vault)
	}
	if identity := v.object(pIdentity); identity != nil {
		v.put(pClaims, identity.Get("claim"))
		v.put(pClaims, identity.Get("claims"))
		v.put(fAuthorization, identity.Get("authorization"))
	}
	if claims := v.object(pClaims); claims != nil {
		v.walkClaims("", claims)
	}
}

func (v *view) walk(object *fastjson.Object) {
	object.Visit(func(key []byte, value *fastjson.Value) { v.put(v.spell.key(key), value) })
}

// walkClaims reads claims; an HSM writes the dots of a claim's name as nested objects.
func (v *view) walkClaims(prefix string, claims *fastjson.Object) {
	claims.Visit(func(key []byte, value *fastjson.Value) {
		inner := value.GetObject()
		if inner == nil || len(prefix) > 128 {
			v.put(v.spell.claim(prefix, key), value)
			return
		}
		v.walkClaims(prefix+string(key)+"_", inner)
	})
}

// put keeps the first value that says something: an empty column beside a filled one of the same meaning is usual.
func (v *view) put(f field, value *fastjson.Value) {
	if f != noField && value != nil {
		v.keep(f, spot{value: v.parsed(value), kind: kind(value.Type()), rank: lastRank})
	}
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

// content is a string's content, nil of other kinds.
func (v *view) content(s spot) []byte {
	switch {
	case s.kind != kText:
		return nil
	case s.value > 0:
		return v.values[s.value-1].GetStringBytes()
	}
	return v.body[s.start+1 : s.end-1]
}

// has tells whether the record says something of a field.
func (v *view) has(f field) bool { return v.at[f].kind != kNull }

// value is a field's value, nil if it has none.
func (v *view) value(f field) *fastjson.Value {
	s := &v.at[f]
	if s.kind == kNull {
		return nil
	}
	if s.value == 0 {
		value, _ := v.inner().ParseBytes(v.body[s.start:s.end]) // it was read as JSON before
		s.value = v.parsed(value)
	}
	return v.values[s.value-1]
}

// text is a field's text, nil if it has none.
func (v *view) text(f field) []byte {
	if s := &v.at[f]; s.kind == kText && s.value == 0 {
		return v.body[s.start+1 : s.end-1]
	}
	return v.unusual(f)
}

// unusual is a text with escapes, or the value in {"value":…,"localizedValue":…} of the REST shape.
func (v *view) unusual(f field) []byte {
	if v.at[f].kind == kObject {
		return v.value(f).GetStringBytes("value")
	}
	return v.content(v.at[f])
}

// lowered is the beginning of a field's text, its ASCII letters in lower case. It holds until the next is asked for.
func (v *view) lowered(f field, limit int) []byte {
	v.lower = appendLower(v.lower[:0], cut(v.text(f), limit))
	return v.lower
}

// object is a field's object, also when it is written as JSON text; nil if it is none.
func (v *view) object(f field) *fastjson.Object {
	if value := v.tree(f); value != nil {
		return value.GetObject()
	}
	return nil
}

// tree is a field's value, parsed if it is JSON text; nil if it says nothing.
func (v *view) tree(f field) *fastjson.Value {
	value := v.value(f)
	text := v.content(v.at[f])
	if len(text) == 0 || text[0] != '{' && text[0] != '[' || nestsTooDeep(text) {
		return value
	}
	parsed, err := v.inner().ParseBytes(text)
	if err != nil {
		return value
	}
	return parsed
}

// nestsTooDeep keeps the parser's recursion away from text that is all brackets. Brackets in strings count too: real
// nested text has few.
func nestsTooDeep(text []byte) bool {
	depth, deepest := 0, 0
	for _, c := range text {
		switch c {
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
	}
	return deepest > maxDepth
}

// inner is a parser for nested text, one for each text of a record, since parsing anew ends the life of older values.
func (v *view) inner() *fastjson.Parser {
	if v.used == len(v.texts) {
		v.texts = append(v.texts, &fastjson.Parser{})
	}
	v.used++
	return v.texts[v.used-1]
}

// flag reads a boolean in all its spellings; known is false where the log is silent.
func (v *view) flag(f field) (is, known bool) {
	switch v.at[f].kind {
	case kTrue:
		return true, true
	case kFalse:
		return false, true
	case kNumber:
		return v.value(f).GetFloat64() != 0, true
	case kText:
		is, err := strconv.ParseBool(strings.ToLower(string(v.content(v.at[f]))))
		return is, err == nil
	}
	return false, false
}

// number reads an integer written as 200, 200.0 or "200"; 0 if it is none.
func (v *view) number(f field) int {
	s := &v.at[f]
	switch s.kind {
	case kNumber:
		if raw := v.body[s.start:s.end]; len(raw) == 3 && digits(raw) >= 100 {
			return digits(raw)
		}
		return wholeStatus(v.value(f).GetFloat64())
	case kText:
		number, err := strconv.ParseFloat(string(v.content(*s)), 64)
		if err == nil {
			return wholeStatus(number)
		}
	}
	return 0
}

// wholeStatus refuses what no HTTP status can be.
func wholeStatus(number float64) int {
	if number < 100 || number > 999 || number != float64(int(number)) {
		return 0
	}
	return int(number)
}
