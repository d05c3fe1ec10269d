package rivals

import (
	"iter"
	"net/netip"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// indicatorMatch is Microsoft Sentinel's "TI map IP entity to Azure Key Vault logs": every hour, any record whose
// address equals an indicator's, challenges included; one row per indicator. We count one a vault.
func indicatorMatch() Rival {
	return Rival{Name: "Sentinel: threat intelligence match",
		Source: "Azure/Azure-Sentinel, Solutions/Threat Intelligence/Analytic Rules/IPEntity_AzureKeyVault.yaml",
		About:  "Every hour: records from an address that equals an indicator.", Judge: judgeIndicator}
}

func judgeIndicator(records iter.Seq[*audit.Record], world World) []quality.Finding {
	type row struct {
		address netip.Addr
		vault   string
		hour    time.Time
	}
	c := &collector{name: "indicator"}
	told := map[row]bool{}
	for r := range records {
		key := row{r.Address, r.Vault, r.Time.Truncate(time.Hour)}
		if !world.Indicators[r.Address] || told[key] {
			continue
		}
		told[key] = true
		kind := listed
		if r.Outcome != audit.Success {
			kind = listedDenied
		}
		c.add(r, key.hour.Add(time.Hour), kind)
	}
	return c.findings
}
