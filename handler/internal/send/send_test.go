package send_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/load"
	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/send"
)

// recorder is a hub that reads what it gets, and fails when told to.
type recorder struct {
	ids     []string
	records map[string][]audit.Record
	largest int
	fail    string // the partition that fails
}

func (h *recorder) Partitions(context.Context) ([]string, error) { return h.ids, nil }

func (h *recorder) Send(_ context.Context, partition string, bodies [][]byte) error {
	if partition == h.fail {
		return errors.New("the hub is busy")
	}
	parser := audit.NewParser(audit.Limits{})
	for _, b := range bodies {
		h.largest = max(h.largest, len(b))
		h.records[partition], _ = parser.Body(b, h.records[partition])
	}
	return nil
}

func (h *recorder) Close(context.Context) error { return nil }

func newRecorder() *recorder {
	return &recorder{ids: []string{"0", "1", "2"}, records: map[string][]audit.Record{}}
}

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// shuffled is a log of so many records, ten minutes each, in which every record stands within an hour of its place.
func shuffled(n int) string {
	e := load.Estate{Vaults: 6, Principals: 1, Daily: 24, Start: start}
	dice := rand.New(rand.NewPCG(1, 2))
	var lines []string
	for i := range n {
		lines = append(lines, string(e.Append(nil, int64(i))))
	}
	for at := 0; at+6 <= n; at += 6 {
		hour := lines[at : at+6]
		dice.Shuffle(6, func(a, b int) { hour[a], hour[b] = hour[b], hour[a] })
	}
	return strings.Join(lines, "\n")
}

func from(text string) []logfile.Input {
	return []logfile.Input{logfile.FromReader("the log", strings.NewReader(text))}
}

// All records arrive, once, each partition's in order and dealt a thousand at a time.
func TestOrderOverAll(t *testing.T) {
	hub := newRecorder()
	sent, err := send.Sending{Hub: hub, Inputs: from(shuffled(4500) + "\nnot a record\n")}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if last := start.Add(4499 * 10 * time.Minute); sent.Records != 4500 || sent.Broken != 1 || !sent.First.Equal(start) || !sent.Last.Equal(last) {
		t.Errorf("told is %+v", sent)
	}
	got, seen := "", map[uint64]bool{}
	for _, id := range hub.ids {
		got += fmt.Sprint(len(hub.records[id]), " ")
		for i, r := range hub.records[id] {
			seen[r.Digest] = true
			if i > 0 && r.Time.Before(hub.records[id][i-1].Time) {
				t.Fatalf("partition %s: %v follows %v", id, r.Time, hub.records[id][i-1].Time)
			}
		}
	}
	if got != "2000 1500 1000 " || len(seen) != 4500 || hub.largest > 256<<10 {
		t.Errorf("%s on the partitions, %d different ones, the largest message has %d bytes", got, len(seen), hub.largest)
	}
}

// Rows of an exported table stay rows, under their own columns.
func TestRowsAreSent(t *testing.T) {
	csv := "TimeGenerated,OperationName,_ResourceId,HttpStatusCode\n" +
		"2026-01-05T00:00:00Z,SecretGet,/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/a,200\n" +
		"2026-01-05T00:01:00Z,SecretList,/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/b,200\n"
	hub := newRecorder()
	if _, err := (send.Sending{Hub: hub, Inputs: from(csv)}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := hub.records["0"]; len(got) != 2 || got[1].Operation != "SecretList" || !strings.HasSuffix(got[1].Vault, "/b") {
		t.Errorf("read back is %+v", got)
	}
}

// A log that runs backwards cannot be streamed in order, and a hub that fails is named with how far all had arrived.
func TestReasons(t *testing.T) {
	lines := strings.Split(shuffled(200), "\n")
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	_, err := send.Sending{Hub: newRecorder(), Inputs: from(shuffled(200) + "\n" + strings.Join(lines, "\n"))}.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the log is not in the order of time") {
		t.Errorf("got %v", err)
	}
	hub := newRecorder()
	hub.fail = "1"
	sent, err := send.Sending{Hub: hub, Inputs: from(shuffled(2500))}.Run(t.Context())
	if want := "send to partition 1; all up to " + sent.Last.Format(time.RFC3339) + " had arrived: the hub is busy"; err == nil || err.Error() != want || sent.Records != 1000 {
		t.Errorf("got %v after %+v, want %s", err, sent, want)
	}
	if _, err := (send.Sending{Hub: &recorder{}, Inputs: from("{}")}).Run(t.Context()); err == nil {
		t.Error("a hub without partitions was taken")
	}
	missing := logfile.FromReader("broken", bytes.NewReader([]byte{0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9}))
	if _, err := (send.Sending{Hub: newRecorder(), Inputs: []logfile.Input{missing}}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("the unreadable input is not named: %v", err)
	}
}
