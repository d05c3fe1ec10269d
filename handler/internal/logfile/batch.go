package logfile

import (
	"bytes"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// batch packs records into bodies: an array of records, or a table when they are rows.
type batch struct {
	emit    func([]byte) bool
	body    []byte
	columns []byte // of the rows in body, nil for records
}

// add takes one piece. A broken one becomes a body of its own.
func (b *batch) add(piece audit.Piece) error {
	if piece.Reason != "" {
		return b.broken(piece.JSON)
	}
	if len(b.body) > 0 && (len(b.body)+len(piece.JSON) > bodySize || !bytes.Equal(b.columns, piece.Columns)) {
		if err := b.flush(); err != nil {
			return err
		}
	}
	if len(b.body) == 0 {
		b.begin(piece.Columns)
	} else {
		b.body = append(b.body, ',')
	}
	b.body = append(b.body, piece.JSON...)
	return nil
}

func (b *batch) begin(columns []byte) {
	b.columns = columns
	if columns == nil {
		b.body = append(b.body, '[')
		return
	}
	b.body = audit.AppendTable(b.body, columns)
}

// flush hands out the body begun, if there is one.
func (b *batch) flush() error {
	if len(b.body) == 0 {
		return nil
	}
	if b.columns == nil {
		b.body = append(b.body, ']')
	} else {
		b.body = append(b.body, audit.TableEnd...)
	}
	more := b.emit(b.body)
	b.body, b.columns = b.body[:0], nil
	if !more {
		return errStopped
	}
	return nil
}

// broken hands on the beginning of what is not a record, so that whoever parses it counts exactly one. Line breaks go, for
// a parser looks for new records behind them.
func (b *batch) broken(text []byte) error {
	if err := b.flush(); err != nil {
		return err
	}
	text = bytes.ReplaceAll(text[:min(len(text), 1024)], []byte("\n"), []byte(" "))
	if len(text) == 0 {
		text = []byte("{") // the text ended between records, or the record was too long to keep
	}
	if !b.emit(text) {
		return errStopped
	}
	return nil
}
