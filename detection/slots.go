package detection

import "github.com/vaultwatch/vaultwatch/detection/audit"

// slots are where records lie while they wait. Those that were judged leave theirs to the next, so that a log that flows
// takes no new memory, and always the same.
type slots struct{ free []*audit.Record }

const (
	// slotsAtOnce are made at a time.
	slotsAtOnce = 256
	// maxFree is how many are kept for later, some 5 MB: what a flood took beyond that is given back.
	maxFree = 16 << 10
)

// keep returns a copy of a record that holds until it is left.
func (s *slots) keep(rec *audit.Record) *audit.Record {
	if len(s.free) == 0 {
		made := make([]audit.Record, slotsAtOnce)
		for i := range made {
			s.free = append(s.free, &made[i])
		}
	}
	last := len(s.free) - 1
	slot := s.free[last]
	s.free = s.free[:last]
	*slot = *rec
	return slot
}

// leave gives the place of a record back.
func (s *slots) leave(slot *audit.Record) {
	if len(s.free) < maxFree {
		s.free = append(s.free, slot)
	}
}
