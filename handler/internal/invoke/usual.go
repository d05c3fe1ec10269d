package invoke

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// usual takes apart what our own functions are posted, as the host writes it: first Data, in it nothing but a list of
// bodies as base64 or text, then Metadata. The list, which is nearly all of it, is gone over once. At the first surprise
// it gives up, and the general way decides.
func (d *Decoder) usual(posted []byte) (metadata []byte, ok bool) {
	rest, ok := bytes.CutPrefix(posted, []byte(`{"Data":{"events":"[`))
	if !ok {
		return nil, false
	}
	list := d.binaryList
	if bytes.HasPrefix(rest, []byte(`\"{`)) || bytes.HasPrefix(rest, []byte(`\"[`)) {
		list = d.textList
	}
	if rest, ok = list(rest); !ok || !bytes.HasPrefix(rest, []byte(`]"},`)) {
		return nil, false
	}
	err := moreMembers(posted, len(posted)-len(rest)+len(`]"},`), func(key, value []byte) {
		switch string(key) {
		case "Data":
			ok = false // the last one counts
		case "Metadata":
			metadata = value
		}
	})
	return metadata, ok && err == nil
}

// binaryList decodes the elements of a list of base64 straight out of the still escaped string into one buffer; rest
// is what follows them.
func (d *Decoder) binaryList(src []byte) (rest []byte, ok bool) {
	buffer := d.grown(base64.StdEncoding.DecodedLen(len(src)))
	d.bodies = d.bodies[:0]
	for {
		element, after, ok := quoted(src)
		if !ok {
			return nil, false
		}
		n, err := decode64(buffer, element)
		if err != nil {
			return nil, false
		}
		d.bodies, buffer = append(d.bodies, buffer[:n:n]), buffer[n:]
		if src, ok = bytes.CutPrefix(after, []byte{','}); !ok {
			return after, true
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

// textList does the same with a list of texts, which are escaped twice. The first must be no base64, so that none is
// taken for it.
func (d *Decoder) textList(src []byte) (rest []byte, ok bool) {
	buffer := d.grown(len(src))
	d.bodies = d.bodies[:0]
	for used := 0; ; {
		if src, ok = bytes.CutPrefix(src, []byte(`\"`)); !ok {
			return nil, false
		}
		n, read, ok := unescape(buffer[used:], src)
		if !ok {
			return nil, false
		}
		d.bodies, src = append(d.bodies, buffer[used:used+n:used+n]), src[read:]
		used += n
		if src[0] != ',' {
			return src, utf8.Valid(buffer[:used])
		}
		src = src[1:]
	}
}

// unescape copies a text that is escaped twice up to its end, the \", and tells how much it wrote and read. It takes
// eight bytes at a time and keeps what is before the first that means something. dst must be as long as src.
func unescape(dst, src []byte) (wrote, read int, ok bool) {
	for read+8 < len(src) {
		x := binary.LittleEndian.Uint64(src[read:])
		binary.LittleEndian.PutUint64(dst[wrote:], x)
		plain := bits.TrailingZeros64(special(x)) / 8
		wrote, read = wrote+plain, read+plain
		if plain == 8 {
			continue
		}
		c, length := escape(src[read:])
		read += length
		switch c {
		case ending:
			return wrote, read, true
		case unknown:
			return 0, 0, false
		}
		dst[wrote] = c
		wrote++
	}
	return 0, 0, false
}

// special marks the bytes that are quotes, backslashes or control characters. Only the lowest mark is to be trusted.
func special(x uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, slash := x^ones*'"', x^ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x) & tops
}

// What escape finds besides characters.
const (
	ending  = 0
	unknown = 1
)

// escape reads what stands for one character of a text that is escaped twice.
func escape(src []byte) (c byte, length int) {
	if len(src) < 4 || src[0] != '\\' {
		return unknown, 0
	}
	switch {
	case src[1] == '"':
		return ending, 2
	case src[1] != '\\':
		return unknown, 0
	case src[2] == '\\' && (src[3] == '"' || src[3] == '\\'):
		return src[3], 4
	}
	switch src[2] {
	case 'n':
		return '\n', 3
	case 'r':
		return '\r', 3
	case 't':
		return '\t', 3
	case '/':
		return '/', 3
	}
	return unknown, 0
}
