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
	if list, ok := bytes.CutPrefix(raw, []byte(`"[`)); ok {
		var d Decoder
		if rest, ok := d.binaryList(list); ok && string(rest) == `]"` {
			return d.bodies, nil
		}
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
