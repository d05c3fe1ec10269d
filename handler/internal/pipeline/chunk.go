package pipeline

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"github.com/fxamacker/cbor/v2"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// A chunk is a list of records as the inbox keeps it: a table of the texts that occur, then the records, which name
// them by number. Records of one batch share most of their texts, so a record takes some 60 bytes instead of 1,400.
//
//	version, count of texts, (length, bytes)…, count of records, record…
//
// All numbers are varints but the digest, which is 8 bytes.
const chunkVersion = 1

var errChunk = errors.New("chunk is damaged")

// encodeChunk writes records down.
func encodeChunk(records []audit.Record) []byte {
	w := chunkWriter{numbers: make(map[string]uint64, len(records)), texts: []string{""}}
	w.numbers[""] = 0
	for i := range records {
		w.record(&records[i])
	}
	out := binary.AppendUvarint([]byte{chunkVersion}, uint64(len(w.texts)))
	for _, t := range w.texts {
		out = append(binary.AppendUvarint(out, uint64(len(t))), t...)
	}
	out = binary.AppendUvarint(out, uint64(len(records)))
	return append(out, w.body...)
}

type chunkWriter struct {
	numbers map[string]uint64
	texts   []string
	body    []byte
	last    int64
	before  [recordTexts]numbered // the texts of the record before, of which many return
}

// recordTexts is how many texts a record always has, textsOf are these in the order in which they are written.
const recordTexts = 10

func textsOf(r *audit.Record) [recordTexts]*string {
	return [...]*string{&r.Vault, &r.Operation, &r.Object.Name, &r.Object.Version, &r.Caller.ID, &r.Caller.Name,
		&r.Caller.Application, &r.Caller.Tenant, &r.Caller.Resource, &r.Agent}
}

type numbered struct {
	text   string
	number uint64
}

func (w *chunkWriter) text(s string) { w.body = binary.AppendUvarint(w.body, w.number(s)) }

func (w *chunkWriter) number(s string) uint64 {
	n, ok := w.numbers[s]
	if !ok {
		n = w.enter(s)
	}
	return n
}

func (w *chunkWriter) enter(s string) uint64 {
	n := uint64(len(w.texts))
	w.numbers[s] = n
	w.texts = append(w.texts, s)
	return n
}

func (w *chunkWriter) address(a netip.Addr) {
	var room [24]byte
	b, _ := a.AppendBinary(room[:0]) // never fails
	n, ok := w.numbers[string(b)]
	if !ok {
		n = w.enter(string(b))
	}
	w.body = binary.AppendUvarint(w.body, n)
}

func (w *chunkWriter) record(r *audit.Record) {
	at := r.Time.UnixNano()
	w.body = binary.AppendVarint(w.body, at-w.last)
	w.last = at
	w.body = binary.LittleEndian.AppendUint64(w.body, r.Digest)
	w.body = append(w.body, byte(r.Source), byte(r.Class), byte(r.Object.Type), byte(r.Caller.Kind), byte(r.Path), byte(r.Outcome), byte(r.Denial), flags(r))
	w.body = binary.AppendUvarint(w.body, uint64(r.Status))
	for i, s := range textsOf(r) {
		if w.before[i].text != *s {
			w.before[i] = numbered{*s, w.number(*s)}
		}
		w.body = binary.AppendUvarint(w.body, w.before[i].number)
	}
	w.address(r.Address)
	w.address(r.Caller.SignIn)
	if r.Change != nil {
		b, _ := cbor.Marshal(r.Change) // plain data: never fails
		w.text(string(b))
	}
}

const (
	flagScoped = 1 << iota
	flagDeleted
	flagChange
)

func flags(r *audit.Record) (f byte) {
	if r.Scoped {
		f |= flagScoped
	}
	if r.Object.Deleted {
		f |= flagDeleted
	}
	if r.Change != nil {
		f |= flagChange
	}
	return f
}
