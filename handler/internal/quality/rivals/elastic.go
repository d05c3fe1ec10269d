package rivals

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// Constants of Elastic's rules.
const (
	excessiveEvents  = 10
	excessiveActions = 2
	excessiveEvery   = 8 * time.Minute
	rareHistory      = 14 * aDay
)

// retrieval tells whether Elastic's two rules read an operation.
func retrieval(operation string) bool {
	if operation == "VaultGet" {
		return true
	}
	for _, noun := range []string{"Key", "Secret", "Certificate"} {
		if verb, ok := strings.CutPrefix(operation, noun); ok {
			if noun == "Certificate" && slices.Contains([]string{"PolicyGet", "ContactsGet", "IssuerGet", "IssuersList"}, verb) {
				return true
			}
			return slices.Contains([]string{"Get", "List", "ListVersions", "GetDeleted", "ListDeleted"}, verb)
		}
	}
	return false
}

// excessiveRetrieval is Elastic's "Excessive Secret or Key Retrieval from Azure Key Vault": a person with ten or more
// reads of at least two kinds within a clock minute.
func excessiveRetrieval() Rival {
	return Rival{Name: "Elastic: excessive retrieval",
		Source: "elastic/detection-rules, rules/integrations/azure/credential_access_azure_key_vault_excessive_retrieval.toml, 2025-09-26",
		About:  "Every eight minutes: people with ten reads of two kinds in a minute.", Judge: judgeExcessive}
}

func judgeExcessive(records iter.Seq[*audit.Record], _ World) []quality.Finding {
	type bucket struct {
		minute time.Time
		caller string
	}
	type tally struct {
		events  int
		actions map[string]bool
		told    bool
	}
	c := &collector{name: "excessive"}
	byDay(records, func(_ time.Time, records []*audit.Record) {
		tallies := map[bucket]*tally{}
		for _, r := range records {
			if r.Caller.Kind != audit.User || !retrieval(r.Operation) {
				continue
			}
			key := bucket{r.Time.Truncate(time.Minute), r.Caller.ID}
			t := tallies[key]
			if t == nil {
				t = &tally{actions: map[string]bool{}}
				tallies[key] = t
			}
			t.events++
			t.actions[r.Operation] = true
			if t.events >= excessiveEvents && len(t.actions) >= excessiveActions && !t.told {
				t.told = true
				c.add(r, r.Time.Truncate(excessiveEvery).Add(excessiveEvery), listGet, volume)
			}
		}
	})
	return c.findings
}

// rareIdentity is Elastic's "Azure Key Vault Secret Key Usage by Unusual Identity": a person who reads successfully and
// did not in the 14 days before, on any vault.
func rareIdentity() Rival {
	return Rival{Name: "Elastic: unusual identity",
		Source: "elastic/detection-rules, rules/integrations/azure/credential_access_azure_key_vault_retrieval_from_rare_identity.toml, 2025-07-10",
		About:  "People who read from any vault for the first time in 14 days.", Judge: judgeRare}
}

func judgeRare(records iter.Seq[*audit.Record], _ World) []quality.Finding {
	c := &collector{name: "rare"}
	last := map[string]time.Time{}
	for r := range records {
		if r.Caller.Kind != audit.User || r.Outcome != audit.Success || !retrieval(r.Operation) {
			continue
		}
		if seen, ok := last[r.Caller.ID]; !ok || r.Time.Sub(seen) > rareHistory {
			c.add(r, time.Time{}, newUser, userApp)
		}
		last[r.Caller.ID] = r.Time
	}
	return c.findings
}
