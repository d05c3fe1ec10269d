package month

import (
	"slices"
	"time"
)

// Message is one Event Hub message.
type Message struct {
	// Arrived is when the hub took it.
	Arrived time.Time
	// Body is {"records":[…]}; it is the reader's to keep.
	Body []byte
}

// Export delays, from the event to the hub. The service promises less than ten minutes; measured ones lie here.
const (
	leastDelay = 45 * time.Second
	mostDelay  = 280 * time.Second
	// window is how long an exporter gathers records for one message.
	window = 180 * time.Second
	// lanes is the number of exporters; records of one vault go through all of them.
	lanes = 2
	// mostRecords closes a message early.
	mostRecords = 90
	// twice is the share of messages that come again.
	twice = 0.004
)

// exporter gathers the records of a lane into messages.
type exporter struct {
	writer  writer
	dice    dice
	open    [lanes]parcel
	pending []Message
}

type parcel struct {
	body  []byte
	count int
	// until is when the window closes.
	until time.Time
}

// export tells the tale and yields messages as they arrive.
func (m *Month) export(yield func(Message) bool) {
	d := newDice(m.house.seed, "export", 0)
	e := &exporter{dice: d, writer: writer{dice: d, tenant: m.house.tenant}}
	more := true
	m.days(func(start time.Time, calls []call) bool {
		more = e.deliver(start, yield)
		for i := range calls {
			if !more {
				break
			}
			e.add(&calls[i])
		}
		return more
	})
	if more {
		e.deliver(m.house.end.AddDate(0, 0, 9), yield)
	}
}

// add writes a call into the parcel of a lane. A muted vault writes nothing.
func (e *exporter) add(c *call) {
	if c.vault.muted(c.at) && c.operation != dropSettings {
		return
	}
	p := &e.open[e.dice.IntN(lanes)]
	if p.count > 0 && (!c.at.Before(p.until) || p.count >= mostRecords) {
		e.close(p)
	}
	if p.count == 0 {
		p.until = c.at.Add(e.dice.span(window/4, window))
		p.body = append(make([]byte, 0, 8<<10), `{"records":[`...)
	} else {
		p.body = append(p.body, ',')
	}
	p.body = e.writer.record(p.body, c)
	p.count++
}

// close sends a parcel on its way, now and then twice.
func (e *exporter) close(p *parcel) {
	if p.count == 0 {
		return
	}
	arrived := p.until.Add(e.dice.span(leastDelay, mostDelay-window))
	body := append(p.body, `]}`...)
	e.pending = append(e.pending, Message{Arrived: arrived, Body: body})
	if e.dice.chance(twice) {
		e.pending = append(e.pending, Message{Arrived: arrived.Add(e.dice.span(20*time.Second, 15*time.Minute)), Body: slices.Clone(body)})
	}
	*p = parcel{}
}

// deliver yields what has arrived before a moment, in order of arrival.
func (e *exporter) deliver(before time.Time, yield func(Message) bool) bool {
	for i := range e.open {
		if e.open[i].until.Before(before) {
			e.close(&e.open[i])
		}
	}
	slices.SortStableFunc(e.pending, func(a, b Message) int { return a.Arrived.Compare(b.Arrived) })
	n := 0
	for n < len(e.pending) && e.pending[n].Arrived.Before(before) {
		if !yield(e.pending[n]) {
			return false
		}
		n++
	}
	e.pending = slices.Delete(e.pending, 0, n)
	return true
}
