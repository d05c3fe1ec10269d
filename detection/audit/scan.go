package audit

import (
	"encoding/binary"
	"math/bits"
)

// scan follows one JSON value to its end and can stop and go on at any byte. It checks that braces, quotes, commas and
// colons fit together, so that a cut line is noticed where it is cut; words and numbers are left to the JSON parser.
type scan struct {
	open              []byte // the brackets around us, '{' or '['
	over              int    // brackets beyond maxDepth, only counted
	prev              byte   // the last byte that mattered; '"' for a whole string, 'x' for a word or number
	inString, escaped bool
	tooDeep           bool

	// Keys of the outermost object, to recognise wrappers. Indexes count from the value's first byte.
	keyless                bool // do not look: the bytes of the key may be gone
	isKey                  bool
	keyStart, keyEnd       int
	columnStart, columnEnd int
}

type scanResult uint8

const (
	scanMore    scanResult = iota // the data ended first
	scanDone                      // the value ended
	scanWrapper                   // stopped inside the array of a wrapper
	scanBroken                    // the byte does not fit
)

// reset prepares for a value, or for the rest of an object whose last value just ended.
func (sc *scan) reset(rest bool) {
	*sc = scan{open: sc.open[:0]}
	if rest {
		sc.open, sc.prev = append(sc.open, '{'), ']'
	}
}

// run goes on at data[i] and returns where it stopped.
func (sc *scan) run(data []byte, i int) (int, scanResult) {
	for i < len(data) {
		if sc.inString {
			var ok bool
			if i, ok = sc.text(data, i); !ok {
				return i, scanBroken
			}
			continue
		}
		switch c := data[i]; c {
		case ' ', '\t', '\r', '\n':
		case '"':
			if !sc.quote(i) {
				return i, scanBroken
			}
		case '{', '[':
			if !sc.valueFits() {
				return i, scanBroken
			}
			if c == '[' && sc.wraps(data, i) {
				return i + 1, scanWrapper
			}
			sc.push(c)
		case '}', ']':
			if !sc.pop(c) {
				return i, scanBroken
			}
			if len(sc.open) == 0 {
				return i + 1, scanDone
			}
			sc.endColumns(i)
		case ',', ':':
			if sc.prev == ',' || sc.prev == ':' || len(sc.open) == 0 {
				return i, scanBroken
			}
			sc.prev = c
		default:
			if sc.prev != 'x' && !sc.valueFits() {
				return i, scanBroken
			}
			sc.prev = 'x'
		}
		i++
	}
	return i, scanMore
}

// text runs to the end of a string. A raw line break inside one means that a line was cut.
func (sc *scan) text(data []byte, i int) (int, bool) {
	if sc.escaped {
		sc.escaped = false
		if data[i] != '\n' {
			i++
		}
	}
	for i = plain(data, i); i < len(data); i++ {
		switch data[i] {
		case '"':
			sc.inString, sc.prev = false, '"'
			if sc.isKey {
				sc.keyEnd, sc.isKey = i, false
			}
			return i + 1, true
		case '\\':
			if i+1 == len(data) {
				sc.escaped = true
				return i + 1, true
			}
			if data[i+1] != '\n' {
				i++
			}
			i = plain(data, i+1) - 1
		case '\n':
			return i, false
		}
	}
	return i, true
}

// plain skips bytes from data[i] that mean nothing in a string, eight at a time. What it stops at need not mean anything.
func plain(data []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(data); i += 8 {
		x := binary.LittleEndian.Uint64(data[i:])
		quote, slash, line := x^ones*'"', x^ones*'\\', x^ones*'\n'
		// A byte that is zero is the only one that borrows at its top bit, or lies above one that is.
		found := ((quote-ones)&^quote | (slash-ones)&^slash | (line-ones)&^line) & tops
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	return i
}

// quote opens a string, which must be a key or stand where a value may.
func (sc *scan) quote(i int) bool {
	depth := len(sc.open)
	key := depth > 0 && sc.open[depth-1] == '{' && (sc.prev == '{' || sc.prev == ',')
	if !key && !sc.valueFits() {
		return false
	}
	sc.inString = true
	if key && depth == 1 && sc.over == 0 {
		sc.isKey, sc.keyStart = true, i+1
	}
	return true
}

func (sc *scan) valueFits() bool {
	if len(sc.open) == 0 || sc.prev == ':' || sc.over > 0 {
		return true
	}
	return sc.open[len(sc.open)-1] == '[' && (sc.prev == '[' || sc.prev == ',')
}

func (sc *scan) push(c byte) {
	sc.prev = c
	if len(sc.open) == maxDepth {
		sc.over, sc.tooDeep = sc.over+1, true
		return
	}
	sc.open = append(sc.open, c)
}

func (sc *scan) pop(c byte) bool {
	sc.prev = c
	if sc.over > 0 {
		sc.over--
		return true
	}
	top := len(sc.open) - 1
	if top < 0 || sc.open[top] != c-2 { // '{' and '}', '[' and ']' are two apart
		return false
	}
	sc.open = sc.open[:top]
	return true
}

// wraps tells whether the array that opens at i is the content of a wrapper.
func (sc *scan) wraps(data []byte, i int) bool {
	if sc.keyless || len(sc.open) != 1 || sc.open[0] != '{' || sc.prev != ':' {
		return false
	}
	switch string(data[sc.keyStart:sc.keyEnd]) {
	case "columns":
		sc.columnStart, sc.columnEnd = i, 0
	case "records", "tables", "value":
		sc.columnStart, sc.columnEnd = 0, 0
		return true
	case "rows":
		return sc.columnEnd > 0
	}
	return false
}

func (sc *scan) endColumns(i int) {
	if sc.columnStart > 0 && sc.columnEnd == 0 && len(sc.open) == 1 {
		sc.columnEnd = i + 1
	}
}

// columns is the text of the column list seen before the array, nil if none was.
func (sc *scan) columns(data []byte) []byte {
	if sc.columnEnd == 0 {
		return nil
	}
	return data[sc.columnStart:sc.columnEnd]
}
