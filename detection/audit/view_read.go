package audit

import (
	"strconv"
	"strings"

	"github.com/valyala/fastjson"
)

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
