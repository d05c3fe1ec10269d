package audit

import "bytes"

// leaf passes over a value of any kind.
func (q *quick) leaf(i int) int {
	switch c := q.byte(i); c {
	case '"':
		if end := q.plain(i + 1); end >= 0 {
			return end + 1
		}
		return q.escaped(i + 1)
	case '{', '[':
		return q.tree(i, 1)
	case 't':
		return q.word(i, "true")
	case 'f':
		return q.word(i, "false")
	case 'n':
		return q.word(i, "null")
	}
	return q.number(i)
}

// tree passes over an object or array.
func (q *quick) tree(i, depth int) int {
	object := q.text[i] == '{'
	closing := q.text[i] + 2
	if i = q.space(i + 1); q.byte(i) == closing {
		return i + 1
	}
	for depth < maxQuickDepth {
		if object {
			if q.byte(i) != '"' {
				return -1
			}
			if i = q.plain(i + 1); i < 0 {
				return -1
			}
			if i = q.space(i + 1); q.byte(i) != ':' {
				return -1
			}
			i = q.space(i + 1)
		}
		if c := q.byte(i); c == '{' || c == '[' {
			i = q.tree(i, depth+1)
		} else {
			i = q.leaf(i)
		}
		if i < 0 {
			return -1
		}
		switch i = q.space(i); q.byte(i) {
		case ',':
			i = q.space(i + 1)
		case closing:
			return i + 1
		default:
			return -1
		}
	}
	return -1
}

// maxKey bounds the memory of keys, as maxSpellings does. maxQuickDepth is deeper than what is passed over in real records, and far from the stack's end.
const (
	maxKey        = 256
	maxQuickDepth = 8
)

// plain returns where the text that begins at i ends: at its closing quote. It is -1 if anything is to be said of it
// first: an escape, a line break, no end.
func (q *quick) plain(i int) int {
	n := bytes.IndexByte(q.text[min(i, len(q.text)):], '"')
	if n < 0 {
		return -1
	}
	end := i + n
	if end >= q.clean {
		q.sweep(i, end)
	}
	if end < q.clean {
		return end
	}
	return -1
}

// sweep looks for a backslash or line break from i on, and some way beyond end: they are rare, and looking at more at once
// costs less.
func (q *quick) sweep(i, end int) {
	const ahead = 4 << 10
	from := max(i, q.clean)
	text := q.text[from:min(end+ahead, len(q.text))]
	for _, c := range [...]byte{'\\', '\n'} {
		if n := bytes.IndexByte(text, c); n >= 0 {
			text = text[:n]
		}
	}
	q.clean = from + len(text)
}

// escaped passes over a text with escapes, whatever they are.
func (q *quick) escaped(i int) int {
	for ; i < len(q.text); i++ {
		switch q.text[i] {
		case '"':
			return i + 1
		case '\n':
			return -1
		case '\\':
			if i++; q.byte(i) == '\n' {
				return -1
			}
		}
	}
	return -1
}

func (q *quick) word(i int, word string) int {
	if end := i + len(word); end <= len(q.text) && string(q.text[i:end]) == word {
		return end
	}
	return -1
}

// number passes over a number without exponent.
func (q *quick) number(i int) int {
	if q.byte(i) == '-' {
		i++
	}
	start, points := i, 0
	for ; ; i++ {
		c := q.byte(i)
		if c == '.' && i > start && points == 0 {
			points++
		} else if c < '0' || c > '9' {
			break
		}
	}
	if i == start || q.text[i-1] == '.' || q.text[start] == '0' && i > start+1 && q.text[start+1] != '.' {
		return -1
	}
	return i
}

// space passes over blanks, of which there are few.
func (q *quick) space(i int) int {
	if i < len(q.text) && q.text[i] > ' ' {
		return i
	}
	return q.blanks(i)
}

func (q *quick) blanks(i int) int {
	for i < len(q.text) && isBlank(q.text[i]) {
		i++
	}
	return i
}

// byte is the byte at i, 0 beyond the end, which fits nowhere.
func (q *quick) byte(i int) byte {
	if i < len(q.text) {
		return q.text[i]
	}
	return 0
}
