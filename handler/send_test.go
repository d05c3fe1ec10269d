package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/send"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

// heldHub stands in for a hub: it holds what is sent, by partition.
type heldHub [4][][]byte

func (h *heldHub) Partitions(context.Context) ([]string, error) {
	return []string{"0", "1", "2", "3"}, nil
}

func (h *heldHub) Send(_ context.Context, partition string, bodies [][]byte) error {
	n, err := strconv.Atoi(partition)
	h[n] = append(h[n], bodies...)
	return err
}

func (h *heldHub) Close(context.Context) error { return nil }

// batches are what the host makes of it: small batches of each partition in turn.
func (h *heldHub) batches() (out []invoke.Batch) {
	const events = 7
	for at := 0; ; at += events {
		before := len(out)
		for p := range h {
			b := invoke.Batch{Function: "AuditBatch", Namespace: "ns", Hub: "hub", ConsumerGroup: "cg", Partition: strconv.Itoa(p)}
			for i := at; i < min(at+events, len(h[p])); i++ {
				b.Events = append(b.Events, invoke.Event{Body: h[p][i], Sequence: int64(i), HasSequence: true})
			}
			if len(b.Events) > 0 {
				out = append(out, b)
			}
		}
		if len(out) == before {
			return out
		}
	}
}

// A storage container fed through a hub of four partitions raises what a replay of the same folder raises, although the
// folder holds each vault's hours one after the other.
func TestSendEqualsReplay(t *testing.T) {
	tale, err := month.Make(month.Plan{Seed: 7, Days: 24, LearnDays: 16, Vaults: 5, Pace: 0.3, Stories: []string{"stolen_token", "joiner"}})
	if err != nil {
		t.Fatal(err)
	}
	var records []audit.Record
	parser := audit.NewParser(audit.Limits{})
	for m := range tale.Messages() {
		more, _ := parser.Body(m.Body, nil)
		records = append(records, more...)
	}
	folder := tree(t, records)
	want := alertsOf(t, good(t, surroundings{}, "replay", "--json", folder).out)
	if len(want) < 3 {
		t.Fatalf("the log raises only %d alerts; it no longer tells much", len(want))
	}

	var out strings.Builder
	inputs, err := logfile.Files(folder)
	if err != nil {
		t.Fatal(err)
	}
	hub := &heldHub{}
	if err := sendTo(t.Context(), surroundings{Err: &out}, send.Sending{Hub: hub, Inputs: inputs}); err != nil {
		t.Fatal(err)
	}
	held := 0
	for p := range hub {
		for _, body := range hub[p] {
			_, tally := parser.Body(body, nil)
			held += tally.Records
		}
	}
	if want := fmt.Sprintf("Left out: %s not about key vaults, 0 pieces", plural(len(records)-held, "record")); !strings.Contains(out.String(), want) ||
		!strings.HasPrefix(out.String(), plural(held, "record")+" sent") {
		t.Errorf("%d records of %d arrived; said is %q", held, len(records), out.String())
	}
	memory, err := boltfile.Open(filepath.Join(t.TempDir(), "memory.db"), boltfile.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	got := endingOf(t, memory, hub.batches())
	if got.counts.Late > 0 {
		t.Errorf("%d records came late", got.counts.Late)
	}
	same(t, slices.Clone(want), got.alerts)
}

// What is wrong is said before anything is sent.
func TestSendRefuses(t *testing.T) {
	log := writeFile(t, "log.ndjson", ndjson(theft(t)))
	for want, args := range map[string][]string{
		"send what?":              {"send"},
		"give the full host name": {"send", "--to", "contoso/hub", log},
		"no file or folder":       {"send", "--to", "contoso.servicebus.windows.net/hub", "nowhere"},
	} {
		if got := call(t, surroundings{}, args...); got.code == exitGood || !strings.Contains(got.err, want) {
			t.Errorf("%v: want %q, got %d %q", args, want, got.code, got.err)
		}
	}
	secret := "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=geheim"
	got := call(t, surroundings{Env: map[string]string{hubKey: secret}}, "send", log)
	if got.code != exitMisused || !strings.Contains(got.err, "names no hub") || strings.Contains(got.err, "geheim") {
		t.Errorf("got %d %q", got.code, got.err)
	}
}
