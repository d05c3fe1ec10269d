package send

import (
	"bytes"
	"time"
)

// A message holds so much at most, but for a record that is longer by itself: what every tier of Event Hubs takes, and
// about what Azure Monitor sends.
const (
	maxBody    = 200 << 10
	maxRecords = 100
)

// load is what goes to one partition in one turn.
type load struct {
	records     int
	first, last time.Time

	bodies  [][]byte
	open    []byte
	columns []byte
	count   int // of records in open
}

func (l *load) add(p piece) {
	full := l.count == maxRecords || len(l.open)+len(p.json) > maxBody || !bytes.Equal(l.columns, p.columns)
	if l.count > 0 && full {
		l.seal()
	}
	if l.count == 0 {
		l.columns = p.columns
		l.open = head(p.columns)
	} else {
		l.open = append(l.open, ',')
	}
	l.open = append(l.open, p.json...)
	l.count++
	l.records++
	if l.first.IsZero() {
		l.first = p.at
	}
	l.last = p.at
}

// seal ends the open message.
func (l *load) seal() {
	if l.count > 0 {
		l.bodies = append(l.bodies, append(l.open, tail(l.columns)...))
	}
	l.open, l.count = nil, 0
}

// close returns all messages.
func (l *load) close() [][]byte {
	l.seal()
	return l.bodies
}

// wrap is the message of one record.
func wrap(p piece) []byte { return append(append(head(p.columns), p.json...), tail(p.columns)...) }

// head and tail surround records as Azure Monitor does, and rows as Log Analytics does.
func head(columns []byte) []byte {
	if columns == nil {
		return []byte(`{"records":[`)
	}
	return append(append([]byte(`{"tables":[{"columns":`), columns...), `,"rows":[`...)
}

func tail(columns []byte) string {
	if columns == nil {
		return `]}`
	}
	return `]}]}`
}
