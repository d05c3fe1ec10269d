package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	listGetWindow     = 30 * baseline.Minute // from the list that the reads follow
	listGetFloor      = 3                    // distinct objects read after a list
	listGetHabit      = 0.05
	listGetImmediate  = 8 // distinct never-read objects within …
	listGetFast       = 10 * baseline.Minute
	listGetLoops      = 5 // alternations of list and get within listGetFast
	listGetSlow       = 10
	listGetSlowWindow = baseline.DayLen
	habitDays         = 3 // of the last 14 active days make an established habit
)

// listGet watches for lists that reads follow: how people dump a vault.
func listGet() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_ListGetAnomaly",
			Title:      "Suspicious secret listing and query in a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1555.006"},
			Family:     detection.Behaviour,
			Rank:       1,
			Meaning:    "A caller listed the vault's objects and then read several that it had not read before, which it does not normally do. This is what dumping a vault looks like.",
			Harmless:   []string{"A configuration provider that lists and reads everything at start, on its first days.", "A pipeline task that downloads all secrets, Terraform's first refresh.", "Somebody browsing in the portal."},
			Blind:      []string{"A caller that lists and reads everything every few days anyway.", "A thief who knows the names and needs no list: see KV_OperationVolumeAnomaly."},
			Do:         []string{askOwner, contain, rotate, searchOthers},
		},
		Interest: detection.Success(audit.Value, audit.Read, audit.List),
		Judge:    judgeListGet,
		Fires:    []string{listGetFires, listGetLoopFires},
		Silent:   []string{listGetHabitSilent, listGetPortalSilent},
	}
}

func judgeListGet(c *detection.Case) *detection.Finding {
	if c.Record.Class == audit.List || c.Member.Listed < c.At-listGetSlowWindow {
		return nil
	}
	habitual := c.Member.ListThenGet.Within(c.At.Day(), 30)
	if habitual >= habitDays && c.Member.ListThenGet.Has(c.At.Day()) {
		return nil // an established habit, shown today already: nothing to look at
	}
	s := dump(c)
	active := c.Member.Active.Within(c.At.Day(), 30)
	if s.distinct >= listGetFloor {
		c.Member.ListThenGet.Mark(c.At.Day())
	}
	clause := s.clause(c, habitual, active)
	if clause == "" {
		return nil
	}
	f := &detection.Finding{Since: s.since, Confidence: c.Confidence()}
	f.Reasons = append(f.Reasons, clause,
		fmt.Sprintf("On %d of its %d active days in the last 30 it read after a list; the most objects it read in a day were %d.",
			habitual, active, c.Member.Breadth.Top.Top(c.At.Day())))
	if all := len(c.Vault.Objects.Of); all > s.distinct {
		f.Reasons = append(f.Reasons, fmt.Sprintf("That is %d of the %d objects known in this vault.", s.distinct, all))
	}
	return f
}

// sequence is what followed a list.
type sequence struct {
	since    detection.Instant // the list that opened it
	distinct int               // objects read after it
	fresh    int               // of them never read before
	fast     int               // fresh within the last ten minutes
	loops    int               // alternations of list and get within the last ten minutes
	slow     int               // fresh since the first list within 24 h
}

// dump looks at the caller's touches of the last day: the lists, and what was read after them.
func dump(c *detection.Case) sequence {
	s := sequence{since: c.At}
	seen := map[string]bool{}
	listed := false
	lists, gets := 0, 0
	for t := range c.Member.Recent.Since(c.At - listGetSlowWindow) {
		switch {
		case t.Outcome != audit.Success:
		case t.Class == audit.List && isList(t.Operation):
			listed = true
			if t.Last > c.At-listGetFast {
				lists += int(t.Count)
			}
			if t.Last > c.At-listGetWindow && s.since == c.At {
				s.since = t.First
			}
		case listed && (t.Class == audit.Value || t.Class == audit.Read && !versions(t.Operation)) && t.Object != "":
			s.take(c, t, seen)
			if t.Last > c.At-listGetFast {
				gets += int(t.Count)
			}
		}
	}
	if s.distinct < listGetFloor { // many objects after many lists are pages, not a loop
		s.loops = min(lists, gets)
	}
	return s
}

func (s *sequence) take(c *detection.Case, t *baseline.Touch, seen map[string]bool) {
	name := objectName(t)
	if seen[name] {
		return
	}
	seen[name] = true
	fresh := c.Unread(name, c.At-listGetSlowWindow)
	if fresh {
		s.slow++
	}
	if t.Last < s.since {
		return
	}
	s.distinct++
	if fresh {
		s.fresh++
		if t.First > c.At-listGetFast {
			s.fast++
		}
	}
}

// clause says which form of the pattern is fulfilled; empty if none is.
func (s *sequence) clause(c *detection.Case, habitual, active int) string {
	established := habitual >= habitDays
	rare := habit(habitual, active) <= listGetHabit || habitual == 0
	switch {
	case s.fast >= listGetImmediate && !established:
		return fmt.Sprintf("After a list, %s were read within %s that the caller had never read.", plural(s.fast, "distinct object"), lasting(listGetFast.Span(0)))
	case s.loops >= listGetLoops && !established:
		return fmt.Sprintf("Listing and reading alternated %d times within %s.", s.loops, lasting(listGetFast.Span(0)))
	case c.Phase() == detection.Learning:
		return ""
	case s.distinct >= listGetFloor && s.fresh >= listGetFloor && rare:
		return fmt.Sprintf("After a list, %s were read within %s, %d of them for the first time.", plural(s.distinct, "distinct object"), lasting(listGetWindow.Span(0)), s.fresh)
	case s.slow >= listGetSlow && rare:
		return fmt.Sprintf("Since a list within the last 24 h, %s were read that the caller had never read.", plural(s.slow, "distinct object"))
	}
	return ""
}

// isList tells lists of objects from lists of one object's versions, which the portal sends at every click.
func isList(operation string) bool { return !versions(operation) }

func versions(operation string) bool {
	return len(operation) > len("ListVersions") && operation[len(operation)-len("ListVersions"):] == "ListVersions"
}

const (
	listGetFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 03:10 alice cli office kv-pay list secrets
day 21 03:11 alice cli office kv-pay get s01..s09
expect KV_ListGetAnomaly alice kv-pay`
	listGetLoopFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 03:10 alice cli office kv-pay list secrets
+20s alice cli office kv-pay get db-password
+20s alice cli office kv-pay list secrets
+20s alice cli office kv-pay get db-password
+20s alice cli office kv-pay list secrets
+20s alice cli office kv-pay get db-password
+20s alice cli office kv-pay list secrets
+20s alice cli office kv-pay get db-password
+20s alice cli office kv-pay list secrets
+20s alice cli office kv-pay get db-password
expect KV_ListGetAnomaly alice kv-pay`
	listGetHabitSilent = `
every day 06:00 for 20 days: mi-config sdk azure kv-pay list secrets
every day 06:01 for 20 days: mi-config sdk azure kv-pay get s01..s20
ignore before day 4
day 21 06:00 mi-config sdk azure kv-pay list secrets
day 21 06:01 mi-config sdk azure kv-pay get s01..s21`
	listGetPortalSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice portal office kv-pay list secrets
day 21 10:01 alice portal office kv-pay get db-password, api-key`
)
