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
	inner, ok := quotesOnly(raw)
	if !ok {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return raw
		}
		inner = []byte(text)
	}
	if !json.Valid(inner) {
		return raw
	}
	return bytes.TrimSpace(inner)
}

// quotesOnly unescapes a string of ASCII in which nothing but quotes is escaped, as the host's lists are.
func quotesOnly(raw []byte) ([]byte, bool) {
	inner := bytes.TrimSuffix(raw[1:], []byte{'"'})
	quotes := bytes.Count(inner, []byte(`\"`))
	if len(inner)+2 != len(raw) || bytes.Count(inner, []byte{'"'}) != quotes || bytes.Count(inner, []byte{'\\'}) != quotes ||
		bytes.ContainsFunc(inner, func(c rune) bool { return c < ' ' || c > '~' }) {
		return nil, false
	}
	return bytes.ReplaceAll(inner, []byte(`\"`), []byte{'"'}), true
}

// text returns a string's content, a number or boolean as it is spelled, and "" for null, absent or compound values.
func text(raw []byte) string { return string(content(raw)) }

// content is text that may share memory with raw.
func content(raw []byte) []byte {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || string(raw) == "null" {
		return nil
	}
	if raw[0] != '"' {
		return raw
	}
	if inner := raw[1:]; plainly(inner) {
		return inner[:len(inner)-1]
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil
	}
	return []byte(s)
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
	elements := make([][]byte, 0, 1+bytes.Count(raw, []byte{','}))
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
func sequence(s []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(s), 10, 64)
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
func instant(s []byte) time.Time {
	layout := "2006-01-02T15:04:05"
	if at := len(layout); len(s) > at && bytes.ContainsAny(s[at:], "Z+-") {
		layout = time.RFC3339
	}
	if t, err := time.Parse(layout, string(s)); err == nil && t.Year() > 1 {
		return t.UTC()
	}
	return time.Time{}
}
