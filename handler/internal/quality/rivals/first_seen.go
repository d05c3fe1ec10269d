package rivals

import (
	"iter"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// firstSeenDays is how long a vault is only watched; without it the first day would be nothing but alerts.
const firstSeenDays = 7

// firstSeen is the plainest rule of all, in every cookbook: tell the first successful access of a caller, and of a
// caller with another application, to a vault.
func firstSeen() Rival {
	return Rival{Name: "First seen", Source: "common practice", About: "Every first access of a caller, or of a caller with another application, to a vault.", Judge: judgeFirstSeen}
}

func judgeFirstSeen(records iter.Seq[*audit.Record], _ World) []quality.Finding {
	type meeting struct{ vault, caller, application string }
	c := &collector{name: "first"}
	seen, born := map[meeting]bool{}, map[string]time.Time{}
	for r := range records {
		if !r.Caller.Known() || r.Outcome != audit.Success || r.Class == audit.Meta || r.Class == audit.Background || r.Source == audit.ActivityLog {
			continue
		}
		if _, ok := born[r.Vault]; !ok {
			born[r.Vault] = r.Time
		}
		person, tool := meeting{r.Vault, r.Caller.ID, ""}, meeting{r.Vault, r.Caller.ID, r.Caller.Application}
		known, used := seen[person], seen[tool]
		seen[person], seen[tool] = true, true
		switch {
		case used || r.Time.Sub(born[r.Vault]) < firstSeenDays*aDay:
		case known:
			c.add(r, time.Time{}, userApp)
		case r.Caller.Kind == audit.User:
			c.add(r, time.Time{}, newUser, userApp, outside)
		default:
			c.add(r, time.Time{}, newApp, newUser, userApp, outside)
		}
	}
	return c.findings
}
