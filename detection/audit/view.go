package audit

import (
	"strconv"
	"strings"

	"github.com/valyala/fastjson"
)

// view is one record spread out by meaning. It is reused from record to record.
type view struct {
	at     [fields]*fastjson.Value
	spell  speller
	texts  []*fastjson.Parser // for JSON inside of JSON strings
	used   int
	claims bool // an identity with at least one claim
}

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
	v.at = [fields]*fastjson.Value{}
	v.used, v.claims = 0, false
}

// inside goes into nested places only after the outer ones, so that the envelope's word stands before the properties'.
func (v *view) inside() {
	if properties := v.object(pProperties); properties != nil {
		v.at[pProperties] = nil // so that the settings nested below, of the same name, are noticed
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
	if f == noField || v.at[f] != nil || value == nil || isNothing(value) {
		return
	}
	v.at[f] = value
	if f >= cObjectID && f <= cResource {
		v.claims = true
	}
}

// isNothing knows the ways to write nothing; "None" is what the Azure CLI makes of null.
func isNothing(value *fastjson.Value) bool {
	switch value.Type() {
	case fastjson.TypeNull:
		return true
	case fastjson.TypeString:
		text := value.GetStringBytes()
		return len(text) == 0 || string(text) == "None" || string(text) == "null"
	}
	return false
}

// text is a field's text, nil if it has none. {"value":…,"localizedValue":…} of the REST shape is its value.
func (v *view) text(f field) []byte {
	value := v.at[f]
	if value == nil {
		return nil
	}
	if value.Type() == fastjson.TypeObject {
		return value.GetStringBytes("value")
	}
	return value.GetStringBytes()
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
	value := v.at[f]
	if value == nil || value.Type() != fastjson.TypeString {
		return value
	}
	text := value.GetStringBytes()
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
func (v *view) flag(f field) (value, known bool) { return asFlag(v.at[f]) }

func asFlag(value *fastjson.Value) (is, known bool) {
	if value == nil {
		return false, false
	}
	switch value.Type() {
	case fastjson.TypeTrue:
		return true, true
	case fastjson.TypeFalse:
		return false, true
	case fastjson.TypeNumber:
		return value.GetFloat64() != 0, true
	case fastjson.TypeString:
		is, err := strconv.ParseBool(strings.ToLower(string(value.GetStringBytes())))
		return is, err == nil
	}
	return false, false
}

// number reads an integer written as 200, 200.0 or "200"; 0 if it is none.
func (v *view) number(f field) int {
	value := v.at[f]
	if value == nil {
		return 0
	}
	switch value.Type() {
	case fastjson.TypeNumber:
		return wholeStatus(value.GetFloat64())
	case fastjson.TypeString:
		number, err := strconv.ParseFloat(string(value.GetStringBytes()), 64)
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
