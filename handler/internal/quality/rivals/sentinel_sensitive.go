package rivals

import (
	"iter"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// sensitiveOperations is Microsoft Sentinel's "Sensitive Azure Key Vault operations": any deletion, purge or backup in
// the last day, one row per vault, user and client. Its filter on resultType keeps refused requests, since vaults log
// "Success" for those too.
func sensitiveOperations() Rival {
	return Rival{Name: "Sentinel: sensitive operations",
		Source: "Azure/Azure-Sentinel, Solutions/Azure Key Vault/Analytic Rules/KeyVaultSensitiveOperations.yaml, version 1.0.4",
		About:  "Once a day: every vault, caller and client with a deletion, purge or backup.", Judge: judgeSensitive}
}

func judgeSensitive(records iter.Seq[*audit.Record], _ World) []quality.Finding {
	listed := []string{"VaultDelete", "KeyDelete", "SecretDelete", "SecretPurge", "KeyPurge", "SecretBackup", "KeyBackup"}
	type row struct{ vault, caller, agent string }
	c := &collector{name: "sensitive"}
	byDay(records, func(day time.Time, records []*audit.Record) {
		told := map[row]bool{}
		for _, r := range records {
			key := row{r.Vault, r.Caller.ID, r.Agent}
			if slices.Contains(listed, r.Operation) && !told[key] {
				told[key] = true
				c.add(r, day.Add(aDay), pattern, exportBurst, destruction)
			}
		}
	})
	return c.findings
}
