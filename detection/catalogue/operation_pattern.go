package catalogue

import (
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	patternShare = 0.01 // of the vault's principal-days: below it a class is foreign here
	patternFloor = 2    // operations, or 1 of those that need no second
	patternDays  = 3    // active days before a caller's habits can be broken
	writerDays   = 7    // active days before a reader's first writes say something
	writesMany   = 5    // writes that say something even where others write, …
	// … of a workload, which does what it is built for, less than of people, who write now and then
	writesManyByWorkload = 3
	writerDaysMany       = 14   // … after so many days of reading only
	patternWriters       = 0.03 // of the principal-days: above it writing is everyday work here
	roleFlipReads        = 1    // values read by a caller that only ever listed
	patternSpan          = baseline.Hour
)

// operationPattern watches for kinds of operation a caller never showed.
func operationPattern() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_OperationPatternAnomaly",
			Title:      "Unusual operation pattern in a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess", "Impact"},
			Techniques: []string{"T1555.006", "T1485", "T1552"},
			Family:     detection.Behaviour,
			Rank:       2,
			Meaning:    "A caller did something of a kind it never does here and hardly anybody does: exporting, deleting, reviving, bringing in keys; or it changed its role, as an inventory scanner that suddenly reads values.",
			Harmless:   []string{"Rotation jobs that run once a quarter.", "The first renewal of a certificate.", "A disaster-recovery drill.", "A new feature or a new version of a client."},
			Blind:      []string{"Callers without three active days on the vault.", "Kinds of operation that are everyday here."},
			Do:         []string{askOwner, "Check whether a job or drill was planned.", contain, rotate},
		},
		Interest: detection.Success(audit.Value, audit.Export, audit.Destroy, audit.Revive, audit.Write),
		Judge:    judgePattern,
		Fires:    []string{patternFires, patternFlipFires, patternReviveFires, broughtInFires, plantedFires},
		Silent:   []string{patternSilent, broughtInSilent},
	}
}

func judgePattern(c *detection.Case) *detection.Finding {
	if c.Phase() == detection.Learning || settling(c) || c.Member.Active.Within(c.At.Day(), 90) < patternDays {
		return nil
	}
	if f := roleFlip(c); f != nil {
		return f
	}
	if f := readerWrites(c); f != nil {
		return f
	}
	if f := broughtIn(c); f != nil {
		return f
	}
	return foreignClass(c)
}

// foreignClass finds the first operations of a class, by this caller and nearly so on this vault.
func foreignClass(c *detection.Case) *detection.Finding {
	class := c.Record.Class
	switch class {
	case audit.Export, audit.Destroy, audit.Revive:
	default:
		return nil
	}
	if !c.Member.Classes[class].NewAt(c.At, baseline.DayLen) {
		return nil
	}
	days, all := otherDays(c, class)
	if all > 0 && days/all >= patternShare {
		return nil
	}
	n := within(c, class)
	if n < patternFloor && class != audit.Export && !strings.HasSuffix(c.Record.Operation, "Purge") {
		return nil
	}
	return &detection.Finding{Since: c.At - patternSpan, Confidence: c.Confidence(), Weight: n, Reasons: []string{
		fmt.Sprintf("%s (%s) within an hour; the caller never did such here on %d active days.", plural(n, "operation"), class, c.Member.Active.Within(c.At.Day(), 90)),
		fmt.Sprintf("On %.0f of %.0f days on which %s were active on this vault there was such an operation.", days, all, sorts(c)),
	}}
}

// otherDays is on how many principal-days before the caller's own of today a class was seen here, and how many there
// were: what the caller recovers first must not excuse what it recovers next. With deletions it may. Two of them, where
// little happens, are tidying, and the third is a burst.
func otherDays(c *detection.Case, class audit.Class) (days, all float64) {
	days, all = c.Vault.ClassShare(c.Member, class)
	if class == audit.Destroy {
		return days, all
	}
	if c.Member.Classes[class].Last.Day() == c.At.Day() {
		days = max(days-1, 0)
	}
	if c.Member.Access.Last.Day() == c.At.Day() {
		all = max(all-1, 0)
	}
	return days, all
}

// sorts names the callers that the case's is compared with.
func sorts(c *detection.Case) string {
	if c.Member.Kind.Workload() {
		return "workloads"
	}
	return "people"
}

// roleFlip finds a caller that only ever listed and now reads values, or only ever read and now writes or deletes.
func roleFlip(c *detection.Case) *detection.Finding {
	if c.Record.Class != audit.Value || c.Member.Classes[audit.List].Days == 0 {
		return nil
	}
	active := c.Member.Active.Within(c.At.Day(), 90)
	usual := func(class audit.Class) bool {
		days := int(c.Member.Classes[class].Days)
		if c.Member.Classes[class].Last.Day() == c.At.Day() {
			days-- // today's do not count
		}
		return days > 0 && habit(days, active) > listGetHabit
	}
	if !usual(audit.List) || usual(audit.Value) || usual(audit.Crypto) || usual(audit.Export) || usual(audit.Write) || usual(audit.Destroy) || usual(audit.Policy) {
		return nil
	}
	n := within(c, audit.Value)
	if n < roleFlipReads {
		return nil
	}
	return &detection.Finding{Since: c.At - patternSpan, Confidence: c.Confidence(), Weight: n, Reasons: []string{
		fmt.Sprintf("%s read by a caller that on its %d active days hardly did anything but list here.", plural(n, "value"), active),
	}}
}

// readerWrites finds a caller that only ever read and now writes or deletes, where its like hardly does.
func readerWrites(c *detection.Case) *detection.Finding {
	class := c.Record.Class
	if class != audit.Write && class != audit.Destroy || earlierDays(c, class) > 0 || activeDays(c) < writerDays {
		return nil
	}
	n := within(c, class)
	days, all := c.Vault.ClassShare(c.Member, class)
	rare := n >= patternFloor && days <= patternWriters*all
	many := writesMany
	if c.Member.Kind.Workload() {
		many = writesManyByWorkload
	}
	if !rare && (n < many || activeDays(c) < writerDaysMany) {
		return nil
	}
	return &detection.Finding{Since: c.At - patternSpan, Confidence: c.Confidence(), Weight: n, Reasons: []string{
		fmt.Sprintf("%s (%s) by a caller that on its %d active days only ever read here.", plural(n, "operation"), class, activeDays(c)),
		fmt.Sprintf("On %.0f of %.0f days on which %s were active on this vault there was such an operation.", days, all, sorts(c)),
	}}
}

// within counts the caller's successes of a class in the last hour.
func within(c *detection.Case, class audit.Class) int {
	n := 0
	for t := range c.Member.Recent.Since(c.At - patternSpan) {
		if t.Class == class && t.Outcome == audit.Success {
			n += int(t.Count)
		}
	}
	return n
}

const (
	patternFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice cli office kv-pay backup s01..s03
expect KV_OperationPatternAnomaly alice kv-pay`
	patternReviveFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice portal office kv-pay recover old-root, old-token
expect KV_OperationPatternAnomaly alice kv-pay`
	patternFlipFires = `
every day 02:00 for 20 days: app-scan sdk azure kv-pay list secrets
day 21 02:00 app-scan sdk azure kv-pay get db-password
expect KV_OperationPatternAnomaly app-scan kv-pay`
	patternSilent = `
every day 02:00 for 20 days: app-backup sdk azure kv-pay backup s01..s03
day 21 02:00 app-backup sdk azure kv-pay backup s01..s04`
)
