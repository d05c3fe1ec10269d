package catalogue

import (
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// softDeleted watches deleted objects being brought back and read: they were meant to be gone, and nobody rotates them.
func softDeleted() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KVX_SoftDeleted",
			Title:      "Deleted object recovered and read",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1555.006"},
			Family:     detection.RuleLike,
			Meaning:    "A caller recovered a soft-deleted object and then read it, which it does not do regularly. Old secrets often still work somewhere, and nobody looks at them any more.",
			Harmless:   []string{"Somebody deleted the wrong object and puts it right.", "A disaster-recovery drill."},
			Blind:      []string{"An object recovered by one identity and read by another.", "More than a day between the recovery and the read."},
			Do:         []string{askOwner, "Find out where the recovered value is still accepted, and end that.", contain, rotate},
		},
		Interest: detection.Success(audit.Value, audit.Read, audit.Export, audit.Crypto),
		Judge:    judgeSoftDeleted,
		Fires:    []string{softDeletedFires},
		Silent:   []string{softDeletedSilent},
	}
}

func judgeSoftDeleted(c *detection.Case) *detection.Finding {
	if c.Member.Classes[audit.Revive].Last <= c.At-baseline.DayLen || habitual(c, audit.Revive) || c.Record.Object.Deleted {
		return nil
	}
	for t := range c.Member.Recent.Since(c.At - baseline.DayLen) {
		if t.Class == audit.Revive && t.Outcome == audit.Success && strings.HasSuffix(t.Operation, "Recover") && t.Object == c.Record.Object.Name {
			return &detection.Finding{Since: c.At - baseline.Hour, Confidence: "medium", Reasons: []string{
				fmt.Sprintf("%s was recovered and, %s later, read by the same caller, which on %d earlier days of %d recovered anything here.",
					c.Record.Object, lasting(c.At.Span(t.Last)), earlierDays(c, audit.Revive), activeDays(c)),
			}}
		}
	}
	return nil
}

const (
	softDeletedFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:00 alice portal office kv-pay list deleted
day 21 09:01 alice portal office kv-pay recover old-root
day 21 09:02 alice portal office kv-pay get old-root
expect KVX_SoftDeleted alice kv-pay`
	softDeletedSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:01 alice portal office kv-pay recover old-root
day 21 09:02 alice portal office kv-pay get db-password`
)
