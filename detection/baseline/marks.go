package baseline

import "slices"

// Mark is when something was first and last met, and on how many days.
type Mark struct {
	First Instant `cbor:"1,keyasint,omitempty"`
	Last  Instant `cbor:"2,keyasint,omitempty"`
	Days  uint16  `cbor:"3,keyasint,omitempty"`
}

// Meet notes one more meeting.
func (m *Mark) Meet(at Instant) {
	switch {
	case m.First == 0:
		*m = Mark{First: at, Last: at, Days: 1}
	case at > m.Last:
		if at.Day() != m.Last.Day() && m.Days < 1<<16-1 {
			m.Days++
		}
		m.Last = at
	case at < m.First:
		m.First = at
	}
}

// NewAt tells whether the thing was unknown an age before at.
func (m Mark) NewAt(at, age Instant) bool { return m.First == 0 || m.First > at-age }

// Marks is a bounded set of things met. When it is full, what was met longest ago makes room; what was not met for
// Expiry is forgotten. The zero value is empty and holds at most 64.
type Marks[K comparable] struct {
	Of map[K]*Mark `cbor:"1,keyasint,omitempty"`
	// Lost counts things that had to make room: a set that lost some cannot swear that something is new.
	Lost uint32 `cbor:"2,keyasint,omitempty"`
}

// Expiry is how long a thing not met stays known.
const Expiry = 90 * DayLen

// Get returns the mark of a thing, the zero Mark if unknown or expired at the instant.
func (s *Marks[K]) Get(k K, at Instant) Mark {
	if m := s.Of[k]; m != nil && m.Last > at-Expiry {
		return *m
	}
	return Mark{}
}

// Meet notes a meeting, in a set that holds at most limit.
func (s *Marks[K]) Meet(k K, at Instant, limit int) {
	m := s.Of[k]
	if m != nil && m.Last <= at-Expiry {
		*m = Mark{}
	}
	if m == nil {
		if len(s.Of) >= limit {
			s.makeRoom(at)
		}
		if s.Of == nil {
			s.Of = make(map[K]*Mark)
		}
		m = new(Mark)
		s.Of[k] = m
	}
	m.Meet(at)
}

// makeRoom drops the expired, or, if there are none, the sixteenth part that is worth least, so that a flood of
// strangers costs a sort only now and then.
func (s *Marks[K]) makeRoom(at Instant) {
	before := len(s.Of)
	for k, m := range s.Of {
		if m.Last <= at-Expiry {
			delete(s.Of, k)
		}
	}
	if len(s.Of) < before {
		return
	}
	edge := lowest(s.Of, (*Mark).worth)
	for k, m := range s.Of {
		if m.worth() <= edge {
			delete(s.Of, k)
			s.Lost++
		}
	}
}

// worth orders marks by what forgetting them would cost: who came on many days is kept before who came once just now,
// or a flood of strangers would wash the regulars out.
func (m *Mark) worth() Instant { return m.Last + Instant(min(m.Days, 30))*DayLen }

// lowest is the worth up to which the sixteenth part of a map's values lies.
func lowest[K comparable, V any](of map[K]V, worth func(V) Instant) Instant {
	all := make([]Instant, 0, len(of))
	for _, v := range of {
		all = append(all, worth(v))
	}
	slices.Sort(all)
	return all[len(all)/16]
}

// Known counts the things known at an instant that were first met at least an age before.
func (s *Marks[K]) Known(at, age Instant) int {
	n := 0
	for _, m := range s.Of {
		if m.Last > at-Expiry && m.First <= at-age {
			n++
		}
	}
	return n
}
