package catalogue

import (
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	destroyFloor = 3
	destroySpan  = 10 * baseline.Minute
)

// destructionBurst watches things being deleted: sabotage, ransom, or traces being wiped.
func destructionBurst() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_DestructionBurst",
			Title:      "Objects or a vault destroyed",
			Severity:   detection.High,
			Tactics:    []string{"Impact"},
			Techniques: []string{"T1485", "T1486"},
			Family:     detection.Behaviour,
			Rank:       0,
			Meaning:    "A caller that does not do so deleted several objects within minutes, purged what had just been deleted, or deleted the vault. Ransom on a vault begins like this.",
			Harmless:   []string{"A clean-up, the end of a project.", "Tests that create and delete objects."},
			Blind:      []string{"A caller that deletes regularly.", "A vault that the caller itself made within the last seven days, or any of its own if it clears vaults away regularly.", "Slow deletion: see KV_OperationPatternAnomaly."},
			Do:         []string{"Recover the deleted objects or the vault now, while soft delete allows it, and turn purge protection on.", askOwner, contain, searchOthers},
		},
		Interest: detection.Success(audit.Destroy),
		Judge:    judgeDestruction,
		Fires:    []string{destructionFires, vaultDeletedFires},
		Silent:   []string{destructionSilent, destructionOwnSilent},
	}
}

func judgeDestruction(c *detection.Case) *detection.Finding {
	if habitual(c, audit.Destroy) || tearsDown(c) {
		return nil
	}
	n, purged := destroyed(c)
	f := &detection.Finding{Since: c.At - baseline.Hour, Confidence: "high", Weight: n}
	switch op := c.Record.Operation; {
	case op == "VaultDelete" || op == "VaultPurge":
		f.Reasons = append(f.Reasons, fmt.Sprintf("%s by a caller that on %s never deleted anything here.", op, plural(activeDays(c), "active day")))
	case purged:
		f.Reasons = append(f.Reasons, fmt.Sprintf("%s was purged within %s of its deletion, beyond recovery.", c.Record.Object, lasting(destroySpan.Span(0))))
	case n >= destroyFloor:
		f.Reasons = append(f.Reasons, fmt.Sprintf("%s within %s; on %d earlier days of %d the caller deleted anything here.",
			plural(n, "deletion"), lasting(destroySpan.Span(0)), earlierDays(c, audit.Destroy), activeDays(c)))
	default:
		return nil
	}
	return f
}

// tearsDown tells whether the caller clears away a vault of its own making: one of the last days, which is a trial, or
// any, if it does so on many days, as the pipelines do that give each branch a vault.
func tearsDown(c *detection.Case) bool {
	if c.Vault.Creator != c.Record.Caller.ID {
		return false
	}
	return c.Vault.Born > c.At-detection.Instant(baseline.FounderDays)*baseline.DayLen || c.Principal.Classes[audit.Destroy].Days > habitDays
}

// destroyed counts the caller's deletions of the last minutes, and tells whether the record purges what one of them
// deleted.
func destroyed(c *detection.Case) (n int, purged bool) {
	purge := strings.HasSuffix(c.Record.Operation, "Purge")
	for t := range c.Member.Recent.Since(c.At - destroySpan) {
		if t.Class != audit.Destroy || t.Outcome != audit.Success {
			continue
		}
		n += int(t.Count)
		purged = purged || purge && t.Object == c.Record.Object.Name && strings.HasSuffix(t.Operation, "Delete")
	}
	return n, purged
}

const (
	destructionFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice cli office kv-pay delete s01..s03
expect KVX_DestructionBurst alice kv-pay`
	vaultDeletedFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice portal office kv-pay remove
expect KVX_DestructionBurst alice kv-pay`
	destructionSilent = `
every day 10:00 for 20 days: app-test sdk azure kv-pay set t1..t4
every day 10:05 for 20 days: app-test sdk azure kv-pay delete t1..t4
ignore before day 5
day 21 10:05 app-test sdk azure kv-pay delete t1..t5`
	destructionOwnSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 10 10:00 app-ci terraform azure kv-branch put
day 10 10:01 app-ci terraform azure kv-branch set s01..s05
day 12 10:00 app-ci terraform azure kv-branch delete s01..s05
day 12 10:01 app-ci terraform azure kv-branch remove`
)
