package bench

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// poster writes a synthetic estate's records down as the service does, and posts them as the host does.
type poster struct {
	*writer
	message  []byte
	sequence int64
	length   int // of the longest body so far
}

// next is the body of an invocation of n records in messages of [recordsPerMessage].
func (p *poster) next(n int) []byte {
	batch := emptyBatch()
	body := append(make([]byte, 0, p.length), `{"Data":{"events":"[`...)
	for n > 0 {
		count := min(n, recordsPerMessage)
		at := p.write(count)
		if len(batch.Events) > 0 {
			body = append(body, ',')
		}
		body = append(body, `\"`...)
		body = base64.StdEncoding.AppendEncode(body, p.message)
		body = append(body, `\"`...)
		batch.Events = append(batch.Events, invoke.Event{Sequence: p.sequence, HasSequence: true, Enqueued: at, Offset: strconv.FormatInt(p.sequence*4096, 10)})
		p.sequence++
		n -= count
	}
	_, metadata, _ := bytes.Cut(invoke.HostBody(batch), []byte(`]"},"Metadata":`))
	body = append(body, `]"},"Metadata":`...)
	body = append(body, metadata...)
	p.length = max(p.length, len(body))
	return body
}

// write makes the next message, and tells when its last record was written.
func (p *poster) write(count int) (last time.Time) {
	p.message = append(p.message[:0], `{"records":[`...)
	for i := range count {
		if i > 0 {
			p.message = append(p.message, ',')
		}
		r := p.record()
		p.message, last = p.text(p.message, r), r.Time
	}
	p.message = append(p.message, "]}"...)
	return last
}

// text appends a record of a workload, with the claims and properties of a vault with access policies.
func (p *poster) text(to []byte, r audit.Record) []byte {
	vault := r.Vault[strings.LastIndexByte(r.Vault, '/')+1:]
	return fmt.Appendf(to, `{ "time": "%s", "category": "AuditEvent", "operationName": "%s", "resultType": "Success", `+
		`"correlationId": "%08x-0000-4000-8000-%012x", "callerIpAddress": "%s", `+
		`"identity": {"claim":{"oid":"%s","appid":"%s","appidacr":"2","iss":"https://sts.windows.net/72f988bf-0000-4000-8000-2d7cd011db47/","xms_az_nwperimid":[],"idtyp":"app"}}, `+
		`"properties": {"id":"https://%s.vault.azure.net/secrets/%s/%032x","clientInfo":"%s","httpStatusCode":%d,`+
		`"requestUri":"https://%s.vault.azure.net/secrets/%s/?api-version=7.5","isAccessPolicyMatch":true,"tlsVersion":"TLS1_3"}, `+
		`"resourceId": "%s", "operationVersion": "7.5", "resultSignature": "OK", "durationMs": "%d"}`,
		r.Time.Format("2006-01-02T15:04:05.0000000Z"), r.Operation, uint32(r.Digest), r.Digest&0xffffffffffff, r.Address,
		r.Caller.ID, r.Caller.Application, vault, r.Object.Name, len(r.Object.Name), r.Agent, r.Status, vault, r.Object.Name,
		strings.ToUpper(r.Vault), 10+r.Digest%50)
}
