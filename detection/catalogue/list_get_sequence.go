package catalogue

import (
	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

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
