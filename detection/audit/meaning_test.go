package audit_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

func TestOutcome(t *testing.T) {
	describe := func(status, text string) string {
		return `"httpStatusCode":` + status + `},"resultDescription":"` + text + `","x":{`
	}
	tests := []struct {
		name, claims, properties, more string
		outcome                        audit.Outcome
		denial                         audit.Denial
	}{
		{"ok", somebody, `"httpStatusCode":200`, "", audit.Success, audit.NotDenied},
		{"ok as text", somebody, `"httpStatusCode":"200.0"`, "", audit.Success, audit.NotDenied},
		{"not modified", somebody, `"httpStatusCode":304`, "", audit.Success, audit.NotDenied},
		{"by signature", somebody, ``, `,"resultSignature":"Not Found"`, audit.NotFound, audit.NotDenied},
		{"the type says nothing", somebody, ``, ``, audit.Unknown, audit.NotDenied},
		{"challenge", ``, `"httpStatusCode":401`, "", audit.Challenge, audit.NotDenied},
		{"token refused", somebody, `"httpStatusCode":401`, "", audit.Refused, audit.NotDenied},
		{"bad request", somebody, `"httpStatusCode":400`, "", audit.Refused, audit.NotDenied},
		{"conflict", somebody, `"httpStatusCode":409`, "", audit.Refused, audit.NotDenied},
		{"throttled", somebody, `"httpStatusCode":429`, "", audit.Throttled, audit.NotDenied},
		{"server", somebody, `"httpStatusCode":503`, "", audit.Failed, audit.NotDenied},
		{"no access policy", somebody, `"httpStatusCode":403,"isAccessPolicyMatch":false`, "", audit.Denied, audit.ByPolicy},
		{"no role", somebody, `"httpStatusCode":403,"isRbacAuthorized":"False"`, "", audit.Denied, audit.ByPolicy},
		{"no flag, no text", somebody, `"httpStatusCode":403`, "", audit.Denied, audit.ByPolicy},
		{"address flag", somebody, `"httpStatusCode":403,"isAddressAuthorized":0`, "", audit.Denied, audit.ByFirewall},
		{"address text", somebody, describe("403", "Client address is not authorized and caller is not a trusted service."), "", audit.Denied, audit.ByFirewall},
		{"public access off", somebody, describe("403", "Public network access is disabled and request is not from a trusted service nor via an approved private link."), "", audit.Denied, audit.ByFirewall},
		{"perimeter", somebody, describe("403", "Request was not allowed by NSP rules and the client address is not authorized"), "", audit.Denied, audit.ByFirewall},
		{"disabled secret", somebody, describe("403", "Operation get is not allowed on a disabled secret."), "", audit.Refused, audit.NotDenied},
		{"key operation", somebody, describe("403", "Operation decrypt is not permitted on this key."), "", audit.Refused, audit.NotDenied},
		{"purge protection", somebody, `"httpStatusCode":403,"isRbacAuthorized":true`, `,"resultDescription":"Purge protection is enabled for the vault"`, audit.Refused, audit.NotDenied},
		// The flag stands before the text, which can hold names that the client chose.
		{"flag before text", somebody, `"httpStatusCode":403,"isRbacAuthorized":false`, `,"resultDescription":"purge protection"`, audit.Denied, audit.ByPolicy},
	}
	for _, test := range tests {
		r := one(t, event("SecretGet", test.claims, test.properties, test.more))
		if r.Outcome != test.outcome || r.Denial != test.denial {
			t.Errorf("%s: %s %q, want %s %q", test.name, r.Outcome, r.Denial, test.outcome, test.denial)
		}
	}
	r := one(t, strings.Replace(event("SecretNearExpiryEventGridNotification", "", "", `,"resultSignature":"OK"`), `"callerIpAddress":"203.0.113.7",`, "", 1))
	if r.Source != audit.Notice || r.Class != audit.Background || r.Outcome != audit.Unknown || r.Address.IsValid() {
		t.Errorf("a notice: %+v", r)
	}
}

func TestKind(t *testing.T) {
	const oid = `"oid":"00000000-0000-4000-8000-000000000001",`
	const objectID = `"http://schemas.microsoft.com/identity/claims/objectidentifier":"00000000-0000-4000-8000-000000000001",`
	const storage, cli = `"appid":"e406a681-f3d4-42a8-90b6-c2b029497af1"`, `"appid":"04b07795-8ddb-461a-bbee-02f9e1bf7b46"`
	tests := []struct {
		name, operation, claims, more string
		want                          audit.Kind
	}{
		{"nobody", "SecretGet", "", "", audit.Unauthenticated},
		{"user by scope", "SecretGet", oid + cli + `,"scp":"user_impersonation"`, "", audit.User},
		{"user by type", "SecretGet", oid + `"appid":"x","idtyp":"user"`, "", audit.User},
		{"guest by unique name", "SecretGet", oid + `"appid":"x","unique_name":"live.com#a@example.com"`, "", audit.User},
		{"user of the control plane", "VaultPut", objectID + `"appid":"x","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"a@example.com"`, "", audit.User},
		{"app by type", "SecretGet", oid + `"appid":"x","idtyp":"app"`, "", audit.ServicePrincipal},
		{"app by credential", "SecretGet", oid + `"appid":"x","appidacr":"1"`, "", audit.ServicePrincipal},
		{"app of an old record", "SecretGet", oid + `"appid":"x"`, "", audit.ServicePrincipal},
		{"somebody of the control plane", "VaultPut", objectID + `"appid":"x"`, "", audit.UnknownKind},
		{"managed identity", "SecretGet", oid + storage + `,"idtyp":"app","xms_mirid":"/subscriptions/s/x/Shop"`, "", audit.ManagedIdentity},
		{"service", "KeyUnwrap", oid + storage + `,"idtyp":"app"`, "", audit.MicrosoftService},
		{"service of the control plane", "VaultGet", objectID + `"appid":"509e4652-da8d-478d-a730-e9d4a1996ca4"`, "", audit.MicrosoftService},
		{"a user's token for a service", "KeyGet", oid + storage + `,"scp":"user_impersonation","upn":"a@example.com"`, "", audit.User},
		{"a trusted service", "KeyGet", oid + storage + `,"scp":"user_impersonation"`, `"trustedService":"Storage",`, audit.MicrosoftService},
		{"a public client is no service", "SecretGet", oid + cli, "", audit.ServicePrincipal},
	}
	for _, test := range tests {
		uri := "https://kv-example.vault.azure.net/"
		if strings.HasPrefix(test.operation, "Vault") {
			uri = "https://management.azure.com/subscriptions/s"
		}
		r := one(t, event(test.operation, test.claims, test.more+`"requestUri":"`+uri+`"`, ""))
		if r.Caller.Kind != test.want {
			t.Errorf("%s: %s, want %s", test.name, r.Caller.Kind, test.want)
		}
	}
	if r := one(t, event("SecretGet", `"appid":"ABC"`, "", "")); r.Caller.ID != "abc" || !r.Caller.Known() {
		t.Errorf("without object id the application stands in: %+v", r.Caller)
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "203.0.113.7:6495": "203.0.113.7", " 10.1.2.3 ": "10.1.2.3",
		"2001:db8::1": "2001:db8::1", "[2001:db8::1]:443": "2001:db8::1", "[2001:db8::1]": "2001:db8::1",
		"::ffff:203.0.113.7": "203.0.113.7", "fe80::1%eth0": "fe80::1",
		"": "invalid IP", "X.X.X.X": "invalid IP", "<Redacted>": "invalid IP", "[my ip]": "invalid IP",
		"203.0.113.256": "invalid IP", "203.0.113.7:port": "invalid IP", "1.2.3": "invalid IP",
	} {
		body := strings.Replace(event("SecretGet", somebody, "", ""), "203.0.113.7", text, 1)
		if got := one(t, body).Address.String(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	r := one(t, event("SecretGet", somebody+`,"ipaddr":"2001:db8::1"`, "", ""))
	if r.Caller.SignIn != netip.MustParseAddr("2001:db8::1") {
		t.Errorf("sign-in %s", r.Caller.SignIn)
	}
}

func TestPath(t *testing.T) {
	for properties, want := range map[string]audit.Path{
		``:                                audit.PublicPath,
		`"addrAuthType":"PublicIP"`:       audit.PublicPath,
		`"subnetId":"/subscriptions/s/x"`: audit.SubnetPath,
		`"subnetId":"(unknown)"`:          audit.PublicPath,
		`"addrAuthType":"Subnet"`:         audit.SubnetPath,
		`"privateEndpointId":"/subscriptions/s/pe"`:               audit.PrivatePath,
		`"addrAuthType":"PrivateEndpoint"`:                        audit.PrivatePath,
		`"trustedService":"Backup"`:                               audit.TrustedPath,
		`"trustedService":false`:                                  audit.PublicPath,
		`"addrAuthType":"TrustedService","subnetId":"/subnets/a"`: audit.TrustedPath,
	} {
		if got := one(t, event("SecretGet", somebody, properties, "")).Path; got != want {
			t.Errorf("%s: path %d, want %d", properties, got, want)
		}
	}
}

func TestObject(t *testing.T) {
	const version = "0123456789abcdef0123456789abcdef"
	tests := []struct{ operation, id, uri, want string }{
		{"SecretGet", "/secrets/A-b/" + version, "", "secrets/a-b@" + version},
		{"SecretGet", "/secrets/a", "/secrets/other/", "secrets/a"},
		{"SecretGet", "", "/secrets/a/?api-version=7.5&_=1", "secrets/a"},
		{"SecretGet", "", "/secrets/a/" + version + "#x", "secrets/a@" + version},
		{"KeySign", "", "/keys/k/" + version + "/sign?api-version=7.5", "keys/k@" + version},
		{"KeyBackup", "", "/keys/k/backup", "keys/k"},
		{"KeyPurge", "", "/deletedkeys/K", "deleted keys/k"},
		{"SecretList", "", "/secrets?api-version=7.5", ""},
		{"SecretRestore", "", "/secrets/restore", ""},
		{"SecretGet", "", "/secrets/restore", "secrets/restore"},
		{"CertificateIssuerSet", "", "/certificates/issuers/Acme", "other/issuers/acme"},
		{"CertificateContactsSet", "", "/certificates/contacts", "other/contacts"},
		{"CertificatePolicyGet", "", "/certificates/c/policy", "certificates/c"},
		{"Authentication", "", "/", ""},
		{"Unheard", "", "/elsewhere/x", ""},
	}
	for _, test := range tests {
		var properties []string
		if test.id != "" {
			properties = append(properties, `"id":"https://kv-example.vault.azure.net`+test.id+`"`)
		}
		if test.uri != "" {
			properties = append(properties, `"requestUri":"https://kv-example.vault.azure.net:8443`+test.uri+`"`)
		}
		r := one(t, event(test.operation, somebody, strings.Join(properties, ","), ""))
		got := ""
		if r.Object.Name != "" {
			got = object(r.Object)
		}
		if got != test.want {
			t.Errorf("%s %s%s: %q, want %q", test.operation, test.id, test.uri, got, test.want)
		}
	}
	if r := one(t, event("secretLIST", somebody, "", "")); r.Class != audit.List || r.Object.Type != audit.Secret {
		t.Errorf("a list has a type even without a URL: %+v", r)
	}
}

func TestVaultWithoutResourceID(t *testing.T) {
	row := `{"TimeGenerated":"2026-03-02T08:00:00Z","OperationName":"KeySign","HttpStatusCode":200,"RequestUri":"https://HSM.managedhsm.azure.net:443/keys/k"}`
	if r := one(t, row); r.Vault != "hsm.managedhsm.azure.net" {
		t.Errorf("vault %q", r.Vault)
	}
	for _, host := range []string{"https://kv.vault.azure.cn/", "https://kv.vault.usgovcloudapi.net/secrets"} {
		if r := one(t, strings.Replace(row, "https://HSM.managedhsm.azure.net:443/", host, 1)); !strings.HasPrefix(r.Vault, "kv.vault.") {
			t.Errorf("vault %q", r.Vault)
		}
	}
	_, tally := audit.NewParser(audit.Limits{}).Body([]byte(strings.Replace(row, "managedhsm.azure.net", "example.com", 1)), nil)
	if tally.Skipped != 1 {
		t.Errorf("tally %+v", tally)
	}
}

func TestChange(t *testing.T) {
	tests := []struct {
		name, operation, properties string
		want                        []string
	}{
		{"nothing said", "VaultPatch", ``, nil},
		{"rights for the vault only", "VaultPatch", `"addedAccessPolicy":{"ObjectId":"P","Permissions":{"keys":[],"secrets":null}}`, []string{"grant(p  data=false)"}},
		{"camel case", "AccessPolicyMerge", `"addedAccessPolicy":{"objectId":"P","permissions":{"certificates":["Get"]}}`, []string{"grant(p certificates get data=true)"}},
		{"removed", "VaultPatch", `"removedAccessPolicy":{"ObjectId":"P"}`, []string{"revoke(p)"}},
		{"open without firewall", "VaultGet", `"properties":{"networkAcls":null,"enableSoftDelete":1}`, []string{"settings(soft-delete open)"}},
		{"closed", "VaultPut", `"properties":{"networkAcls":{"defaultAction":"Deny"},"enablePurgeProtection":"true"}`, []string{"settings(purge-protection rules)"}},
		{"public access off", "VaultPut", `"properties":{"publicNetworkAccess":"Disabled","enableRbacAuthorization":true}`, []string{"settings(rbac)"}},
	}
	for _, test := range tests {
		r := one(t, event(test.operation, somebody, test.properties, ""))
		if r.Change == nil {
			t.Fatalf("%s: no change", test.name)
		}
		if diff := cmp.Diff(test.want, change(*r.Change)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	for _, operation := range []string{"VaultGet", "SecretGet"} {
		if r := one(t, event(operation, somebody, "", "")); r.Change != nil {
			t.Errorf("%s says nothing about rights or settings: %+v", operation, r.Change)
		}
	}
	rules := func(list string) uint64 {
		r := one(t, event("VaultGet", somebody, `"properties":{"networkAcls":{"defaultAction":"Deny","ipRules":`+list+`}}`, ""))
		return r.Change.Settings.Rules
	}
	if rules(`[]`) == rules(`[{"value":"203.0.113.0/24"}]`) || rules(`[{"value":"a"}]`) == rules(`[{"value":"b"}]`) {
		t.Error("a change of the firewall's rules does not show")
	}
}

// Every field of the digest tells two records apart, and nothing else does.
func TestDigest(t *testing.T) {
	base := event("SecretGet", somebody, `"httpStatusCode":200,"id":"https://v.vault.azure.net/secrets/a"`, "")
	digest := func(old, new string) uint64 { return one(t, strings.Replace(base, old, new, 1)).Digest }
	same := digest("", "")
	for old, new := range map[string]string{
		"08:00:00.000": "08:00:00.001", "KV-EXAMPLE": "KV-OTHER", "SecretGet": "SecretSet", `Id":"c"`: `Id":"d"`,
		"secrets/a": "secrets/b", "200": "404", "203.0.113.7": "203.0.113.8",
	} {
		if digest(old, new) == same {
			t.Errorf("%s instead of %s has the same digest", new, old)
		}
	}
	for old, new := range map[string]string{
		"08:00:00.0000000": "08:00:00.000", "KV-EXAMPLE": "kv-example", "SecretGet": "SECRETGET", `"idtyp":"app"`: `"idtyp":"user"`, "200": `"200.0"`,
	} {
		if digest(old, new) != same {
			t.Errorf("%s instead of %s has another digest", new, old)
		}
	}
}

func TestFirstPartyAndRoles(t *testing.T) {
	if name, ok := audit.FirstParty("C44B4083-3bb0-49c1-b47d-974e53cbdf3c"); !ok || name != "Azure portal" {
		t.Errorf("%q %t", name, ok)
	}
	if name, ok := audit.FirstParty("e406a681-f3d4-42a8-90b6-c2b029497af1"); !ok || name != "Azure Storage" {
		t.Errorf("%q %t", name, ok)
	}
	if _, ok := audit.FirstParty(""); ok {
		t.Error("nothing is no application")
	}
	if name, ok := audit.DataRole("/x/roleDefinitions/00482A5A-887f-4fb3-b363-3b7fe8e74483"); !ok || name != "Key Vault Administrator" {
		t.Errorf("%q %t", name, ok)
	}
	if _, ok := audit.DataRole("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"); ok {
		t.Error("Owner is no data role")
	}
}

func TestAgentFamily(t *testing.T) {
	for agent, want := range map[string]string{
		"": "", "azsdk-net-Security.KeyVault.Secrets/4.6.0 (.NET 8.0.4; Debian GNU/Linux 12 (bookworm))": "azsdk-net",
		"azsdk-python-keyvault-secrets/4.8.0 Python/3.12.1 (Linux) AZURECLI/2.60.0":                      "azurecli",
		"azsdk-python-keyvault-secrets/4.2.0 Python/3.7.9 (Windows-10-10.0.17763-SP0)":                   "azsdk-python",
		"python/3.8.9 (Windows-10-10.0.19041-SP0) msrest/0.6.21 azure-keyvault/7.0 Azure-SDK-For-Python": "azsdk-python",
		"hardhat-kms/0.0.0 azsdk-js-keyvault-keys/4.10.2 Node/0.0.0":                                     "azsdk-js",
		"AZURECLI/2.34.1": "azurecli", "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1": "powershell",
		"Mozilla/5.0 (X11; Ubuntu; Linux x86_64) Firefox/12.0": "browser", "curl/8.5.0": "curl", "Go-http-client/1.1": "go-http",
		"HashiCorp Terraform/1.5 (+https://www.terraform.io) azsdk-go": "terraform", "SQLAzure/1.0": "sqlazure",
		"AzureResourceGraph.IngestionWorkerService.global/1.23.1.224": "azure-resource-graph",
		"My Tool 1.0": "my", "\u202eevil": "other", "<script>": "other", "---": "other", "\x00": "other",
	} {
		if got := audit.AgentFamily(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
	if got := audit.AgentFamily(strings.Repeat("a", 1<<16)); len(got) != 32 {
		t.Errorf("a family of %d bytes", len(got))
	}
}
