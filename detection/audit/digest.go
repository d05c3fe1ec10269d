package audit

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// told is what identifies a record whatever it is wrapped in.
type told struct {
	record      *Record
	operation   string
	correlation []byte
	object      []byte // the object's id, else the request's URI, as written
	address     []byte
}

// digest hashes what the service wrote. The time counts in milliseconds, since exports keep no more. The hash has no
// key, for it must be the same in every process; a client that wanted to hide a record behind another would have to
// know the service's request id and time beforehand.
func (p *Parser) digest(t told) uint64 {
	b := binary.BigEndian.AppendUint64(p.scratch[:0], uint64(t.record.Time.UnixMilli()))
	b = binary.BigEndian.AppendUint16(b, uint16(t.record.Status))
	b = append(append(b, t.record.Vault...), 0)
	b = append(append(b, t.operation...), 0)
	b = append(append(b, t.correlation...), 0)
	b = append(append(b, t.object...), 0)
	b = append(b, t.address...)
	p.scratch = b
	return xxhash.Sum64(b)
}
