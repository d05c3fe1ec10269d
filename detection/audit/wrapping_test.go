package audit_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

const vault = "/subscriptions/00000000-0000-4000-8000-00000000aaaa/resourcegroups/rg-example/providers/microsoft.keyvault/vaults/kv-example"

// The seven records of testdata/eventhub.json, told.
var golden = []string{
	"shop (managed identity) SecretGet (value) secrets/db-password@0123456789abcdef0123456789abcdef kv-example success 200 from 203.0.113.7 subnet",
	"ada@example.com (user) SecretGet (value) secrets/db-password kv-example denied 403 no permission from 2001:db8::7",
	"00000000-0000-4000-8000-000000000003 (service principal) SecretList (list) kv-example denied 403 firewall from 192.0.2.33",
	" (unauthenticated) Authentication (meta) secrets/db-password kv-example challenge 401 from 203.0.113.7",
	"00000000-0000-4000-8000-000000000004 (service principal) KeySign (crypto) keys/deployer@fedcba9876543210fedcba9876543210 kv-example success 200 from 203.0.113.8",
	" (unauthenticated) SecretNearExpiryEventGridNotification (background) secrets/tls@0123456789abcdef0123456789abcdef kv-example unknown 0",
	"owner@example.com (user) VaultPut (policy) kv-example success 200 from 198.51.100.9 settings(rbac soft-delete rules)",
}

func sentences(records []audit.Record) []string {
	var told []string
	for _, r := range records {
		told = append(told, sentence(r))
	}
	return told
}

func TestEventHubRecords(t *testing.T) {
	records := parse(t, readFile(t, "eventhub.json"))
	if diff := cmp.Diff(golden, sentences(records)); diff != "" {
		t.Error(diff)
	}
	want := audit.Record{
		Time: time.Date(2026, 3, 2, 8, 0, 0, 123456700, time.UTC), Digest: records[0].Digest,
		Source: audit.DataPlane, Vault: vault, Operation: "SecretGet", Class: audit.Value,
		Object: audit.Object{Type: audit.Secret, Name: "db-password", Version: "0123456789abcdef0123456789abcdef"},
		Caller: audit.Caller{
			ID: "00000000-0000-4000-8000-000000000001", Name: "shop", Kind: audit.ManagedIdentity,
			Application: "00000000-0000-4000-8000-000000000011", Tenant: "00000000-0000-4000-8000-00000000ffff",
			Resource: "/subscriptions/00000000-0000-4000-8000-00000000aaaa/resourcegroups/rg-example/providers/microsoft.web/sites/shop",
		},
		Address: netip.MustParseAddr("203.0.113.7"), Path: audit.SubnetPath,
		Agent:   "azsdk-net-Security.KeyVault.Secrets/4.6.0 (.NET 8.0.4; Linux)",
		Family:  "azsdk-net",
		Outcome: audit.Success, Status: 200,
	}
	if diff := cmp.Diff(want, records[0], same); diff != "" {
		t.Error(diff)
	}
	for i, source := range []audit.Source{0, 0, 0, 0, 0, audit.Notice, audit.ControlPlane} {
		if records[i].Source != source {
			t.Errorf("record %d has source %d, want %d", i, records[i].Source, source)
		}
	}
}

// Every wrapping of the same records must give the same records with the same digests.
func TestWrappings(t *testing.T) {
	want := parse(t, readFile(t, "eventhub.json"))
	for _, name := range []string{"array.json", "lines.ndjson", "stream-analytics.json", "azurediagnostics.json",
		"azurediagnostics-cli.json", "azkvauditlogs.ndjson", "azkvauditlogs-api.json"} {
		if diff := cmp.Diff(want, parse(t, readFile(t, name)), same); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if diff := cmp.Diff(want[:1], parse(t, readFile(t, "bare.json")), same); diff != "" {
		t.Error(diff)
	}
	grant := parse(t, readFile(t, "eventhub-grant.json"))
	if diff := cmp.Diff(grant, parse(t, readFile(t, "azurediagnostics-grant.json")), same); diff != "" {
		t.Error(diff)
	}
	told := "owner@example.com (user) VaultPatch (policy) kv-example success 200 from 198.51.100.9 " +
		"grant(00000000-0000-4000-8000-000000000009 keys get; secrets get,list data=true)"
	if got := sentence(grant[0]); got != told {
		t.Errorf("got %s", got)
	}
}

func TestActivityLog(t *testing.T) {
	records, tally := audit.NewParser(audit.Limits{}).Body(readFile(t, "activity-eventhub.json"), nil)
	// Five starts, an assignment on a storage account and a policy evaluation are not ours.
	if tally.Records != 5 || tally.Skipped != 7 || tally.Malformed != 0 {
		t.Errorf("tally %+v", tally)
	}
	who := "owner@example.com (user) "
	want := []string{
		who + "Microsoft.Authorization/roleAssignments/write (policy) kv-example success 201 from 198.51.100.9 grant(00000000-0000-4000-8000-000000000009 4633458b-17de-408a-b874-0445c86b69e6 data=true)",
		who + "Microsoft.Authorization/roleAssignments/write (policy) 00000000-0000-4000-8000-00000000aaaa success 201 from 198.51.100.9 grant(00000000-0000-4000-8000-000000000009 8e3af657-a8ff-443c-a75c-2fe8c4bcb635 data=false)",
		who + "Microsoft.Insights/diagnosticSettings/delete (policy) kv-example success 200 from 198.51.100.9",
		who + "Microsoft.KeyVault/vaults/accessPolicies/write (policy) kv-example success 201 from 198.51.100.9 grant(00000000-0000-4000-8000-000000000009 secrets get,list data=true)",
		who + "Microsoft.KeyVault/vaults/delete (destroy) kv-example denied 403 no permission from 198.51.100.9",
	}
	if diff := cmp.Diff(want, sentences(records)); diff != "" {
		t.Error(diff)
	}
	for i, r := range records {
		if r.Source != audit.ActivityLog || r.Scoped != (i == 1) {
			t.Errorf("record %d: source %d, scoped %t", i, r.Source, r.Scoped)
		}
	}
	rest, tally := audit.NewParser(audit.Limits{}).Body(readFile(t, "activity-rest.json"), nil)
	if tally.Records != 5 || tally.Skipped != 5 || tally.Malformed != 0 {
		t.Errorf("tally of the REST shape %+v", tally)
	}
	if diff := cmp.Diff(records, rest, same); diff != "" {
		t.Errorf("the REST shape differs: %s", diff)
	}
}

func TestManagedHSM(t *testing.T) {
	who := "hsm-admin@example.com (user) "
	want := []string{
		who + "BackupCreate (export) hsm-example success 202 from 203.0.113.7",
		who + "SecurityDomainDownload (export) hsm-example success 200 from 203.0.113.7",
		who + "KeySomething (crypto) keys/root@0123456789abcdef0123456789abcdef hsm-example success 200 from 203.0.113.7",
		who + "Unheard (other) hsm-example not found 404 from 203.0.113.7",
	}
	if diff := cmp.Diff(want, sentences(parse(t, readFile(t, "managedhsm.json")))); diff != "" {
		t.Error(diff)
	}
}

func TestForeignRecordsAreSkipped(t *testing.T) {
	records, tally := audit.NewParser(audit.Limits{}).Body(readFile(t, "foreign.json"), nil)
	if len(records) != 0 || tally.Skipped != 7 || tally.Malformed != 0 {
		t.Errorf("tally %+v", tally)
	}
}

// Wrapping a record anew changes neither it nor its digest, whatever its keys' order or the blanks between.
func TestRewrapping(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, text := range allRecords(t) {
		want := parse(t, text)
		for range 20 {
			wrapped, copies := rewrap(random, text)
			got := parse(t, wrapped)
			if len(got) != copies*len(want) {
				t.Fatalf("%d records in, %d out of %s", copies*len(want), len(got), wrapped)
			}
			for i := range got {
				if diff := cmp.Diff(want[0], got[i], same); diff != "" {
					t.Fatalf("%s\nof %s", diff, wrapped)
				}
			}
		}
	}
}

// allRecords are the texts of single records: the synthetic ones, and the real ones where they are at hand.
func allRecords(t *testing.T) [][]byte {
	var files []string
	for _, pattern := range []string{"testdata/*.json", "../../../shared/data/real/*json"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	var records [][]byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		splitter := audit.NewSplitter(1 << 20)
		for {
			piece, used, ok := splitter.Next(bytes.TrimPrefix(content, []byte("\ufeff")), true)
			if !ok {
				break
			}
			content = bytes.TrimPrefix(content, []byte("\ufeff"))[used:]
			if piece.Columns == nil {
				records = append(records, bytes.Clone(piece.JSON))
			}
		}
	}
	if len(records) < 50 {
		t.Fatalf("only %d records found", len(records))
	}
	return records
}

func rewrap(random *rand.Rand, text []byte) (body []byte, copies int) {
	text = shuffled(random, text)
	if random.IntN(2) == 0 {
		var pretty bytes.Buffer
		if json.Indent(&pretty, text, "", "  ") == nil {
			text = pretty.Bytes()
		}
	}
	copies = 1 + random.IntN(3)
	list := bytes.Join(slices.Repeat([][]byte{text}, copies), []byte(",\r\n "))
	switch random.IntN(6) {
	case 0:
		body = []byte(`{"records":[` + string(list) + `]}`)
	case 1:
		body = []byte("\ufeff \n[" + string(list) + "\n]\n")
	case 2:
		body = []byte(`[{"PartitionId":1,"records":[ ` + string(list) + ` ],"EventProcessedUtcTime":"x"}]`)
	case 3:
		body = []byte(`{"value":[` + string(list) + `],"nextLink":"https://example.com/?records=[{"}`)
	case 4:
		body = bytes.Join(slices.Repeat([][]byte{text}, copies), []byte("\r\n"))
	case 5:
		body = []byte(`[[` + string(list) + `],[]]`)
	}
	return body, copies
}

// shuffled changes the order of the outermost keys.
func shuffled(random *rand.Rand, text []byte) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return text
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(members)) {
		name, _ := json.Marshal(key)
		parts = append(parts, string(name)+": "+string(members[key]))
	}
	random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return []byte("{ " + strings.Join(parts, " , ") + " }")
}
