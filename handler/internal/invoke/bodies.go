package invoke

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// bodies finds the events' bodies in the value of a trigger's binding, whatever cardinality and dataType the function
// was configured with. All returned slices may share memory with each other and with raw.
//
//	many+binary  "[\"<base64>\", …]"      many+string  "[\"<text>\", …]"      many, unset  "[{…}, …]"
//	one+binary   "<base64>"               one+string   "\"<text>\""
func bodies(raw []byte) ([][]byte, error) {
	raw = bytes.TrimSpace(raw)
	if out, ok := binaryList(raw); ok {
		return out, nil
	}
	value := raw
	if len(raw) > 0 && raw[0] == '"' {
		var inner string
		if err := json.Unmarshal(raw, &inner); err != nil {
			return nil, fmt.Errorf("%w: the binding's string: %w", ErrShape, err)
		}
		value = bytes.TrimSpace([]byte(inner))
		if len(value) == 0 || value[0] != '[' && value[0] != '"' && value[0] != '{' {
			return [][]byte{bytesOrText(inner)}, nil // one+binary
		}
	}
	return listOrOne(value)
}

// listOrOne reads a JSON array of bodies, or takes the value as the only body.
func listOrOne(value []byte) ([][]byte, error) {
	if len(value) == 0 || string(value) == "null" {
		return nil, fmt.Errorf("%w: the binding is empty", ErrShape)
	}
	if value[0] == '"' {
		var only string
		if err := json.Unmarshal(value, &only); err != nil {
			return nil, fmt.Errorf("%w: the event's string: %w", ErrShape, err)
		}
		return [][]byte{[]byte(only)}, nil
	}
	if value[0] != '[' {
		return [][]byte{value}, nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(value, &elements); err != nil {
		return nil, fmt.Errorf("%w: the list of events: %w", ErrShape, err)
	}
	return plainList(elements)
}

// plainList decides for the whole batch whether its elements are JSON values, texts or base64. A single element could
// be both text and base64, but the host never mixes the two in one batch.
func plainList(elements []json.RawMessage) ([][]byte, error) {
	out := make([][]byte, len(elements))
	if !allStrings(elements) {
		for i, e := range elements {
			if string(e) != "null" { // null is how an empty body arrives
				out[i] = e
			}
		}
		return out, nil
	}
	all64 := true
	for i, e := range elements {
		var s string
		if err := json.Unmarshal(e, &s); err != nil {
			return nil, fmt.Errorf("%w: event %d: %w", ErrShape, i, err)
		}
		out[i] = []byte(s)
		all64 = all64 && isBase64(s)
	}
	if all64 {
		for i := range out {
			out[i] = bytesOrText(string(out[i]))
		}
	}
	return out, nil
}

func allStrings(elements []json.RawMessage) bool {
	for _, e := range elements {
		if e[0] != '"' {
			return false
		}
	}
	return true
}

func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

func bytesOrText(s string) []byte {
	if b, err := base64.StdEncoding.DecodeString(s); err == nil {
		return b
	}
	return []byte(s)
}

// binaryList is the short way for many+binary, the shape our own functions ask for: it decodes the base64 straight
// out of the still escaped string into one buffer. At the first surprise it gives up, and the general way decides.
func binaryList(raw []byte) ([][]byte, bool) {
	rest, ok := bytes.CutPrefix(raw, []byte(`"[`))
	if !ok {
		return nil, false
	}
	if rest, ok = bytes.CutSuffix(rest, []byte(`]"`)); !ok {
		return nil, false
	}
	if len(rest) == 0 {
		return [][]byte{}, true
	}
	var out [][]byte
	buffer := make([]byte, base64.StdEncoding.DecodedLen(len(rest)))
	for used := 0; ; {
		element, after, ok := quoted(rest)
		if !ok {
			return nil, false
		}
		n, err := decode64(buffer[used:], element)
		if err != nil {
			return nil, false
		}
		out = append(out, buffer[used:used+n:used+n])
		used += n
		if len(after) == 0 {
			return out, true
		}
		if rest, ok = bytes.CutPrefix(after, []byte{','}); !ok {
			return nil, false
		}
	}
}

// quoted takes one \"…\" from the front of an escaped list.
func quoted(rest []byte) (element, after []byte, ok bool) {
	rest, ok = bytes.CutPrefix(rest, []byte(`\"`))
	if !ok {
		return nil, nil, false
	}
	end := bytes.IndexByte(rest, '\\')
	if end < 0 || end+1 >= len(rest) || rest[end+1] != '"' {
		return nil, nil, false
	}
	return rest[:end], rest[end+2:], true
}
