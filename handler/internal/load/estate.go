// Package load plays a busy hub: it invents the records of many vaults cheaply, posts them to a handler as the Functions
// host would, at a given rate, and tells what became of them. Command post does so for people; docs/scale.md is measured
// with it.
//
// It refuses to be a judge's test: its vaults lead an even life in which nothing is wrong ([month] invents what is worth
// judging), and it says nothing of Azure, where hub, host and storage have speeds of their own.
//
// Start reading at [Estate], then [Drive.Run].
//
// [month]: https://pkg.go.dev/github.com/vaultwatch/vaultwatch/detection/scenario/month
package load

import (
	"fmt"
	"strconv"
	"time"
)

// Estate is the even life of many vaults. Its records are numbered; each depends on its number alone, so that they can be
// made in any order and by anybody.
type Estate struct {
	// Vaults there are, Principals of its own on each of them, and Daily records that each writes on a day.
	Vaults, Principals, Daily int
	// Start is the event time of record 0.
	Start time.Time
}

// objects is how many secrets a principal reads.
const objects = 5

// Step is the event time between one record and the next.
func (e Estate) Step() time.Duration {
	return 24 * time.Hour / time.Duration(e.Vaults*e.Daily)
}

// Append appends record n as the service writes it: some 1.2 KB of JSON. Vaults speak in turn, on each its principals, each
// from an address of its own about its own secrets.
func (e Estate) Append(b []byte, n int64) []byte {
	vault, turn := n%int64(e.Vaults), n/int64(e.Vaults)
	who := turn % int64(e.Principals)
	caller := vault*int64(e.Principals) + who
	at := e.Start.Add(time.Duration(n) * e.Step())
	name := fmt.Sprintf("kv-load-%06d", vault)
	b = append(b, `{ "time": "`...)
	b = at.UTC().AppendFormat(b, "2006-01-02T15:04:05.0000000Z")
	b = append(b, `", "category": "AuditEvent", "operationName": "SecretGet", "resultType": "Success", "correlationId": "`...)
	b = guid(b, 0xc0, n)
	b = append(b, `", "callerIpAddress": "`...)
	b = address(b, caller)
	b = append(b, `", "identity": {"claim":{"oid":"`...)
	b = guid(b, 0x0a, caller)
	b = append(b, `","appid":"`...)
	b = guid(b, 0x0b, caller)
	b = append(b, `","appidacr":"2","iss":"https://sts.windows.net/11111111-2222-4333-8444-555555555555/","xms_az_nwperimid":[],"idtyp":"app","uti":"`...)
	b = strconv.AppendInt(b, n, 36)
	b = append(b, `","iat":"`...)
	b = strconv.AppendInt(b, at.Unix()-600, 10)
	b = append(b, `","exp":"`...)
	b = strconv.AppendInt(b, at.Unix()+3000, 10)
	b = append(b, `","aud":"cfa8b339-82a2-471a-a3c9-0fc0be7a4093"}}, "properties": {"id":"https://`...)
	b = append(append(b, name...), `.vault.azure.net/secrets/secret-`...)
	b = strconv.AppendInt(b, turn/int64(e.Principals)%objects+who*objects, 10)
	b = append(b, `","clientInfo":"azsdk-net-Security.KeyVault.Secrets/4.6.0 (.NET 8.0.4; Ubuntu 22.04.4 LTS)","requestUri":"https://`...)
	b = append(append(b, name...), `.vault.azure.net/secrets/secret?api-version=7.5","httpStatusCode":200,"isRbacAuthorized":true,"isAddressAuthorized":true,"tlsVersion":"TLS1_3"}`...)
	b = append(b, `, "resourceId": "/SUBSCRIPTIONS/00000000-0000-4000-8000-000000000000/RESOURCEGROUPS/RG-LOAD/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/`...)
	b = fmt.Appendf(b, "KV-LOAD-%06d", vault)
	return append(b, `", "operationVersion": "7.5", "resultSignature": "OK", "durationMs": "17"}`...)
}

// Body is one message of the hub with so many records, beginning with the given one.
func (e Estate) Body(first int64, records int) []byte {
	b := append(make([]byte, 0, records*1300), `{"records":[`...)
	for i := range records {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.Append(b, first+int64(i))
	}
	return append(b, `]}`...)
}

// guid appends an identifier that begins with a kind and ends with a number.
func guid(b []byte, kind byte, n int64) []byte {
	return fmt.Appendf(b, "%02x000000-0000-4000-8000-%012x", kind, n)
}

// address appends an address of a cloud. Callers have different ones, up to some sixteen millions.
func address(b []byte, n int64) []byte {
	return fmt.Appendf(b, "20.%d.%d.%d", byte(n>>16), byte(n>>8), byte(n))
}
