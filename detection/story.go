package detection

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// story is an alert while it is open: later records of the same hand still go into it.
type story struct {
	alert     Alert
	detection *Detection
	key       string
	// reasons by detection id and vault, in the order in which they came.
	reasons []reasons
	// networks and applications are those of the story: what the caller does with others is not part of it.
	networks     map[netip.Prefix]bool
	applications map[string]bool
	touched      map[touchedKey]*Touched
	// home is the vault of the record that opened the story.
	home string
	// by is the key under which the stories are found, see keyOf.
	by      string
	last    Instant
	opened  Instant
	changed bool
	// outside: the address is neither the operator's own, nor private, nor Azure's, so that sharing it means something.
	outside bool
}

type reasons struct {
	id     string
	vault  string // that the sentences must name
	texts  []string
	tell   func() []string
	weight int
	number Number
}

type touchedKey struct{ vault, name, operation string }

const (
	// coolDown is how long further findings of the same kind update an alert instead of raising another.
	coolDown = 24 * baseline.Hour
	// pause ends the hand's continuous work: what the caller does later is not counted to the story.
	pause = baseline.Hour
	// maxTouched bounds the objects followed per story.
	maxTouched = 4 * MaxObjects
)

// newStory makes a finding into an open alert.
func newStory(d *Detection, c *Case, f *Finding) *story {
	s := &story{detection: d, key: f.Key, home: c.Record.Vault, opened: c.At, last: c.At,
		networks: map[netip.Prefix]bool{c.Network: true}, applications: map[string]bool{c.Record.Caller.Application: true},
		touched: map[touchedKey]*Touched{}, outside: c.Place == Outside}
	s.alert = Alert{
		Type: d.ID, Title: d.Title, Severity: d.severity(f), Confidence: f.Confidence,
		Time: c.Record.Time, Start: c.Record.Time, End: c.Record.Time,
		Vault: c.Record.Vault, Vaults: []string{c.Record.Vault},
		Application: c.Record.Caller.Application, ClientInfo: c.Record.Agent,
		Tactics: d.Tactics, Techniques: d.Techniques, Remediation: d.Do,
		Operations: map[string]int{},
	}
	if c.Record.Address.IsValid() {
		s.alert.IP = c.Record.Address.String()
	}
	if !f.Nobody {
		s.alert.Caller, s.alert.CallerName, s.alert.CallerKind = c.Record.Caller.ID, c.name(), c.kind().String()
	}
	if f.Vaults != nil {
		s.alert.Vault = ""
	}
	s.alert.ID = s.id()
	s.update(c, f)
	s.lookBack(c, f, s.alert.Vaults)
	return s
}

// id is the same whenever and wherever the story is told.
func (s *story) id() string {
	a := &s.alert
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s\x00%d", a.Type, a.Vault, a.Caller, s.key, a.Time.UnixNano()))
	return hex.EncodeToString(sum[:12])
}

// update takes a further finding of the story's own detection in.
func (s *story) update(c *Case, f *Finding) {
	s.reason(s.detection, c, f, "")
	s.alert.Severity = max(s.alert.Severity, s.detection.severity(f))
	for _, v := range f.Vaults {
		if !slices.Contains(s.alert.Vaults, v) {
			s.alert.Vaults = append(s.alert.Vaults, v)
		}
	}
	slices.Sort(s.alert.Vaults)
	s.extend(c.At)
	s.networks[c.Network] = true
	s.applications[c.Record.Caller.Application] = true
}

// join takes a finding of another detection, or on another vault, into the story.
func (s *story) join(d *Detection, c *Case, f *Finding) {
	a := &s.alert
	if d.ID != a.Type && !slices.Contains(a.Also, d.ID) {
		a.Also = append(a.Also, d.ID)
	}
	if vault := c.Record.Vault; !slices.Contains(a.Vaults, vault) {
		a.Vault, a.Vaults = "", append(a.Vaults, vault)
		slices.Sort(a.Vaults)
		s.lookBack(c, f, []string{vault})
	}
	elsewhere := ""
	if vault := c.Record.Vault; vault != s.home {
		elsewhere = vaultName(vault)
	}
	s.reason(d, c, f, elsewhere)
	a.Severity = max(a.Severity, d.severity(f))
	s.extend(c.At)
	s.networks[c.Network] = true
	s.applications[c.Record.Caller.Application] = true
}

func vaultName(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// severity is a finding's own, or else the papers'.
func (d *Detection) severity(f *Finding) Severity {
	if f.Severity != Informational {
		return f.Severity
	}
	return d.Severity
}

// reason keeps the weightiest sentences of a detection on a vault, which they name if it is another than the story's.
func (s *story) reason(d *Detection, c *Case, f *Finding, elsewhere string) {
	i := slices.IndexFunc(s.reasons, func(r reasons) bool { return r.of(d, c.Record.Vault) })
	if i < 0 {
		i = len(s.reasons)
		s.reasons = append(s.reasons, reasons{id: d.ID + " " + c.Record.Vault, weight: math.MinInt})
	}
	if r := &s.reasons[i]; f.Weight > r.weight {
		f.explain()
		r.vault, r.texts, r.tell, r.weight, r.number = elsewhere, f.Reasons, f.Tell, f.Weight, f.numbered(d, c)
	}
}

func (f *Finding) explain() {
	if f.Explain != nil {
		f.Reasons, f.Explain = f.Explain(), nil
	}
}

// sentences are made when they are read.
func (r *reasons) sentences() []string {
	if r.tell != nil {
		r.texts, r.tell = r.tell(), nil
	}
	if r.vault == "" {
		return r.texts
	}
	texts := make([]string, len(r.texts))
	for i, t := range r.texts {
		texts[i] = r.vault + ": " + t
	}
	return texts
}

// numbered is the finding's number with who counted it, and where.
func (f *Finding) numbered(d *Detection, c *Case) Number {
	n := f.Number
	if n.What == "" {
		return n
	}
	n.Detection = d.ID
	if f.Vaults == nil {
		n.Vault = c.Record.Vault
	}
	return n
}

func (r *reasons) of(d *Detection, vault string) bool {
	return len(r.id) == len(d.ID)+1+len(vault) && strings.HasPrefix(r.id, d.ID) && strings.HasSuffix(r.id, vault)
}

func (s *story) extend(at Instant) {
	s.last = max(s.last, at)
	if t := at.Time(); t.After(s.alert.End) {
		s.alert.End = t
	}
}

// lookBack lists what the same hand did before the alert was decided.
func (s *story) lookBack(c *Case, f *Finding, vaults []string) {
	for _, vault := range vaults {
		v := c.Estate.Vault(vault)
		if v == nil || v.Member(c.Record.Caller.ID) == nil {
			continue
		}
		recent := &v.Member(c.Record.Caller.ID).Recent
		for t := range recent.Since(c.At - 24*baseline.Hour) {
			s.alert.Operations[t.Operation] += int(t.Count)
			if t.Last >= f.Since && s.networks[baseline.Network(t.Address)] {
				s.touch(vault, c.Estate.Name(audit.Object{Type: t.Type, Name: t.Object}), t)
			}
		}
	}
}

// touch takes requests in, by the name of the object they were for.
func (s *story) touch(vault, name string, t *baseline.Touch) {
	if first := t.First.Time(); first.Before(s.alert.Start) {
		s.alert.Start = first
	}
	if t.Object == "" || t.Outcome != audit.Success && t.Outcome != audit.Denied {
		return
	}
	operation := t.Operation
	if t.Outcome == audit.Denied {
		operation += " (denied)"
	}
	k := touchedKey{vault, name, operation}
	if o := s.touched[k]; o != nil {
		o.Count += int(t.Count)
		if last := t.Last.Time(); last.After(o.Last) {
			o.Last = last
		}
		return
	}
	if len(s.touched) < maxTouched {
		s.touched[k] = &Touched{vault, name, operation, int(t.Count), t.First.Time(), t.Last.Time()}
	} else {
		s.alert.MoreObjects++
	}
}

// continues tells whether a record is a further act of the story's hand.
func (s *story) continues(c *Case) bool {
	return c.At <= s.last+pause && c.At >= s.opened && s.networks[c.Network] && s.applications[c.Record.Caller.Application]
}

// follow takes a record of the same hand in.
func (s *story) follow(c *Case) {
	rec := c.Record
	s.extend(c.At)
	s.alert.Operations[rec.Operation]++
	if !slices.Contains(s.alert.Vaults, rec.Vault) {
		return
	}
	s.touch(rec.Vault, c.Object, &baseline.Touch{First: c.At, Last: c.At, Count: 1, Operation: rec.Operation, Class: rec.Class,
		Type: rec.Object.Type, Object: rec.Object.Name, Outcome: rec.Outcome})
}

// snapshot is the alert as of now.
func (s *story) snapshot() Alert {
	a := s.alert
	a.Vaults, a.Also = slices.Clone(a.Vaults), slices.Clone(a.Also)
	a.Operations = maps.Clone(a.Operations)
	a.Reasons, a.Numbers = nil, nil
	for i := range s.reasons {
		r := &s.reasons[i]
		a.Reasons = append(a.Reasons, r.sentences()...)
		if r.number.What != "" {
			a.Numbers = append(a.Numbers, r.number)
		}
	}
	a.Networks, a.Applications = s.origins()
	a.Objects = s.objects()
	if extra := len(a.Objects) - MaxObjects; extra > 0 {
		a.Objects = a.Objects[:MaxObjects]
		a.MoreObjects += extra
	}
	return a
}

// origins are the networks and applications of the story, sorted.
func (s *story) origins() (networks, applications []string) {
	for n := range s.networks {
		networks = append(networks, networkName(n))
	}
	slices.Sort(networks)
	applications = slices.Sorted(maps.Keys(s.applications))
	return networks[:min(len(networks), MaxOrigins)], applications[:min(len(applications), MaxOrigins)]
}

// objects are those touched, in order of first touch.
func (s *story) objects() []Touched {
	out := make([]Touched, 0, len(s.touched))
	for _, t := range s.touched {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(x, y Touched) int {
		return cmp.Or(x.First.Compare(y.First), cmp.Compare(x.Vault, y.Vault), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Operation, y.Operation))
	})
	return out
}
