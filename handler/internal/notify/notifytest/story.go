package notifytest

import (
	"fmt"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// Vault and Other are the resource ids in the stories.
const (
	Vault = "/subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/rg-payments/providers/microsoft.keyvault/vaults/kv-payments"
	Other = "/subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/rg-shop/providers/microsoft.keyvault/vaults/kv-shop"
)

// Noon is when the stories begin.
func Noon() time.Time { return time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC) }

// Alert is one alert of a stolen token that reads secrets.
func Alert(id string) detection.Alert {
	at := Noon()
	return detection.Alert{
		ID: id, Type: "KV_ListGetAnomaly", Title: "Suspicious secret listing and query in a key vault",
		Severity: detection.Medium, Confidence: "high",
		Time: at.Add(3 * time.Minute), Start: at, End: at.Add(3 * time.Minute), Seen: at.Add(8 * time.Minute),
		Vault: Vault, Vaults: []string{Vault},
		Caller: "aaaaaaaa-0000-0000-0000-000000000001", CallerName: "mia@contoso.example", CallerKind: "user",
		Application: "04b07795-8ddb-461a-bbee-02f9e1bf7b46", IP: "203.0.113.7", ClientInfo: "AZURECLI/2.61.0 (MSAL)",
		Reasons: []string{
			"28 distinct secrets read within 3 min of a listing; the most in 30 days is 4.",
			"This user has never listed secrets on this vault in 41 active days.",
		},
		Operations: map[string]int{"SecretList": 2, "SecretGet": 28},
		Objects: []detection.Touched{
			{Vault: Vault, Name: "secrets/db-password", Operation: "SecretGet", Count: 2, First: at.Add(time.Minute), Last: at.Add(2 * time.Minute)},
			{Vault: Vault, Name: "secrets/stripe-key", Operation: "SecretGet", Count: 1, First: at.Add(90 * time.Second), Last: at.Add(90 * time.Second)},
		},
		MoreObjects: 26,
		Tactics:     []string{"CredentialAccess"}, Techniques: []string{"T1555.006"},
		Remediation: []string{
			"Ask mia@contoso.example whether this was them; a known name is no reason to dismiss, the token may be stolen.",
			"Revoke the caller's sessions and take its access to the vault away.",
			"Rotate every secret in the list.",
		},
		Incident: "incident-1",
	}
}

// Incident is the story's incident as it stands after its second alert, from TOR, which has raised it to High.
func Incident() notify.Incident {
	tor := Alert("alert-2")
	tor.Type, tor.Title, tor.Severity = "KV_TORAccess", "Access from a TOR exit node to a key vault", detection.Medium
	tor.Time, tor.IP = tor.Time.Add(20*time.Minute), "198.51.100.23"
	tor.End = tor.Time
	tor.Vault, tor.Vaults = Other, []string{Other}
	tor.Reasons = []string{"198.51.100.23 was a TOR exit at that time (seen 11:20 to 12:40 UTC)."}
	tor.Objects = []detection.Touched{{Vault: Other, Name: "keys/signing", Operation: "KeySign", Count: 3, First: tor.Time, Last: tor.Time.Add(time.Minute)}}
	tor.MoreObjects, tor.Operations = 0, map[string]int{"KeySign": 3}
	tor.Remediation = append([]string{"Close the vault's firewall to public networks."}, tor.Remediation[1:]...)
	return notify.Group([]detection.Alert{Alert("alert-1"), tor})[0]
}

// Messages has one message of every kind.
func Messages() []notify.Message {
	in := Incident()
	low := Alert("alert-low")
	low.Incident, low.Severity = "incident-low", detection.Low
	sample := Alert("alert-sample")
	sample.Incident, sample.Sample = "incident-sample", true
	group := func(alerts ...detection.Alert) []notify.Incident { return notify.Group(alerts) }
	return []notify.Message{
		{Kind: notify.Opened, Incidents: group(Alert("alert-1"))},
		{Kind: notify.Escalation, Incidents: []notify.Incident{in}, Before: detection.Medium},
		{Kind: notify.Digest, Incidents: group(low), Held: notify.Held{Below: 3, Suppressed: 1, Undelivered: 2}},
		{Kind: notify.Sample, Incidents: group(sample)},
		{Kind: notify.Feed, Incidents: group(Alert("alert-1"), low)},
	}
}

// Attack is a text that tries to leave every place it is put into.
const Attack = "x\r\nBcc: victim@evil.example\r\n\r\n\x1b[2J\u202egpj.exe\u2066<script>alert(1)</script><img src=x onerror=alert(2)>" +
	"[click](https://evil.example) <https://evil.example|click> <!channel> {{.Secret}} ${x} %s '; drop table x; -- \x00\xff\u2028"

// Hostile is a message in which every text that a caller of a vault can choose is an Attack, in length too.
func Hostile() notify.Message {
	a := Alert("alert-hostile")
	a.CallerName, a.CallerKind, a.Application, a.ClientInfo = Attack, Attack, Attack, Attack+strings.Repeat("A", 64<<10)
	a.IP, a.Caller = Attack, Attack
	a.Title = "Title " + Attack
	a.Reasons = []string{"A reason that quotes " + Attack}
	a.Operations = map[string]int{Attack: 1}
	a.Vaults = []string{a.Vault, "/subscriptions/x/" + Attack}
	a.Objects, a.MoreObjects = nil, 0
	for i := range detection.MaxObjects {
		a.Objects = append(a.Objects, detection.Touched{Vault: a.Vault, Name: fmt.Sprintf("secrets/%d%s", i, Attack), Operation: "SecretGet", Count: 1, First: a.Start, Last: a.End})
	}
	return notify.Message{Kind: notify.Opened, Incidents: notify.Group([]detection.Alert{a})}
}
