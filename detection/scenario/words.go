package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Addresses of the places, from the ranges reserved for documentation and the like. Tests that load address lists take
// them from here.
const (
	OfficeRange  = "192.0.2.0/25"
	AzureRange   = "198.18.0.0/15"
	TorExit      = "203.0.113.66"
	ListedRange  = "203.0.113.128/28"
	office       = "192.0.2.10"
	home         = "192.0.2.200"
	azure        = "198.18.7.7"
	azure2       = "198.19.9.9"
	private      = "10.1.2.3"
	outside      = "203.0.113.7"
	outside2     = "198.51.100.9"
	listed       = "203.0.113.130"
	subscription = "/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/rg-story/providers/microsoft.keyvault/vaults/"
)

var places = map[string]string{"office": office, "home": home, "azure": azure, "azure2": azure2, "private": private,
	"outside": outside, "outside2": outside2, "tor": TorExit, "listed": listed}

func setPlace(rec *audit.Record, word string) error {
	text, ok := places[word]
	if !ok {
		text = word
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return fmt.Errorf("place %q: must be an address or one of %s", word, strings.Join(names(places), ", "))
	}
	rec.Address = a
	if word == "private" {
		rec.Path = audit.PrivatePath
	}
	return nil
}

// VaultID is the resource id of a story's vault.
func VaultID(name string) string { return subscription + name }

// PrincipalID is the object id of a story's principal.
func PrincipalID(name string) string { return guid("principal " + name) }

// guid is a made-up id, the same for the same words.
func guid(of string) string {
	sum := sha256.Sum256([]byte(of))
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

func caller(name string) audit.Caller {
	c := audit.Caller{ID: PrincipalID(name), Name: name + "@contoso.example", Kind: audit.User}
	switch kind, _, _ := strings.Cut(name, "-"); kind {
	case "app":
		c.Name, c.Kind = "", audit.ServicePrincipal
	case "ms":
		c.Name, c.Kind = "", audit.MicrosoftService
	case "mi":
		c.Name, c.Kind = name, audit.ManagedIdentity
		c.Resource = "/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/rg-story/providers/microsoft.web/sites/" + name
	}
	if c.Kind != audit.User {
		c.Application = guid("application " + name)
	}
	return c
}

type tool struct{ application, agent string }

var tools = map[string]tool{
	"portal":     {"3686488a-04fc-4d8a-b967-61f98ec41efe", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"},
	"cli":        {"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "AZURECLI/2.60.0 azsdk-python-keyvault-secrets/4.7.0"},
	"powershell": {"1950a258-227b-4e31-a9cf-717495945fc2", "AzurePowershell/v1.0.0 PSVersion/v7.4.2"},
	"sdk":        {"", "azsdk-net-Security.KeyVault.Secrets/4.6.0 (.NET 8.0.4; Linux)"},
	"python":     {"", "azsdk-python-keyvault-secrets/4.8.0 Python/3.11.4"},
	"terraform":  {"", "HashiCorp Terraform/1.7.5 terraform-provider-azurerm/3.102.0"},
	"curl":       {"", "curl/8.5.0"},
}

// setTool sets agent and, for people, the client application; a workload's application is its own.
func setTool(rec *audit.Record, word string) error {
	t, ok := tools[word]
	if name, own := strings.CutPrefix(word, "tool:"); own {
		t, ok = tool{guid("application " + name), name + "/1.0"}, true
	}
	if !ok {
		return fmt.Errorf("tool %q: must be tool:NAME or one of %s", word, strings.Join(names(tools), ", "))
	}
	rec.Agent, rec.Family = t.agent, audit.AgentFamily(t.agent)
	if rec.Caller.Kind == audit.User {
		rec.Caller.Application = t.application
	}
	return nil
}

var outcomes = map[string]func(*audit.Record){
	"denied":    func(r *audit.Record) { r.Outcome, r.Status, r.Denial = audit.Denied, 403, audit.ByPolicy },
	"firewall":  func(r *audit.Record) { r.Outcome, r.Status, r.Denial = audit.Denied, 403, audit.ByFirewall },
	"missing":   func(r *audit.Record) { r.Outcome, r.Status = audit.NotFound, 404 },
	"throttled": func(r *audit.Record) { r.Outcome, r.Status = audit.Throttled, 429 },
}

// verb is what a word makes of a record.
type verb struct {
	operation string
	class     audit.Class
	object    audit.ObjectType
	change    func(principal string) *audit.Change
}

var verbs = map[string]verb{
	"get":       {operation: "SecretGet", class: audit.Value, object: audit.Secret},
	"list":      {class: audit.List},
	"show":      {operation: "KeyGet", class: audit.Read, object: audit.Key},
	"set":       {operation: "SecretSet", class: audit.Write, object: audit.Secret},
	"delete":    {operation: "SecretDelete", class: audit.Destroy, object: audit.Secret},
	"purge":     {operation: "SecretPurge", class: audit.Destroy, object: audit.Secret},
	"recover":   {operation: "SecretRecover", class: audit.Revive, object: audit.Secret},
	"backup":    {operation: "SecretBackup", class: audit.Export, object: audit.Secret},
	"decrypt":   {operation: "KeyDecrypt", class: audit.Crypto, object: audit.Key},
	"sign":      {operation: "KeySign", class: audit.Crypto, object: audit.Key},
	"put":       {operation: "VaultPut", class: audit.Policy},
	"patch":     {operation: "VaultPatch", class: audit.Policy},
	"remove":    {operation: "VaultDelete", class: audit.Destroy},
	"restore":   {operation: "VaultRecover", class: audit.Revive},
	"assign":    {operation: "Microsoft.Authorization/roleAssignments/write", class: audit.Policy, change: grant},
	"import":    {operation: "KeyImport", class: audit.Write, object: audit.Key},
	"look":      {operation: "VaultGet", class: audit.Meta},
	"grant":     {operation: "VaultPatch", class: audit.Policy, change: grant},
	"revoke":    {operation: "VaultPatch", class: audit.Policy, change: revoke},
	"open":      {operation: "VaultPatch", class: audit.Policy, change: firewall(true)},
	"shut":      {operation: "VaultPatch", class: audit.Policy, change: firewall(false)},
	"unlog":     {operation: "Microsoft.Insights/diagnosticSettings/delete", class: audit.Policy, change: func(string) *audit.Change { return &audit.Change{} }},
	"challenge": {operation: "Authentication", class: audit.Meta},
}

func grant(principal string) *audit.Change {
	return &audit.Change{Grants: []audit.Grant{{Principal: PrincipalID(principal), Role: "secrets get,list", Data: true}}}
}

func revoke(principal string) *audit.Change {
	return &audit.Change{Revokes: []string{PrincipalID(principal)}}
}

func firewall(open bool) func(string) *audit.Change {
	return func(string) *audit.Change { return &audit.Change{Settings: &audit.Settings{Open: open}} }
}

var lists = map[string]string{"": "SecretList", "secrets": "SecretList", "keys": "KeyList", "certificates": "CertificateList", "deleted": "SecretListDeleted"}

func (v verb) apply(rec *audit.Record, name string) {
	rec.Operation, rec.Class, rec.Outcome, rec.Status = v.operation, v.class, audit.Success, 200
	switch {
	case v.class == audit.List:
		rec.Operation = lists[name]
	case v.operation == "Authentication":
		rec.Outcome, rec.Status, rec.Caller = audit.Challenge, 401, audit.Caller{}
	case v.change != nil:
		rec.Change = v.change(name)
	case v.object != audit.NoObject:
		rec.Object = audit.Object{Type: v.object, Name: name}
	}
	switch {
	case strings.HasPrefix(v.operation, "Microsoft."):
		rec.Source = audit.ActivityLog
		if strings.Contains(v.operation, "roleAssignments") {
			rec.Vault, _, _ = strings.Cut(rec.Vault, "/resourcegroups/")
			rec.Scoped = true
		}
	case strings.HasPrefix(v.operation, "Vault"):
		rec.Source = audit.ControlPlane
	}
}
