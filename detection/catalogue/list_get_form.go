package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

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
