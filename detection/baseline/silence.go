package baseline

import "iter"

// voice is what a search for silent vaults asks of each: when its log was heard last and how often an hour it speaks.
// The voices of all vaults lie side by side, since they are looked at every few minutes of event time: going through the
// vaults themselves would cost more than all records together, where there are thousands that say little.
type voice struct {
	heard   Instant
	perHour float64
}

// seat is a vault in the order of ids, with its number among the voices.
type seat struct {
	vault  *Vault
	number int32
}

// Silent yields the vaults, by id, whose own log was heard last at an instant or before, and that speak at least rate
// times an hour on average.
func (e *Estate) Silent(since Instant, rate float64) iter.Seq[*Vault] {
	return func(yield func(*Vault) bool) {
		for _, s := range e.order {
			if v := e.voices[s.number]; v.heard <= since && v.heard != 0 && v.perHour >= rate && !yield(s.vault) {
				return
			}
		}
	}
}

// hear keeps a vault's voice. How often it speaks changes with the first record of an hour.
func (e *Estate) hear(v *Vault, at Instant) {
	mine := &e.voices[v.number]
	if mine.heard = v.Heard; at == v.SpokenAt {
		mine.perHour = v.PerHour()
	}
}

// PerHour is how often an hour the vault's own log speaks on average.
func (v *Vault) PerHour() float64 {
	mean, _ := v.Spoke.Estimate(0, 1, 0)
	return mean
}
