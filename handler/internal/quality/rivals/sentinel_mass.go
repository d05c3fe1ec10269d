package rivals

import (
	"iter"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// massThreshold is EventCountThreshold of the rule.
const massThreshold = 25

// massRetrieval is Microsoft Sentinel's "Mass secret retrieval from Azure Key Vault": a caller with more than 25 reads
// of one kind in a day, counted over all vaults. The rule returns a row per object; we count one a caller and vault.
func massRetrieval() Rival {
	return Rival{Name: "Sentinel: mass secret retrieval",
		Source: "Azure/Azure-Sentinel, Solutions/Azure Key Vault/Analytic Rules/KeyvaultMassSecretRetrieval.yaml, version 1.0.4",
		About:  "Once a day: callers with more than 25 SecretGet, KeyGet or VaultGet.", Judge: judgeMass}
}

func judgeMass(records iter.Seq[*audit.Record], _ World) []quality.Finding {
	type tally struct{ caller, operation string }
	type row struct{ caller, vault string }
	c := &collector{name: "mass"}
	byDay(records, func(day time.Time, records []*audit.Record) {
		counts, told := map[tally]int{}, map[row]bool{}
		for _, r := range records {
			if !slices.Contains([]string{"SecretGet", "KeyGet", "VaultGet"}, r.Operation) || polled(r) || !r.Caller.Known() {
				continue
			}
			counts[tally{r.Caller.ID, r.Operation}]++
			key := row{r.Caller.ID, r.Vault}
			if counts[tally{r.Caller.ID, r.Operation}] > massThreshold && !told[key] {
				told[key] = true
				c.add(r, day.Add(aDay), volume, listGet)
			}
		}
	})
	return c.findings
}
