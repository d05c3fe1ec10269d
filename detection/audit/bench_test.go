package audit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// batch makes one Event Hub message of n records with the variety of real traffic: a few vaults, principals and agents,
// many objects.
func batch(n int) []byte {
	var records []string
	for i := range n {
		records = append(records, fmt.Sprintf(`{ "time": "2026-04-28T00:%02d:%02d.%07dZ", "category": "AuditEvent", "operationName": "%s", "resultType": "Success", "correlationId": "7d69e938-c4f7-47f3-90c6-%012x", "callerIpAddress": "203.0.113.%d:6495", "identity": {"claim":{"oid":"9dd06b1c-3bcb-4117-831a-%012x","appid":"d66c2f95-7584-4559-8c90-7b53f4d76d19","appidacr":"2","iss":"https://sts.windows.net/ec99108d-db5b-4fab-8f4d-3e27dda1494c/","xms_az_nwperimid":[],"idtyp":"app","uti":"98fa6aa65a69%04x","iat":"1777336039","exp":"1777340839","aud":"cfa8b339-82a2-471a-a3c9-0fc0be7a4093","nbf":"1777336039","xms_mirid":"/subscriptions/2f45e678-309d-4b79-965e-da32dae44550/resourcegroups/rg-app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-%d"}}, "properties": {"id":"https://kv-%d.vault.azure.net/secrets/item-%d/ca486abc2dfa36f4cfde65a9d316bd42","clientInfo":"azsdk-net-Security.KeyVault.Secrets/4.6.%d (.NET 8.0.4; Debian GNU/Linux 12 (bookworm))","httpStatusCode":200,"requestUri":"https://kv-%d.vault.azure.net/secrets/item-%d/?api-version=7.5","isRbacAuthorized":true,"appliedAssignmentId":"66fc8f715f94289adc2c5e40a5af93c8","tlsVersion":"TLS1_3"}, "resourceId": "/SUBSCRIPTIONS/A13FFE79-79CB-4E86-830C-71C2CDCC6929/RESOURCEGROUPS/RG-PROD/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV-%d", "operationVersion": "7.5", "resultSignature": "OK", "durationMs": "7"}`,
			i/60%60, i%60, i, []string{"SecretGet", "SecretList", "KeyDecrypt"}[i%3], i, i%200, i%50, i, i%50, i%20, i%700, i%5, i%20, i%700, i%20))
	}
	return []byte(`{"records":[` + strings.Join(records, ",") + `]}`)
}

const benchRecords = 500

func BenchmarkBody(b *testing.B) {
	body := batch(benchRecords)
	parser := audit.NewParser(audit.Limits{})
	var records []audit.Record
	var tally audit.Tally
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		records, tally = parser.Body(body, records[:0])
	}
	if tally.Records != benchRecords {
		b.Fatalf("read %+v of %d records", tally, benchRecords)
	}
	perRecord(b)
}

// BenchmarkEncodingJSON is the yardstick: the standard library decoding the same body into a struct of only what we read.
func BenchmarkEncodingJSON(b *testing.B) {
	body := batch(benchRecords)
	type record struct {
		Time, Category, OperationName, ResultType, CorrelationID, CallerIPAddress, ResourceID, ResultSignature string

		Identity struct {
			Claim struct{ OID, AppID, UPN, Scp, IdTyp, Ipaddr, Iss, XmsMirid string }
		}
		Properties struct {
			ID, ClientInfo, RequestURI string
			HTTPStatusCode             int
			IsAccessPolicyMatch        *bool
			IsRbacAuthorized           *bool
		}
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var message struct{ Records []record }
		if err := json.Unmarshal(body, &message); err != nil || len(message.Records) != benchRecords {
			b.Fatal(err)
		}
	}
	perRecord(b)
}

func perRecord(b *testing.B) {
	records := float64(b.N) * benchRecords
	b.ReportMetric(records/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/records, "ns/record")
}
