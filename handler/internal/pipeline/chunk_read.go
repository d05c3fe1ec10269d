package pipeline

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// decodeChunk reads records back. Damaged input is an error, never a panic or a flood of memory.
func decodeChunk(data []byte) ([]audit.Record, error) {
	if len(data) == 0 || data[0] != chunkVersion {
		return nil, fmt.Errorf("%w: it does not begin with version %d", errChunk, chunkVersion)
	}
	r := chunkReader{rest: data[1:], families: map[string]string{}}
	texts := r.count(1)
	for range texts {
		n := r.count(1)
		r.texts = append(r.texts, string(r.bytes(n)))
	}
	records := make([]audit.Record, 0, r.count(30))
	for range cap(records) {
		records = append(records, r.record())
	}
	if r.failed {
		return nil, fmt.Errorf("%w: it ends early or names a text it does not have", errChunk)
	}
	return records, nil
}

type chunkReader struct {
	rest     []byte
	texts    []string
	families map[string]string // by agent
	last     int64
	failed   bool
}

// count reads a number of things that take at least size bytes each.
func (r *chunkReader) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.rest)/size) {
		r.failed = true
		return 0
	}
	return int(n)
}

func (r *chunkReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *chunkReader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1) // as [binary.Varint] has it
}

func (r *chunkReader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.failed = true
		return make([]byte, n&0xff)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *chunkReader) text() string {
	n := r.uvarint()
	if n >= uint64(len(r.texts)) {
		r.failed = true
		return ""
	}
	return r.texts[n]
}

func (r *chunkReader) address() (a netip.Addr) {
	if err := a.UnmarshalBinary([]byte(r.text())); err != nil {
		r.failed = true
	}
	return a
}

// family is [audit.AgentFamily], worked out once for each agent.
func (r *chunkReader) family(agent string) string {
	family, ok := r.families[agent]
	if !ok {
		family = audit.AgentFamily(agent)
		r.families[agent] = family
	}
	return family
}

func (r *chunkReader) record() (rec audit.Record) {
	r.last += r.varint()
	rec.Time = time.Unix(0, r.last).UTC()
	rec.Digest = binary.LittleEndian.Uint64(r.bytes(8))
	b := r.bytes(8)
	rec.Source, rec.Class, rec.Object.Type, rec.Caller.Kind = audit.Source(b[0]), audit.Class(b[1]), audit.ObjectType(b[2]), audit.Kind(b[3])
	rec.Path, rec.Outcome, rec.Denial = audit.Path(b[4]), audit.Outcome(b[5]), audit.Denial(b[6])
	r.failed = r.failed || !audit.Valid(&rec)
	f := b[7]
	rec.Scoped, rec.Object.Deleted = f&flagScoped != 0, f&flagDeleted != 0
	rec.Status = int(r.uvarint())
	for _, s := range textsOf(&rec) {
		*s = r.text()
	}
	rec.Family = r.family(rec.Agent)
	rec.Address, rec.Caller.SignIn = r.address(), r.address()
	if f&flagChange != 0 {
		rec.Change = new(audit.Change)
		r.failed = cbor.Unmarshal([]byte(r.text()), rec.Change) != nil || r.failed
	}
	return rec
}
