package baseline

// Mark is when something was first and last met, and on how many days. Of what vaults, principals and the estate met (their
// applications, networks, agents and objects) Last is good to the day only: see [Noted].
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
		if m.Last < at.Dawn() && m.Days < 1<<16-1 {
			m.Days++
		}
		m.Last = at
	case at < m.First:
		m.First = at
	}
}

// told tells whether one more meeting changes neither the first nor the number of days.
func (m Mark) told(at Instant) bool { return m.First != 0 && m.First <= at && m.Last >= at.Dawn() }

// NewAt tells whether the thing was unknown an age before at.
func (m Mark) NewAt(at, age Instant) bool { return m.First == 0 || m.First > at-age }

// Marks is a bounded set of things met. When it is full, what was met longest ago makes room; what was not met for
// Expiry is forgotten. The zero value is empty.
type Marks[K comparable] struct {
	dense[K, Mark]
	// Lost counts things that had to make room: a set that lost some cannot swear that something is new.
	Lost uint32 `cbor:"2,keyasint,omitempty"`
}

// Expiry is how long a thing not met stays known.
const Expiry = 90 * DayLen

// Get returns the mark of a thing, the zero Mark if unknown or expired at the instant.
func (s *Marks[K]) Get(k K, at Instant) Mark {
	if m := s.find(k); m != nil && m.Last > at-Expiry {
		return *m
	}
	return Mark{}
}

// Meet notes a meeting, in a set that holds at most limit, and returns what [Marks.Get] would have told before it.
func (s *Marks[K]) Meet(k K, at Instant, limit int) (before Mark) {
	m := s.seek(k)
	if m == nil {
		if s.Len() >= limit {
			s.makeRoom(at)
		}
		m = s.enter(k)
	}
	if m.Last <= at-Expiry {
		*m = Mark{}
	}
	before = *m
	m.Meet(at)
	return before
}

// makeRoom drops the expired, or, if there are none, the sixteenth part that is worth least, so that a flood of
// strangers costs a sort only now and then.
func (s *Marks[K]) makeRoom(at Instant) {
	if s.drop(func(m *Mark) bool { return m.Last <= at-Expiry }) > 0 {
		return
	}
	s.Lost += uint32(s.dropLeast((*Mark).worth))
}

// worth orders marks by what forgetting them would cost: who came on many days is kept before who came once just now,
// or a flood of strangers would wash the regulars out.
func (m *Mark) worth() Instant { return m.Last + Instant(min(m.Days, 30))*DayLen }

// Known counts the things known at an instant that were first met at least an age before.
func (s *Marks[K]) Known(at, age Instant) int {
	n := 0
	for _, m := range s.All() {
		if m.Last > at-Expiry && m.First <= at-age {
			n++
		}
	}
	return n
}
