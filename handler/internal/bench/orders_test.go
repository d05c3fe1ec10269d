package bench

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// Every order says the same: the same members with the same values, and to our parser the same records.
func TestOrdersSayTheSame(t *testing.T) {
	m, err := month.Make(Attacked(12, 8))
	if err != nil {
		t.Fatal(err)
	}
	parser, seen, n := audit.NewParser(audit.Limits{}), map[int]int{}, 0
	for message := range m.Messages() {
		for _, record := range recordsOf(message.Body) {
			if n++; n%10 != 0 {
				continue
			}
			all, err := membersOf(record)
			if err != nil {
				t.Fatal(err)
			}
			again, err := spell(record)
			if err != nil {
				t.Fatal(err)
			}
			order := orderOf(all.value("resourceId"))
			if seen[order]++; (order == today) != bytes.Equal(record, again) {
				t.Fatalf("order %d: %s", order, again)
			}
			if diff := cmp.Diff(parsed(t, parser, record), parsed(t, parser, again)); diff != "" {
				t.Fatalf("order %d says something else: %s", order, diff)
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("records in each order: %v", seen)
	}
}

// parsed is a record as JSON sees it, without order, and what our parser takes it for.
func parsed(t *testing.T, p *audit.Parser, record []byte) (out []any) {
	t.Helper()
	var tree any
	if err := json.Unmarshal(record, &tree); err != nil {
		t.Fatal(err)
	}
	records, _ := p.Body(record, nil)
	for _, r := range records {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return append(out, tree)
}

// The load is mixed: who measures one writer's records measures a guess that always comes true.
func TestLoadIsMixed(t *testing.T) {
	m, err := load(t, 16, 8).Mix()
	if err != nil {
		t.Fatal(err)
	}
	if m.Vaults < 12 || m.Callers < 40 || m.Agents < 15 || m.Addresses < 100 || m.Operations < 15 || m.Shapes < 20 {
		t.Errorf("%+v", m)
	}
	if m.Reordered < 0.1 || m.Reordered > 0.4 {
		t.Errorf("%.0f %% of the records stand in another order than today's: far from a quarter", 100*m.Reordered)
	}
}
