package logfile

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Input is one log to read.
type Input struct {
	// Name is the file's path, for people.
	Name string
	// Size is the file's length in bytes as stored, 0 if not known (a pipe).
	Size int64

	open func() (io.ReadCloser, error)
	read int64
}

// FromReader is an input that is already open. It can be read once.
func FromReader(name string, r io.Reader) Input {
	return Input{Name: name, open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
}

// Position is how many of the stored bytes have been read, to be held against Size.
func (in *Input) Position() int64 { return in.read }

// Bodies yields the input's content as bodies of at most about a quarter megabyte, unless one record is longer. A body is
// valid until the next one. What cannot be read as a record is handed on too, one body each, so that the parser counts
// it. An error ends the sequence; it names the file and says what to do.
func (in *Input) Bodies() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := in.each(func(body []byte) bool { return yield(body, nil) }); err != nil && !errors.Is(err, errStopped) {
			yield(nil, fmt.Errorf("read %s: %w", in.Name, err))
		}
	}
}

// errStopped says that the reader of bodies wants no more.
var errStopped = errors.New("stopped")

const (
	readAhead = 64 << 10
	// bodySize is where a body is full. Event Hubs messages are of this order.
	bodySize = 256 << 10
	// longestRecord is more than a parser takes by default, so that the parser says what is wrong with a long one.
	longestRecord = 1 << 20
)

func (in *Input) each(emit func([]byte) bool) error {
	opened, err := in.open()
	if err != nil {
		return err
	}
	defer opened.Close()
	in.read = 0
	buffered := bufio.NewReaderSize(&counter{from: opened, count: &in.read}, readAhead)
	plain, err := unzipped(buffered)
	if err != nil {
		return err
	}
	format, err := sniff(plain)
	if err != nil {
		return err
	}
	out := &batch{emit: emit}
	if format.csv {
		return readCSV(plain, format.comma, out)
	}
	return readJSON(plain, out)
}

// unzipped looks through gzip, known by its first bytes.
func unzipped(r *bufio.Reader) (*bufio.Reader, error) {
	magic, err := r.Peek(2)
	if len(magic) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return r, nil
	}
	unzip, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("it begins like gzip but is none: %w", err)
	}
	return bufio.NewReaderSize(&zipErrors{unzip}, readAhead), nil
}

// zipErrors says what an unexpected end of compressed data means.
type zipErrors struct{ from io.Reader }

func (z *zipErrors) Read(b []byte) (int, error) {
	n, err := z.from.Read(b)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the gzip data is damaged or cut off; fetch the file again: %w", err)
	}
	return n, err
}

type counter struct {
	from  io.Reader
	count *int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	*c.count += int64(n)
	return n, err
}
