package logfile

import (
	"errors"
	"io"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// readJSON cuts a stream of JSON into records and packs them into bodies.
func readJSON(r io.Reader, out *batch) error {
	splitter := audit.NewSplitter(longestRecord)
	var window window
	for {
		piece, used, ok := splitter.Next(window.unread(), window.ended)
		window.start += used
		if ok {
			if err := out.add(piece); err != nil {
				return err
			}
			continue
		}
		if window.ended {
			return out.flush()
		}
		if err := window.fill(r); err != nil {
			return errors.Join(out.flush(), err)
		}
	}
}

// window is the part of a stream in memory. It grows to the longest record and no further.
type window struct {
	buffer []byte
	start  int
	ended  bool
}

func (w *window) unread() []byte { return w.buffer[w.start:] }

// fill reads on behind what is unread.
func (w *window) fill(r io.Reader) error {
	w.buffer = append(w.buffer[:0], w.unread()...)
	w.start = 0
	if cap(w.buffer)-len(w.buffer) < readAhead {
		w.buffer = append(make([]byte, 0, 2*cap(w.buffer)+2*readAhead), w.buffer...)
	}
	n, err := r.Read(w.buffer[len(w.buffer):cap(w.buffer)])
	w.buffer = w.buffer[:len(w.buffer)+n]
	if errors.Is(err, io.EOF) {
		w.ended = true
		return nil
	}
	return err
}
