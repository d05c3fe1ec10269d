package audit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// realFolder holds records that Azure wrote. They may not be published, so they lie outside of this module, and the test
// is skipped where they are absent.
func realFolder(t *testing.T) string {
	t.Helper()
	root := os.Getenv("VAULTWATCH_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	folder := filepath.Join(root, "data", "real")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("real samples are not here; set VAULTWATCH_SHARED to the folder that holds data/real")
	}
	return folder
}

// real states for every real record who did what to which object with which outcome: name or id (kind), operation (class),
// object, vault's name, outcome, status. Written from reading the records.
var real = map[string][]string{
	"azure-sdk-issue-authentication-401.ndjson": {
		" (unauthenticated) Authentication (meta) secrets/**[my-first-secret]** [my-key-vault] challenge 401 subnet",
	},
	"hardhat-kms-azkvauditlogs-keysign.ndjson": {
		"live.com#signer@example.com (user) KeySign (crypto) keys/deployer@0123456789abcdef0123456789abcdef example-vault.vault.azure.net success 200 from 203.0.113.7",
		"live.com#signer@example.com (user) KeySign (crypto) keys/deployer@0123456789abcdef0123456789abcdef example-vault.vault.azure.net refused 400 from 203.0.113.7",
		"00000000-0000-4000-8000-000000000004 (service principal) KeySign (crypto) keys/deployer@fedcba9876543210fedcba9876543210 example-vault.vault.azure.net success 200 from 198.51.100.20",
	},
	"microsoft-docs-eventhub-vaultget-2023.json": {
		"dddddddd-3333-4444-5555-eeeeeeeeeeee (application) VaultGet (meta) mykeyvault success 200 from 10.0.0.10 settings(soft-delete open)",
	},
	"microsoft-docs-keyvault-logging-vaultget.json": {
		"live.com#username@outlook.com (user) VaultGet (meta) contosokeyvault success 200 from 104.40.82.76",
	},
	"microsoft-docs-managedhsm-backupcreate.json": {
		"admin@contoso.com (user) BackupCreate (export) contosomhsm success 202",
	},
	"otel-activitylog-diagnosticsettings-write-start.json": {"skipped"}, // a Start, and of a subscription's own setting
	"securathesis-activity-rest.ndjson": {
		"attacker@securathesis.onmicrosoft.com (user) Microsoft.KeyVault/vaults/write (policy) securaallkeyvault success 200",
		"skipped", // BeginRequest
		"skipped", // BeginRequest
	},
	"securathesis-keyvault-auditevent.ndjson": {
		"attacker@securathesis.onmicrosoft.com (user) KeyList (list) securaallkeyvault success 200",
		"attacker@securathesis.onmicrosoft.com (user) KeyGet (read) keys/securaallrsakeys securaallkeyvault success 200",
		"attacker@securathesis.onmicrosoft.com (user) CertificateList (list) securaallkeyvault success 200",
		"attacker@securathesis.onmicrosoft.com (user) SecretGet (value) secrets/securaallsecret@4c39bacace9a49b2bd542ce61bd6f312 securaallkeyvault success 200",
		"attacker@securathesis.onmicrosoft.com (user) VaultPut (policy) securaallkeyvault success 200 settings(soft-delete open)",
	},
	"sekoia-activitylog-eventhub.ndjson": {"skipped", "skipped", "skipped"}, // another provider, Policy, Alert
	"sekoia-azure-key-vault.ndjson": {
		"john.doe@dummy.onmicrosoft.com (user) CertificateCreate (write) certificates/fdfdffffd testpermissionvault success 202 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) CertificateImport (write) certificates/mycertiii myright3 refused 400 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) CertificateImport (write) certificates/yfuffuygu myright3 success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) KeyBackup (export) keys/egzghfgrrg testpermissionvault success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) KeyDelete (destroy) keys/egzghfgrrg testpermissionvault success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) KeyGet (read) keys/egzghfgrrg testpermissionvault not found 404 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) KeyGet (read) keys/myfirstkey testpermissionvault success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) KeyList (list) testpermissionvault success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) KeyListVersions (read) keys/egzghfgrrg testpermissionvault success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) KeyPurge (destroy) deleted keys/myfirstkey testpermissionvault denied 403 no permission from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) KeyUpdate (write) keys/iiii@c0d4c7ec6efb4fbeaec16a3872519399 myright3 success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) SecretDelete (destroy) secrets/keykey testpermissionvault success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) SecretGet (value) secrets/keykey testpermissionvault not found 404 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) SecretGet (value) secrets/a keytestint denied 403 no permission from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) SecretList (list) testpermissionvault success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) SecretListDeleted (list) testpermissionvault success 200 from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) SecretPurge (destroy) deleted secrets/mysecret testpermissionvault denied 403 no permission from 147.161.0.0",
		"john.doe@dummy.onmicrosoft.com (user) SecretUpdate (write) secrets/keykey@8fbb0accbfbe4ee4b025649ebabae465 testpermissionvault success 200 from 147.161.0.0",
		"xxxxxxxxxxxxx (application) VaultGet (meta) xxxxxxx success 200 from 1.2.3.4 settings(rbac soft-delete open)",
		"live.com#username@outlook.com (user) VaultGet (meta) contosokeyvault success 200 from 104.40.82.76",
		// The signature says Forbidden beside the code 200: the code counts.
		"live.com#username@outlook.com (user) VaultGet (meta) contosokeyvault success 200 from 104.40.82.76",
		"test@test.com (user) VaultGet (meta) testkey success 200 from 1.2.3.4 settings(rbac soft-delete open rules)",
		"john.doe@dummy.onmicrosoft.com (user) VaultPatch (policy) myright3 success 200 from 147.161.0.0 settings(soft-delete open rules)",
	},
}

func TestRealRecords(t *testing.T) {
	folder := realFolder(t)
	total := 0
	for name, want := range real {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		bodies := [][]byte{content}
		if strings.HasSuffix(name, ".ndjson") {
			bodies = bytes.Split(bytes.TrimSpace(content), []byte("\n"))
		}
		total += len(bodies)
		if len(bodies) != len(want) {
			t.Fatalf("%s: %d records, %d expectations", name, len(bodies), len(want))
		}
		for i, body := range bodies {
			if got := told(t, body); got != want[i] {
				t.Errorf("%s, record %d:\n got %s\nwant %s", name, i+1, got, want[i])
			}
		}
	}
	if total != 42 {
		t.Errorf("stated %d records, 42 are known", total)
	}
}

// told is what a body of one record comes to, as a sentence.
func told(t *testing.T, body []byte) string {
	t.Helper()
	records, tally := audit.NewParser(audit.Limits{}).Body(body, nil)
	if tally.Skipped == 1 && len(records) == 0 && tally.Malformed == 0 {
		return "skipped"
	}
	if len(records) != 1 || tally.Malformed != 0 {
		t.Fatalf("tally %+v of one record", tally)
	}
	return sentence(records[0])
}
