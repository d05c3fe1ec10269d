package logfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/valyala/fastjson"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// longestRow bounds a row: a quote that is never closed would otherwise swallow the rest of the file.
const longestRow = 8 << 20

// readCSV turns the rows of an export into rows of a table, with the header as its columns.
func readCSV(r io.Reader, comma rune, out *batch) error {
	guard := &rowGuard{from: r}
	rows := csv.NewReader(guard)
	rows.Comma, rows.ReuseRecord, rows.LazyQuotes, rows.FieldsPerRecord = comma, true, true, -1
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("its first line is not a CSV header: %w", err)
	}
	var encode encoder
	columns := encode.columns(nil, header)
	var text []byte
	for {
		guard.since = 0
		row, err := rows.Read()
		var odd *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return out.flush()
		case errors.As(err, &odd):
			row = nil // an empty row, which the parser counts as malformed
		case err != nil:
			return errors.Join(out.flush(), err)
		}
		text = encode.row(text[:0], row)
		if err := out.add(audit.Piece{JSON: text, Columns: columns}); err != nil {
			return err
		}
	}
}

// rowGuard fails a row that does not end.
type rowGuard struct {
	from  io.Reader
	since int
	total int64
}

func (g *rowGuard) Read(b []byte) (int, error) {
	if g.since > longestRow {
		return 0, fmt.Errorf("a CSV row before byte %d is longer than %d MiB: is a quote not closed?", g.total, longestRow>>20)
	}
	n, err := g.from.Read(b)
	g.since += n
	g.total += int64(n)
	return n, err
}

// encoder writes JSON; its arena is reused from row to row.
type encoder struct{ arena fastjson.Arena }

func (e *encoder) columns(to []byte, header []string) []byte {
	e.arena.Reset()
	list := e.arena.NewArray()
	for i, name := range header {
		column := e.arena.NewObject()
		column.Set("name", e.arena.NewString(name))
		list.SetArrayItem(i, column)
	}
	return list.MarshalTo(to)
}

func (e *encoder) row(to []byte, row []string) []byte {
	e.arena.Reset()
	to = append(to, '[')
	for i, text := range row {
		if i > 0 {
			to = append(to, ',')
		}
		to = e.arena.NewString(text).MarshalTo(to)
	}
	return append(to, ']')
}
