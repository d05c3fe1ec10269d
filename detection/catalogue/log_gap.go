package catalogue

import (
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	gapRate    = 20 // records an hour from which on silence means something
	gapTimes   = 4  // times the longest silence that came more than once in the last 30 days
	gapAtLeast = 30 // minutes
	gapAlive   = 30 * baseline.Minute
)

// logGap watches the watching: a thief's first step may be to put out the light.
func logGap() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_LogGap",
			Title:      "Audit log of a key vault switched off or silent",
			Severity:   detection.Medium,
			Tactics:    []string{"DefenseEvasion"},
			Techniques: []string{"T1562.008"},
			Family:     detection.RuleLike,
			Meaning:    "A vault whose log speaks all the time fell silent while others went on, or its diagnostic setting was deleted. From now on nothing that happens to it is seen.",
			Harmless:   []string{"The workload that made all the noise was stopped.", "The diagnostic setting was replaced by one of another name.", "A disturbance of the export in Azure."},
			Blind:      []string{"Vaults that speak less than 20 times an hour.", "An estate of one vault: its silence cannot be told from that of the whole log. See health.", "Without the activity log, the deletion of the setting itself."},
			Do:         []string{"Look at the vault's diagnostic settings: is the audit log still sent to the hub?", "Look in the activity log for who changed them.", "Treat the silent hours as unwatched: ask the workload's owners what ran."},
		},
		Interest: detection.Success(audit.Policy),
		Judge:    judgeLogOff,
		Tick:     tickLogGap,
		Silence:  detection.Silence{Lasting: gapAtLeast * baseline.Minute, PerHour: gapRate},
		Fires:    []string{logOffFires, logGapFires},
		Silent:   []string{logGapSilent},
	}
}

func judgeLogOff(c *detection.Case) *detection.Finding {
	if c.Record.Source != audit.ActivityLog || !strings.HasSuffix(strings.ToLower(c.Record.Operation), "diagnosticsettings/delete") {
		return nil
	}
	return &detection.Finding{Since: c.At, Confidence: "high", Reasons: []string{
		"A diagnostic setting of the vault was deleted; unless another one exists, its audit log is off.",
	}}
}

func tickLogGap(c *detection.Case) *detection.Finding {
	v := c.Vault
	silent := int((c.At - v.Heard) / baseline.Minute)
	longest := int(v.Usual.Top(c.At.Day()))
	if v.LogOff > v.Heard-baseline.Hour && v.LogOff != 0 || silent < max(gapAtLeast, gapTimes*longest) || c.Estate.Seen.Last < c.At-gapAlive || v.Deleted > v.Heard-baseline.Hour && v.Deleted != 0 {
		return nil
	}
	if detection.PhaseOf(v, c.At) == detection.Learning {
		return nil
	}
	return &detection.Finding{Since: v.Heard, Confidence: "medium", Nobody: true, Key: fmt.Sprint(v.Heard), Reasons: []string{
		fmt.Sprintf("No record of the vault for %d min, while the rest of the estate goes on; usual are %.0f an hour, and the longest silence that came more than once in 30 days was %d min.", silent, v.PerHour(), longest),
	}}
}

const (
	logOffFires = `
every workday 10:00 for 2 days: alice portal office kv-pay get db-password
day 3 10:00 alice portal office kv-pay unlog
expect KVX_LogGap alice kv-pay`
	logGapFires = `
every day 00:00 for 6 days: mi-web sdk azure kv-pay get db-password x7000 by 12s
every day 00:00 for 7 days: mi-hr sdk azure kv-hr get db-password x7000 by 12s
expect KVX_LogGap`
	logGapSilent = `
every day 08:00 for 6 days: mi-web sdk azure kv-pay get db-password x700 by 30s
every day 00:00 for 7 days: mi-hr sdk azure kv-hr get db-password x7000 by 12s`
)
