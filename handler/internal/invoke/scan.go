package invoke

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// The outer levels of a body are walked here instead of by encoding/json, because more than nine tenths of a body is
// one string of base64 which encoding/json would check, copy and unescape byte by byte. Whatever is taken out is
// small, or is checked again by the one who uses it.

// pick finds the values of the named members of an object, raw; a name that occurs twice has the last one. Of a broken object
// it takes nothing and returns why.
func pick(object []byte, names []string, values [][]byte) error {
	err := members(object, func(key, value []byte) {
		for i, name := range names {
			if string(key) == name {
				values[i] = value
			}
		}
	})
	if err != nil {
		clear(values)
	}
	return err
}

// members calls visit for every member of the JSON object in text with the member's raw value. Members that nobody
// uses are skipped by their outline only: their quotes and brackets must match, nothing else is checked.
func members(text []byte, visit func(key, value []byte)) error {
	at := skipSpace(text, 0)
	if at == len(text) || text[at] != '{' {
		return fmt.Errorf("%w: no JSON object", ErrShape)
	}
	at = skipSpace(text, at+1)
	if at < len(text) && text[at] == '}' {
		return ended(text, at+1)
	}
	return moreMembers(text, at, visit)
}

// moreMembers goes on with the member at the given place.
func moreMembers(text []byte, at int, visit func(key, value []byte)) error {
	for {
		key, value, next, err := member(text, at)
		if err != nil {
			return err
		}
		visit(key, value)
		if next == len(text) {
			return errCut
		}
		if text[next] == '}' {
			return ended(text, next+1)
		}
		if text[next] != ',' {
			return fmt.Errorf("%w: no comma between members at byte %d", ErrShape, next)
		}
		at = skipSpace(text, next+1)
	}
}

var errCut = fmt.Errorf("%w: it ends too early", ErrShape)

func ended(text []byte, at int) error {
	if at = skipSpace(text, at); at != len(text) {
		return fmt.Errorf("%w: something follows the object at byte %d", ErrShape, at)
	}
	return nil
}

// member reads one `"key": value` at the given place; next is the first byte after it that is no space.
func member(text []byte, at int) (key, value []byte, next int, err error) {
	end, err := skipString(text, at)
	if err != nil {
		return nil, nil, 0, err
	}
	key = text[at+1 : end-1]
	if bytes.IndexByte(key, '\\') >= 0 {
		var name string
		if err := json.Unmarshal(text[at:end], &name); err != nil {
			return nil, nil, 0, fmt.Errorf("%w: a member's name: %w", ErrShape, err)
		}
		key = []byte(name)
	}
	at = skipSpace(text, end)
	if at == len(text) || text[at] != ':' {
		return nil, nil, 0, fmt.Errorf("%w: no colon at byte %d", ErrShape, at)
	}
	at = skipSpace(text, at+1)
	end, err = skipValue(text, at)
	if err != nil {
		return nil, nil, 0, err
	}
	return key, text[at:end], skipSpace(text, end), nil
}

func skipSpace(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t') {
		at++
	}
	return at
}

// skipString returns the place behind the string that starts at the given place.
func skipString(text []byte, at int) (int, error) {
	if at >= len(text) || text[at] != '"' {
		return 0, fmt.Errorf("%w: no string at byte %d", ErrShape, at)
	}
	for from := at + 1; ; {
		quote := bytes.IndexByte(text[from:], '"')
		if quote < 0 {
			return 0, errCut
		}
		end := from + quote
		slashes := 0
		for end-1-slashes >= from && text[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end + 1, nil
		}
		from = end + 1
	}
}

// skipValue returns the place behind the value that starts at the given place. It counts brackets instead of
// recursing, so nesting however deep costs no stack.
func skipValue(text []byte, at int) (int, error) {
	depth := 0
	for at < len(text) {
		switch text[at] {
		case '"':
			end, err := skipString(text, at)
			if err != nil {
				return 0, err
			}
			at = end
		case '{', '[':
			depth++
			at++
		case '}', ']':
			depth--
			at++
		case ',', ':', ' ', '\n', '\r', '\t':
			at++
		default:
			at = skipScalar(text, at)
		}
		if depth == 0 {
			return at, nil
		}
		if depth < 0 {
			return 0, fmt.Errorf("%w: no value at byte %d", ErrShape, at-1)
		}
	}
	return 0, errCut
}

// skipScalar passes over true, false, null or a number.
func skipScalar(text []byte, at int) int {
	end := bytes.IndexAny(text[at:], ",:{}[]\" \n\r\t")
	if end < 0 {
		return len(text)
	}
	return at + end
}
