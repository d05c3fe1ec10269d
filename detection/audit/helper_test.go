package audit_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// same compares records; addresses are values.
var same = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// parse reads a body that must hold nothing malformed.
func parse(t testing.TB, body []byte) []audit.Record {
	t.Helper()
	records, tally := audit.NewParser(audit.Limits{}).Body(body, nil)
	if tally.Malformed > 0 || tally.Records != len(records) {
		t.Fatalf("tally %+v for %d records", tally, len(records))
	}
	return records
}

// one reads a body of exactly one record.
func one(t testing.TB, body string) audit.Record {
	t.Helper()
	records := parse(t, []byte(body))
	if len(records) != 1 {
		t.Fatalf("got %d records of %s", len(records), body)
	}
	return records[0]
}

// event is a record of the vault's log with the given inner fields of properties and claims.
func event(operation, claims, properties, more string) string {
	return fmt.Sprintf(`{"time":"2026-03-02T08:00:00.0000000Z","category":"AuditEvent","operationName":%q,"resultType":"Success",`+
		`"correlationId":"c","callerIpAddress":"203.0.113.7","identity":{"claim":{%s}},"properties":{%s},`+
		`"resourceId":"/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV-EXAMPLE"%s}`,
		operation, claims, properties, more)
}

const somebody = `"oid":"00000000-0000-4000-8000-000000000001","appid":"00000000-0000-4000-8000-000000000011","idtyp":"app"`
