package tables

import (
	"errors"
	"fmt"
	"strings"
)

// Azure orders keys by their characters and forbids / \ # ? and control characters in them; % and + and quotes are known
// to cause trouble in URLs and filters. So letters, digits, '-', '_', ':' and '@' stand for themselves and every other
// byte becomes two characters. The first of the two lies among the bytes it stands for, and the second ascends with the
// byte, hence escaped keys sort as the keys themselves do:
//
//	"inbox/3/0007" -> "inbox..3..0007"     ' ' -> "!V"     '.' -> ".-"     '/' -> ".."     'é' -> "|7{i"
//
// A key of MaxKey bytes becomes at most 512 characters, which are 1 KiB in Azure's UTF-16: just its limit.
const seconds = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz" // 64, ascending

// escapes are the ranges of bytes that do not stand for themselves, and the first character of their pair.
func escapes() []escapeRange {
	return []escapeRange{
		{0x00, ',', '!', seconds},
		{'.', '/', '.', "-."},
		{';', '?', ';', seconds},
		{'[', '^', '[', seconds},
		{'`', '`', '`', seconds},
		{'{', '{' + 63, '{', seconds},
		{'{' + 64, '{' + 127, '|', seconds},
		{'{' + 128, 0xff, '~', seconds},
	}
}

type escapeRange struct {
	from, to byte
	first    byte
	seconds  string
}

// escape turns a partition or key into what stands in Azure.
func escape(key string) string {
	var out strings.Builder
	ranges := escapes()
next:
	for _, b := range []byte(key) {
		for _, r := range ranges {
			if r.from <= b && b <= r.to {
				out.WriteByte(r.first)
				out.WriteByte(r.seconds[b-r.from])
				continue next
			}
		}
		out.WriteByte(b)
	}
	return out.String()
}

var errNotOurs = errors.New("a row that vaultwatch did not write; keep the table for vaultwatch alone")

// unescape is the inverse of escape.
func unescape(escaped string) (string, error) {
	var out strings.Builder
	ranges := escapes()
	for i := 0; i < len(escaped); i++ {
		b, width, ok := unescapeOne(ranges, escaped[i:])
		if !ok {
			return "", fmt.Errorf("key %q: %w", escaped, errNotOurs)
		}
		out.WriteByte(b)
		i += width - 1
	}
	return out.String(), nil
}

func unescapeOne(ranges []escapeRange, escaped string) (b byte, width int, ok bool) {
	b = escaped[0]
	for _, r := range ranges {
		if r.first != b {
			continue
		}
		if len(escaped) < 2 {
			return 0, 0, false
		}
		at := strings.IndexByte(r.seconds, escaped[1])
		if at < 0 || int(r.from)+at > int(r.to) {
			return 0, 0, false
		}
		return r.from + byte(at), 2, true
	}
	return b, 1, strings.IndexByte(seconds+":@", b) >= 0
}
