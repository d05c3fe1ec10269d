package send

import (
	"bytes"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// A message holds so much at most, but for a record that is longer by itself: what every tier of Event Hubs takes, and
// about what Azure Monitor sends.
const (
	maxBody    = 200 << 10
	maxRecords = 100
)

// parcel is what goes to one partition in one turn: messages, the last of them open.
type parcel struct {
	records     int
	first, last time.Time

	bodies  [][]byte
	open    []byte
	columns []byte
	count   int // of records in open
}

func (p *parcel) add(next piece) {
	full := p.count == maxRecords || len(p.open)+len(next.json) > maxBody || !bytes.Equal(p.columns, next.columns)
	if p.count > 0 && full {
		p.seal()
	}
	if p.count == 0 {
		p.columns = next.columns
		p.open = head(next.columns)
	} else {
		p.open = append(p.open, ',')
	}
	p.open = append(p.open, next.json...)
	p.count++
	p.records++
	if p.first.IsZero() {
		p.first = next.at
	}
	p.last = next.at
}

// seal ends the open message.
func (p *parcel) seal() {
	if p.count > 0 {
		p.bodies = append(p.bodies, append(p.open, tail(p.columns)...))
	}
	p.open, p.count = nil, 0
}

// close returns all messages.
func (p *parcel) close() [][]byte {
	p.seal()
	return p.bodies
}

// wrap is the message of one record.
func wrap(p piece) []byte { return append(append(head(p.columns), p.json...), tail(p.columns)...) }

// head and tail surround records as Azure Monitor does, and rows as Log Analytics does.
func head(columns []byte) []byte {
	if columns == nil {
		return []byte(`{"records":[`)
	}
	return audit.AppendTable(nil, columns)
}

func tail(columns []byte) string {
	if columns == nil {
		return `]}`
	}
	return audit.TableEnd
}
