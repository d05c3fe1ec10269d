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
	f := &detection.Finding{Since: s.since, Confidence: c.Confidence(), Weight: max(s.fresh, s.slow, s.loops)}
	if read := max(s.fresh, s.slow); read > s.loops {
		mean, _ := c.Member.Breadth.Daily.Estimate(2, 2, volumeDispersion)
		f.Number = detection.Number{What: "rarely read objects after a list", Observed: float64(read), Usual: mean, Most: float64(c.Member.Breadth.Top.Top(c.At.Day())), Span: "a day"}
	}
	f.Explain = func() []string {
		out := []string{s.sentence(form), fmt.Sprintf("On %d of its %d active days in the last 30 it read after a list; the most objects it read in a day were %d.",
			habitual, active, c.Member.Breadth.Top.Top(c.At.Day()))}
		if read, all := max(s.distinct, s.slow), c.Vault.Objects.Len(); all > read {
			out = append(out, fmt.Sprintf("That is %d of the %d objects known in this vault.", read, all))
		}
		return out
	}
	return f
}

// sequence is what followed a list. Until it has looked back over the day, loops and slow are the most they can be.
type sequence struct {
	since    detection.Instant // the first list of the last half hour
	distinct int               // objects read after it
	fresh    int               // of them never read before, or on one day only
	fast     int               // fresh within the last ten minutes
	lists    int               // within the last ten minutes
	loops    int               // alternations of list and get within the last ten minutes
	slow     int               // fresh since the first list within 24 h
}

// Marks on an object: it was read after the list, and within the last ten minutes.
const (
	afterList uint8 = 1 << iota
	justNow
)

// sinceList looks at the caller's lists of the last half hour, and at what was read after them.
func sinceList(c *detection.Case) sequence {
	s := sequence{since: c.At, slow: c.MostObjects()}
	if c.Member.Listed > c.At-listGetWindow {
		s.countLists(c)
	}
	after, gets := s.since, 0
	if c.Member.Listed > c.At { // a late record: there may be no list before it
		after = max(after, firstList(c))
	}
	from := after
	if s.lists > 0 {
		from = min(from, c.At-listGetFast)
	}
	seen := c.Distinct()
	for t := range c.Member.Recent.Since(from) {
		if !got(t) {
			continue
		}
		if t.Last > c.At-listGetFast {
			gets += int(t.Count)
		}
		if t.Last >= after {
			s.take(c, t, seen)
		}
	}
	s.loop(gets)
	return s
}

func (s *sequence) countLists(c *detection.Case) {
	for t := range c.Member.Recent.Since(c.At - listGetWindow) {
		if !listing(t) {
			continue
		}
		if t.Last > c.At-listGetWindow {
			s.since = min(s.since, max(t.First, c.At-listGetWindow))
		}
		if t.Last > c.At-listGetFast {
			s.lists += int(t.Count)
		}
	}
}

func (s *sequence) take(c *detection.Case, t *baseline.Touch, seen *detection.Objects) {
	marks := afterList
	if t.Last > c.At-listGetFast {
		marks |= justNow
	}
	marks = seen.Mark(t, marks)
	if marks == 0 {
		return
	}
	fresh := rarelyRead(c, objectName(c, t))
	if marks&afterList != 0 {
		s.distinct++
		if fresh {
			s.fresh++
		}
	}
	if marks&justNow != 0 && fresh {
		s.fast++
	}
}

// loop counts alternations. Many objects after many lists are pages, not a loop.
func (s *sequence) loop(gets int) {
	s.loops = 0
	if s.distinct < listGetFloor {
		s.loops = min(s.lists, gets)
	}
}

// lookBack looks at the whole day: what was read since its first list.
func (s *sequence) lookBack(c *detection.Case) {
	s.slow = 0
	gets, seen := 0, c.Distinct()
	for t := range c.Member.Recent.Since(firstList(c)) {
		if !got(t) {
			continue
		}
		if t.Last > c.At-listGetFast {
			gets += int(t.Count)
		}
		if seen.Mark(t, afterList) != 0 && rarelyRead(c, objectName(c, t)) {
			s.slow++
		}
	}
	s.loop(gets)
}

// firstList is when the caller's first list within 24 h began, 0 if it only listed versions.
func firstList(c *detection.Case) detection.Instant {
	for t := range c.Member.Recent.Since(c.At - listGetSlowWindow) {
		if listing(t) {
			return t.First
		}
	}
	return 0
}

// listing tells whether a touch listed objects, and not one object's versions, which the portal does at every click.
func listing(t *baseline.Touch) bool {
	return t.Outcome == audit.Success && t.Class == audit.List && !versions(t.Operation)
}

// got tells whether a touch read an object.
func got(t *baseline.Touch) bool {
	return t.Outcome == audit.Success && t.Object != "" && (t.Class == audit.Value || t.Class == audit.Read && !versions(t.Operation))
}

// rarelyRead tells whether the caller had read an object never before today, or, if it is active on most days, on one
// day only.
func rarelyRead(c *detection.Case, name string) bool {
	m := c.Member.Objects.Get(name, c.At)
	if m.First == 0 || m.First >= c.At-listGetSlowWindow {
		return true
	}
	days := int(m.Days)
	if m.Last > c.At-listGetSlowWindow {
		days--
	}
	return days <= 1 && c.Member.Active.Within(c.At.Day(), 30) >= 20
}

// form is a form of the pattern.
type form uint8

const (
	innocent form = iota
	atOnce
	alternating
	rarely
	slowly
)

// form says which form of the pattern is fulfilled.
func (s *sequence) form(c *detection.Case, habitual, active int) form {
	top := int(c.Member.Breadth.Top.Top(c.At.Day()))
	// A habit of reading a few excuses a few more, not everything.
	established := habitual >= habitDays && s.fresh <= listGetBeyond*max(top, 1)
	rare := habit(habitual, active) <= listGetHabit || habitual == 0 || habitual == 1 && active >= 20
	switch {
	case c.Phase() == detection.Learning && c.Record.Caller.Kind.Workload() && c.Place != detection.Outside:
		return innocent // on the first days every workload's start looks like this
	case s.fast >= listGetImmediate && !established:
		return atOnce
	case s.loops >= listGetLoops && !established:
		return alternating
	case c.Phase() == detection.Learning:
		return innocent
	case rare && s.fresh >= listGetFloor && (s.fresh >= browsing(c) || s.emptied(c)):
		return rarely
	case s.slow >= listGetSlow && !established && s.slow > 2*top:
		return slowly
	}
	return innocent
}

// browsing is how many objects people read who look around.
func browsing(c *detection.Case) int {
	usual := c.Place != detection.Outside || !c.Principal.Networks.Get(c.Network, c.At).NewAt(c.At, baseline.DayLen)
	if usual && !c.NewAgent() {
		return listGetBrowsing
	}
	return listGetFloor
}

// emptied tells whether hardly anything of the vault was left unread: nobody looks around like that.
func (s *sequence) emptied(c *detection.Case) bool {
	return s.distinct >= listGetEmptied && float64(s.distinct) >= listGetShare*float64(c.Vault.Objects.Len())
}

// sentence tells the form.
func (s *sequence) sentence(f form) string {
	switch f {
	case atOnce:
		return fmt.Sprintf("After a list, %s were read within %s that the caller had never or hardly ever read.", plural(s.fast, "distinct object"), lasting(listGetFast.Span(0)))
	case alternating:
		return fmt.Sprintf("Listing and reading alternated %d times within %s.", s.loops, lasting(listGetFast.Span(0)))
	case rarely:
		return fmt.Sprintf("After a list, %s were read within %s, %d of them for the first time.", plural(s.distinct, "distinct object"), lasting(listGetWindow.Span(0)), s.fresh)
	}
	return fmt.Sprintf("Since a list within the last 24 h, %s were read that the caller had never read.", plural(s.slow, "distinct object"))
}

// versions tells lists of one object's versions from lists of objects.
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
