package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	exportFloor = 3   // exports in an hour
	onceIsHabit = 0.5 // from this share of its active days on, one day makes a habit
)

// exportBurst watches objects leaving the vault: a backup can be restored into any vault of the same subscription.
func exportBurst() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_ExportBurst",
			Title:      "Keys, secrets or certificates exported in numbers",
			Severity:   detection.High,
			Tactics:    []string{"Exfiltration", "CredentialAccess"},
			Techniques: []string{"T1555.006", "T1567"},
			Family:     detection.Behaviour,
			Rank:       0,
			Meaning:    "A caller that does not do so backed up several keys, secrets or certificates. A backup blob can be restored into another vault, where nobody watches the reads.",
			Harmless:   []string{"A new backup job, a migration to another vault.", "A disaster-recovery drill."},
			Blind:      []string{"Fewer than three exports in an hour: see KV_OperationPatternAnomaly.", "A backup job whose identity was stolen."},
			Do:         []string{askOwner, "Look for restores of the same objects in other vaults of the subscription.", contain, rotate},
		},
		Interest: detection.Success(audit.Export),
		Judge: func(c *detection.Case) *detection.Finding {
			n := within(c, audit.Export)
			if n < exportFloor || habitual(c, audit.Export) || settling(c) && c.Founding() {
				return nil
			}
			return &detection.Finding{Since: c.At - baseline.Hour, Confidence: "high", Weight: n, Reasons: []string{
				fmt.Sprintf("%s exported within an hour; on %d earlier days of %d the caller exported anything here.", plural(n, "object"), earlierDays(c, audit.Export), activeDays(c)),
			}}
		},
		Fires:  []string{exportFires, exportAgainFires},
		Silent: []string{patternSilent},
	}
}

// habitual tells whether a class of operations is a habit of the caller on this vault. What was done once is no habit,
// or a thief who comes again would find his first visit excusing the second; unless it is half of all the caller does
// here, as for a job that runs once a month.
func habitual(c *detection.Case, class audit.Class) bool {
	days, all := earlierDays(c, class), activeDays(c)
	if days == 1 {
		return habit(days, all) >= onceIsHabit
	}
	return days > 0 && habit(days, all) > listGetHabit
}

// earlierDays counts the days before today on which the caller had success with a class here.
func earlierDays(c *detection.Case, class audit.Class) int {
	m := c.Member.Classes[class]
	if m.Days > 0 && m.Last.Day() == c.At.Day() {
		return int(m.Days) - 1
	}
	return int(m.Days)
}

// activeDays counts the caller's active days here, in the 90 days before today.
func activeDays(c *detection.Case) int { return c.Member.Active.Within(c.At.Day(), 90) }

const (
	exportFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every day 02:00 for 20 days: app-backup sdk azure kv-pay backup s01..s04
day 21 10:00 alice cli office kv-pay backup s01..s03
expect KVX_ExportBurst alice kv-pay`
	exportAgainFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every day 02:00 for 24 days: app-backup sdk azure kv-pay backup s01..s04
day 16 10:00 alice cli office kv-pay backup s01..s03
ignore before day 20
day 24 10:00 alice cli office kv-pay backup s04..s06
expect KVX_ExportBurst alice kv-pay`
)
