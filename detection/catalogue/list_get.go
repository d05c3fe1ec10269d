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
	listGetBrowsing   = 6                    // the floor for a caller with its usual client from a usual place: people browse
	listGetEmptied    = 5                    // … unless they read so many objects,
	listGetShare      = 0.8                  // which are so much of the vault
	listGetHabit      = 0.05
	listGetImmediate  = 8 // distinct never-read objects within …
	listGetFast       = 10 * baseline.Minute
	listGetLoops      = 5 // alternations of list and get within listGetFast
	listGetSlow       = 10
	listGetBeyond     = 2 // times the most objects a day that a habit excuses
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
			Blind:      []string{"A caller that lists and reads everything every few days anyway.", "Fewer than six objects, read by somebody from a network and with a client that are usual for him, unless hardly anything of the vault is left.", "A thief who knows the names and needs no list: see KV_OperationVolumeAnomaly."},
			Do:         []string{askOwner, contain, rotate, searchOthers},
		},
		Interest: detection.Success(audit.Value, audit.Read, audit.List),
		Judge:    judgeListGet,
		Fires:    []string{listGetFires, listGetLoopFires, listGetRisingFires, listGetEmptiedFires},
		Silent:   []string{listGetHabitSilent, listGetPortalSilent, listGetHomeSilent},
	}
}

func judgeListGet(c *detection.Case) *detection.Finding {
	if c.Record.Class == audit.List || c.Member.Listed < c.At-listGetSlowWindow {
		return nil
	}
	if c.MostObjects() < listGetFloor && c.Member.Listed <= c.At-listGetFast {
		return nil // too few objects for any form but the loop, and no loop
	}
	habitual := c.Member.ListThenGet.Within(c.At.Day(), 30)
	if habitual >= habitDays && c.Member.ListThenGet.Has(c.At.Day()) && !c.Unread(c.Object, c.At-listGetSlowWindow) {
		return nil // an established habit, shown today already, and nothing new: nothing to look at
	}
	s := sinceList(c)
	if s.distinct >= listGetFloor {
		c.Member.ListThenGet.Mark(c.At.Day())
	}
	active := c.Member.Active.Within(c.At.Day(), 30)
	if settling(c) || s.form(c, habitual, active) == innocent {
		return nil
	}
	s.lookBack(c)
	if form := s.form(c, habitual, active); form != innocent {
		return dumped(c, s, form, habitual, active)
	}
	return nil
}

// dumped is the finding about a sequence, apart from where it is looked for: what a closure holds lies on the heap.
func dumped(c *detection.Case, s sequence, form form, habitual, active int) *detection.Finding {
	most, all := c.Member.Breadth.Top.Top(c.At.Day()), c.Vault.Objects.Len()
	f := &detection.Finding{Since: s.since, Confidence: c.Confidence(), Weight: max(s.fresh, s.slow, s.loops)}
	if read := max(s.fresh, s.slow); read > s.loops {
		mean, _ := c.Member.Breadth.Daily.Estimate(2, 2, volumeDispersion)
		f.Number = detection.Number{What: "rarely read objects after a list", Observed: float64(read), Usual: mean, Most: float64(most), Span: "a day"}
	}
	f.Tell = func() []string {
		out := []string{s.sentence(form), fmt.Sprintf("On %d of its %d active days in the last 30 it read after a list; the most objects it read in a day were %d.",
			habitual, active, most)}
		if read := max(s.distinct, s.slow); all > read {
			out = append(out, fmt.Sprintf("That is %d of the %d objects known in this vault.", read, all))
		}
		return out
	}
	return f
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
	// Poisoning: five days of slowly rising reads do not make the dump normal.
	listGetRisingFires = `
every workday 10:00 for 19 days: alice portal office kv-pay get db-password
day 15 10:00 alice portal office kv-pay list secrets
day 15 10:01 alice portal office kv-pay get s01..s02
day 16 10:00 alice portal office kv-pay list secrets
day 16 10:01 alice portal office kv-pay get s01..s03
day 17 10:00 alice portal office kv-pay list secrets
day 17 10:01 alice portal office kv-pay get s01..s04
day 18 10:00 alice portal office kv-pay list secrets
day 18 10:01 alice portal office kv-pay get s01..s05
day 19 10:00 alice portal office kv-pay list secrets
day 19 10:01 alice portal office kv-pay get s01..s06
ignore before day 22
day 22 10:00 alice portal office kv-pay list secrets
day 22 10:01 alice portal office kv-pay get s01..s40
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
	// A small vault, all of it.
	listGetEmptiedFires = `
every day 06:00 for 21 days: mi-web sdk azure kv-pay get s01..s05
every workday 10:00 for 20 days: alice portal office kv-pay get s01
day 21 10:00 alice portal office kv-pay list secrets
day 21 10:01 alice portal office kv-pay get s01..s05
expect KV_ListGetAnomaly alice kv-pay`
	listGetHomeSilent = `
every day 06:00 for 21 days: mi-web sdk azure kv-pay get s01..s40
every workday 10:00 for 20 days: alice portal home kv-pay get s01
day 21 10:00 alice portal home kv-pay list secrets
day 21 10:01 alice portal home kv-pay get s11..s14`
)
