package detection

import (
	"slices"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// deferred holds the verdicts that wait: one per detection, vault and caller.
type deferred struct {
	byID    map[string]*Detection
	waiting []*putOff // in order of Due, then of coming
	keys    map[putOffKey]bool
}

// putOff is one verdict that waits until Due.
type putOff struct {
	Due       Instant
	Record    audit.Record
	Finding   Finding
	detection *Detection
}

type putOffKey struct{ id, vault, caller, key string }

func (d *deferred) init(catalogue []*Detection) {
	d.byID, d.keys = map[string]*Detection{}, map[putOffKey]bool{}
	for _, x := range catalogue {
		d.byID[x.ID] = x
	}
}

func (p *putOff) key() putOffKey {
	return putOffKey{p.detection.ID, p.Record.Vault, p.Record.Caller.ID, p.Finding.Key}
}

// put lets a verdict wait; the first finding of a kind stands for those that follow while it waits.
func (d *deferred) put(det *Detection, c *Case, f *Finding) {
	if d.keys[putOffKey{det.ID, c.Record.Vault, c.Record.Caller.ID, f.Key}] {
		return
	}
	f.explain()
	if f.Tell != nil {
		f.Reasons, f.Tell = f.Tell(), nil // what waits must survive being written down
	}
	d.insert(&putOff{c.At + det.Wait, *c.Record, *f, det})
}

func (d *deferred) insert(p *putOff) {
	d.keys[p.key()] = true
	at, _ := slices.BinarySearchFunc(d.waiting, p.Due+1, func(w *putOff, t Instant) int { return int(min(max(w.Due-t, -1), 1)) })
	d.waiting = slices.Insert(d.waiting, at, p)
}

// due removes and returns the next verdict that is due before or at an instant, nil if none is.
func (d *deferred) due(until Instant) *putOff {
	if len(d.waiting) == 0 || d.waiting[0].Due > until {
		return nil
	}
	p := d.waiting[0]
	d.waiting = d.waiting[1:]
	delete(d.keys, p.key())
	return p
}

// name is the best name known for the case's caller.
func (c *Case) name() string {
	if c.Record.Caller.Name != "" || c.Principal == nil {
		return c.Record.Caller.Name
	}
	return c.Principal.Name
}

// kind is the best guess at what the caller is: control-plane records tell less than others.
func (c *Case) kind() audit.Kind {
	if k := c.Record.Caller.Kind; k != audit.UnknownKind || c.Principal == nil {
		return k
	}
	return c.Principal.Kind
}
