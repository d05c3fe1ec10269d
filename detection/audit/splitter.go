package audit

import "bytes"

// Splitter cuts a stream of JSON into the records it holds, whatever they are wrapped in: {"records":[…]},
// {"value":[…]}, arrays, single objects one after another, and {"tables":[{"columns":…,"rows":[[…]]}]}. It looks at
// structure only; whether a record means anything is for [Parser] to say. It needs no more of the stream at once than one
// record, so a file of any size streams through it.
//
// Broken structure costs as little as possible: the pieces before it are already out, it counts once, and reading goes on
// at the next line that begins with '{' or '['.
type Splitter struct {
	max     int
	scan    scan
	active  bool // a value is being scanned; scan holds where
	resumed bool // what is being scanned is the rest of a wrapper behind its array
	discard bool // the value outgrew max and is only followed to its end
	at      int  // how much of the unconsumed bytes scan has seen
	frames  []frame
	lost    bool // the structure is given up; look for a fresh line
	salvage bool // it was given up before, so closing brackets may lie around
	offset  int64
}

// frame is an array the splitter has gone into.
type frame struct {
	wrapped bool   // an object surrounds it, which goes on behind it
	columns []byte // the columns its rows belong to
}

const (
	maxFrames = 8
	// maxDepth bounds nesting inside a record. Real records need 6.
	maxDepth = 64
)

// Piece is one find of a splitter.
type Piece struct {
	// JSON is the record's text, valid until the caller changes the buffer; with a Reason, what could not be read, from
	// its first byte up to the one that did not fit, or nothing if it was too long to keep.
	JSON []byte
	// Columns is the text of the column list when JSON is a row (an array), nil otherwise.
	Columns []byte
	// Reason says why JSON is not a record; empty for a good piece.
	Reason string
	// Offset is where JSON begins, counted from the start of the stream.
	Offset int64
}

// NewSplitter returns a splitter that refuses records longer than maxRecord bytes.
func NewSplitter(maxRecord int) *Splitter {
	return &Splitter{max: maxRecord}
}

func (s *Splitter) reset() {
	*s = Splitter{max: s.max, scan: scan{open: s.scan.open[:0]}, frames: s.frames[:0]}
}

// Next finds the next piece in data, which begins with what earlier calls left over. It returns how many bytes are done
// with. ok is false when there is no further piece: then read more behind the rest and call again, or stop if last
// was true. Set last when nothing follows data.
func (s *Splitter) Next(data []byte, last bool) (piece Piece, used int, ok bool) {
	start := s.offset
	for {
		rest := data[used:]
		step := s.step(rest, last)
		used += step.used
		s.offset += int64(step.used)
		switch {
		case step.found:
			step.piece.Offset = start + int64(used-step.used+step.lead)
			return step.piece, used, true
		case step.wait:
			return Piece{}, used, false
		}
	}
}

// move is what one step did: bytes used, and at most one of a piece found and a wait for more data.
type move struct {
	used, lead  int // lead: bytes before the piece
	found, wait bool
	piece       Piece
}

func (s *Splitter) step(data []byte, last bool) move {
	switch {
	case s.active:
		return s.follow(data, last)
	case s.lost:
		return s.resync(data, last)
	}
	return s.between(data, last)
}

// between stands outside of records, inside of frames.
func (s *Splitter) between(data []byte, last bool) move {
	i := 0
	for i < len(data) && s.skips(data[i]) {
		i++
	}
	if i == len(data) {
		return s.ended(i, last)
	}
	switch c := data[i]; {
	case c == '{', c == '[' && s.inRows():
		s.begin(false)
		return move{used: i}
	case c == '[' && len(s.frames) < maxFrames:
		s.frames = append(s.frames, frame{})
		return move{used: i + 1}
	case c == ']' && len(s.frames) > 0:
		return s.leave(i + 1)
	case isScalar(c) && len(s.frames) > 0:
		return s.scalar(data, i, last)
	}
	return s.broken(data, i, i, "this is not JSON of a log: expected '{' or '['")
}

// approach goes up to the next record and tells whether it stands before one that is no row. It goes into the wrapper in
// which nearly all records come.
func (s *Splitter) approach(data []byte) (used int, ok bool) {
	if s.active || s.lost || s.inRows() {
		return 0, false
	}
	if len(s.frames) == 0 && bytes.HasPrefix(data, usual) {
		s.frames, used = append(s.frames, frame{wrapped: true}), len(usual)
	}
	for used < len(data) && s.skips(data[used]) {
		used++
	}
	s.offset += int64(used)
	return used, used < len(data) && data[used] == '{'
}

// opened is the piece of a record that was read by somebody else.
func (s *Splitter) opened(length int) Piece {
	piece := Piece{Offset: s.offset}
	s.offset += int64(length)
	return piece
}

var usual = []byte(`{"records":[`)

func (s *Splitter) skips(c byte) bool {
	return isBlank(c) || c == ',' || s.salvage && len(s.frames) == 0 && (c == ']' || c == '}')
}

func (s *Splitter) inRows() bool {
	return len(s.frames) > 0 && s.frames[len(s.frames)-1].columns != nil
}

// leave steps out of the innermost array, back into the object around it if there is one.
func (s *Splitter) leave(used int) move {
	top := len(s.frames) - 1
	wrapped := s.frames[top].wrapped
	s.frames = s.frames[:top]
	if wrapped {
		s.begin(true)
	}
	return move{used: used}
}

func (s *Splitter) begin(resumed bool) {
	s.active, s.resumed, s.discard, s.at = true, resumed, false, 0
	s.scan.reset(resumed)
}

// ended is asked when nothing but blanks is left. Open frames at the very end mean that the text was cut off.
func (s *Splitter) ended(used int, last bool) move {
	if last && len(s.frames) > 0 {
		s.frames = s.frames[:0]
		return move{used: used, lead: used, found: true, piece: Piece{Reason: reasonCut}}
	}
	return move{used: used, wait: true}
}

// scalar is an array element that cannot be a record: counted, and passed over if it can be a word or number at all.
func (s *Splitter) scalar(data []byte, i int, last bool) move {
	end := i
	for end < len(data) && isScalar(data[end]) && end-i < 64 {
		end++
	}
	switch {
	case end-i == 64:
		return s.broken(data, i, i, reasonObject)
	case end == len(data) && !last:
		return move{used: i, wait: true}
	}
	return move{used: end, lead: i, found: true, piece: Piece{JSON: data[i:end], Reason: reasonObject}}
}

// follow scans on in the value that begins at data[0].
func (s *Splitter) follow(data []byte, last bool) move {
	end, result := s.scan.run(data, s.at)
	s.at = end
	switch result {
	case scanWrapper:
		return s.enter(data, end)
	case scanDone:
		return s.finish(data, end)
	case scanBroken:
		return s.broken(data, 0, end, "this is not JSON: its braces or quotes do not fit together")
	}
	if last {
		s.active, s.frames = false, s.frames[:0]
		return move{used: len(data), found: true, piece: Piece{JSON: s.kept(data), Reason: reasonCut}}
	}
	if s.discard || len(data) > s.max {
		s.discard, s.scan.keyless, s.at = true, true, 0
		return move{used: len(data), wait: true}
	}
	return move{wait: true}
}

// enter goes into the array of a wrapper object.
func (s *Splitter) enter(data []byte, end int) move {
	s.active = false
	if len(s.frames) == maxFrames {
		return s.broken(data, 0, end, "wrapped too many times")
	}
	columns := s.scan.columns(data)
	s.frames = append(s.frames, frame{wrapped: true, columns: bytes.Clone(columns)})
	return move{used: end}
}

func (s *Splitter) finish(data []byte, end int) move {
	s.active = false
	if s.resumed {
		return move{used: end}
	}
	piece := Piece{JSON: s.kept(data[:end])}
	if s.inRows() {
		piece.Columns = s.frames[len(s.frames)-1].columns
	}
	switch {
	case s.discard || end > s.max:
		piece.Reason = reasonLong
	case s.scan.tooDeep:
		piece.Reason = "nested too deeply to be a log record"
	}
	return move{used: end, found: true, piece: piece}
}

// kept is a piece's text, or nothing when its beginning is gone.
func (s *Splitter) kept(text []byte) []byte {
	if s.discard {
		return nil
	}
	return text
}

// broken gives up the structure from the value at start, where byte at did not fit.
func (s *Splitter) broken(data []byte, start, at int, reason string) move {
	s.active, s.lost, s.salvage, s.frames = false, true, true, s.frames[:0]
	// The line that does not fit may be a good one that follows a cut one: keep its line break for resync.
	used := max(start, at-1)
	end := min(at+1, len(data))
	return move{used: used, lead: start, found: true, piece: Piece{JSON: data[start:end], Reason: reason}}
}

// resync looks for the next line that begins like JSON.
func (s *Splitter) resync(data []byte, last bool) move {
	for i := 0; ; i++ {
		next := bytes.IndexByte(data[i:], '\n')
		if next < 0 {
			return move{used: len(data), wait: true}
		}
		i += next
		if i+1 == len(data) && !last {
			return move{used: i, wait: true}
		}
		if i+1 < len(data) && (data[i+1] == '{' || data[i+1] == '[') {
			s.lost = false
			return move{used: i + 1}
		}
	}
}

const (
	reasonCut    = "the text ends in the middle of a record or of its wrapping"
	reasonObject = "a record must be a JSON object"
	reasonLong   = "the record is longer than the limit"
)

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func isScalar(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.'
}
