package invoke

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// The host writes most metadata as JSON inside a JSON string, some as JSON, dates as bare strings, and has changed its
// mind between versions. These helpers read a value at whichever level it is found.

// unwrap returns the JSON inside a JSON string, or raw itself when it holds none.
func unwrap(raw []byte) []byte {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '"' {
		return raw
	}
	var inner string
	if json.Unmarshal(raw, &inner) != nil || !json.Valid([]byte(inner)) {
		return raw
	}
	return bytes.TrimSpace([]byte(inner))
}

// text returns a string's content, a number or boolean as it is spelled, and "" for null, absent or compound values.
func text(raw []byte) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || string(raw) == "null" {
		return ""
	}
	if raw[0] != '"' {
		return string(raw)
	}
	if inner := raw[1:]; plainly(inner) {
		return string(inner[:len(inner)-1])
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// plainly tells whether text ends with its first quote and holds nothing before it that JSON would escape or refuse.
func plainly(text []byte) bool {
	for i, c := range text {
		if c == '"' {
			return i == len(text)-1
		}
		if c < ' ' || c > '~' || c == '\\' {
			break
		}
	}
	return false
}

// list cuts a list into its elements; nil when there is none.
func list(raw []byte) [][]byte {
	raw = unwrap(raw)
	if len(raw) == 0 || raw[0] != '[' || !json.Valid(raw) {
		return nil
	}
	elements := [][]byte{}
	for at := skipSpace(raw, 1); raw[at] != ']'; {
		end, err := skipValue(raw, at)
		if err != nil {
			return nil
		}
		elements = append(elements, raw[at:end])
		if at = skipSpace(raw, end); raw[at] == ',' {
			at = skipSpace(raw, at+1)
		}
	}
	return elements
}

// sequence reads a sequence number. Negative ones are the sentinels of a manual run and count as none.
func sequence(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0
}

// offset drops the host's sentinel for "no offset".
func offset(s string) string {
	if s == "-1" {
		return ""
	}
	return s
}

// instant reads a time with or without a zone; without one it is UTC, as the host means it. The host's year 1 and
// what cannot be read become the zero time.
func instant(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1 {
			return t.UTC()
		}
	}
	return time.Time{}
}
