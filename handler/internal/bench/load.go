// Package bench is the benchmark that stays: it holds the handler's work against what merely parsing the same bytes
// costs by well-known libraries, on bodies as the Functions host posts them, and follows how cost and memory grow with
// the estate. Command report runs it and writes docs/performance.md; `go test -bench .` runs the same laps singly.
//
// It refuses to be part of the program: nothing imports it but its own command, and the libraries it compares with are
// not in the handler. Records come from [month], so that they are mixed as in life and equal on every machine.
//
// Start reading at [Contestants].
package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// Load is a log as the host delivers it. Warm is the first half, by which memory learns; Hot the second, which is
// measured.
type Load struct {
	Warm, Hot []Invocation
}

// Invocation is one request of the host.
type Invocation struct {
	// Binary is the posted body under cardinality many and dataType binary, Text under many and string.
	Binary, Text []byte
	Records      int
}

const (
	recordsPerMessage     = 100
	messagesPerInvocation = 10
)

// Half is the load with every other invocation of the measured half.
func (l *Load) Half() *Load {
	out := &Load{Warm: l.Warm}
	for i := 0; i < len(l.Hot); i += 2 {
		out.Hot = append(out.Hot, l.Hot[i])
	}
	return out
}

// Only is the load without what contestants of one form do not read. What warms them up is binary, but for the first.
func (l *Load) Only(form string) *Load {
	out := &Load{Warm: slices.Clone(l.Warm), Hot: slices.Clone(l.Hot)}
	for i := 1; i < len(out.Warm); i++ {
		out.Warm[i].Text = nil
	}
	for i := range out.Hot {
		if form == "binary" {
			out.Hot[i].Text = nil
		} else {
			out.Hot[i].Binary = nil
		}
	}
	return out
}

// Attacked is the plan of a log with attacks and unusual days in its second half.
func Attacked(vaults, days int) month.Plan {
	return month.Plan{Seed: 7, Vaults: vaults, Days: days, LearnDays: days / 2}
}

// Everyday is the plan of the same organisation's log when nothing out of the ordinary happens.
func Everyday(vaults, days int) month.Plan {
	return month.Plan{Seed: 7, Vaults: vaults, Days: days, LearnDays: days, Stories: []string{}}
}

// NewLoad tells a log and packs it as a busy hub would: 1,000 records in 10 messages.
func NewLoad(plan month.Plan) (*Load, error) {
	var all []Invocation
	for i, err := range Invocations(plan) {
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	half := len(all) / 2
	return &Load{Warm: all[:half], Hot: all[half:]}, nil
}

// Records is the number of records in the measured half.
func (l *Load) Records() (n int) {
	for _, i := range l.Hot {
		n += i.Records
	}
	return n
}

// Invocations yields what the host posts for a log, one after the other, and at most one error, at the end. What
// does not fill the last one is left out.
func Invocations(plan month.Plan) iter.Seq2[Invocation, error] {
	return func(yield func(Invocation, error) bool) {
		m, err := month.Make(plan)
		if err != nil {
			yield(Invocation{}, err)
			return
		}
		for b, err := range batches(m) {
			var i Invocation
			if err == nil {
				i, err = pack(b)
			}
			if !yield(i, err) || err != nil {
				return
			}
		}
	}
}

// batches joins the messages of a tale to full ones, in full batches of one partition.
func batches(m *month.Month) iter.Seq2[invoke.Batch, error] {
	return func(yield func(invoke.Batch, error) bool) {
		p := packer{batch: emptyBatch()}
		for message := range m.Messages() {
			for _, record := range recordsOf(message.Body) {
				record, err := spell(record)
				if p.add(record, message.Arrived); err == nil && len(p.batch.Events) < messagesPerInvocation {
					continue
				}
				if !yield(p.batch, err) || err != nil {
					return
				}
				p.batch = emptyBatch()
			}
		}
	}
}

func emptyBatch() invoke.Batch {
	return invoke.Batch{Function: "AuditBatch", Hub: "keyvault-logs", Namespace: "bench.servicebus.windows.net", ConsumerGroup: "$Default", Partition: "0"}
}

type packer struct {
	batch    invoke.Batch
	records  [][]byte
	sequence int64
}

func (p *packer) add(record []byte, arrived time.Time) {
	p.records = append(p.records, record)
	if len(p.records) < recordsPerMessage {
		return
	}
	body := append(append([]byte(`{"records":[`), bytes.Join(p.records, []byte(","))...), "]}"...)
	p.batch.Events = append(p.batch.Events, invoke.Event{Body: body, Sequence: p.sequence, HasSequence: true, Enqueued: arrived, Offset: strconv.FormatInt(p.sequence*4096, 10)})
	p.records = p.records[:0]
	p.sequence++
}

// recordsOf cuts a message into the texts of its records.
func recordsOf(body []byte) (out [][]byte) {
	s := audit.NewSplitter(audit.DefaultMaxRecord)
	for {
		piece, used, ok := s.Next(body, true)
		if !ok {
			return out
		}
		out = append(out, piece.JSON)
		body = body[used:]
	}
}

// pack writes a batch as the host would, in both forms.
func pack(b invoke.Batch) (Invocation, error) {
	i := Invocation{Binary: invoke.HostBody(b)}
	for _, e := range b.Events {
		i.Records += len(recordsOf(e.Body))
	}
	var err error
	i.Text, err = textForm(b, i.Binary)
	return i, err
}

// hostJSON writes as the host does, which escapes nothing for the sake of HTML.
func hostJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// textForm puts the list of events as texts in the place of the list in base64.
func textForm(b invoke.Batch, binary []byte) ([]byte, error) {
	texts := make([]string, 0, len(b.Events))
	for _, e := range b.Events {
		texts = append(texts, string(e.Body))
	}
	list, err := hostJSON(texts)
	if err != nil {
		return nil, fmt.Errorf("write the events as texts: %w", err)
	}
	quoted, err := hostJSON(string(list))
	if err != nil {
		return nil, fmt.Errorf("write the events as texts: %w", err)
	}
	_, metadata, found := bytes.Cut(binary, []byte(`]"},"Metadata":`))
	if !found {
		return nil, fmt.Errorf("the host's body has no Metadata behind its events")
	}
	out := append([]byte(`{"Data":{"events":`), quoted...)
	return append(append(out, `},"Metadata":`...), metadata...), nil
}
