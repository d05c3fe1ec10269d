package detection

import (
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// TickEvery is the grid of event time on which silent vaults are looked at without a record of theirs. The grid is fixed, so
// that it makes no difference how records arrive.
const TickEvery = 10 * baseline.Minute

// tick looks at the silent vaults if an instant lies beyond the next point of the grid. Points that no record follows are not
// looked at: at the end of a log everything is silent.
func (e *Engine) tick(at Instant) {
	point := at / TickEvery
	if point <= e.ticked || len(e.ticking) == 0 {
		return
	}
	first := e.ticked == 0
	e.ticked = point
	if first {
		return
	}
	e.silence = audit.Record{Time: (point * TickEvery).Time(), Operation: "(silence)"}
	c := &e.scratch
	*c = Case{Record: &e.silence, At: point * TickEvery, Estate: e.Estate, Addresses: e.addresses, Settings: e.settings}
	for _, d := range e.ticking {
		for v := range e.Estate.Silent(c.At-d.Silence.Lasting, d.Silence.PerHour) {
			e.silence.Vault, c.Vault = v.ID, v
			if f := d.Tick(c); f != nil {
				c.Tuning = e.tuningOf(v.ID)
				e.raise(d, c, f)
			}
		}
	}
}
