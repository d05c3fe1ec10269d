package detection

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"

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
	networks     originSet[netip.Prefix]
	applications originSet[string]
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
	s.spread(f.Vaults)
	s.extend(c)
}

// spread lets the story be about further vaults.
func (s *story) spread(vaults []string) {
	known := len(s.alert.Vaults)
	for _, v := range vaults {
		if !slices.Contains(s.alert.Vaults, v) {
			s.alert.Vaults = append(s.alert.Vaults, v)
		}
	}
	if len(s.alert.Vaults) > known {
		slices.Sort(s.alert.Vaults)
	}
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
	s.extend(c)
}

func vaultName(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// extend lets the story reach to a case, and take in where it came from.
func (s *story) extend(c *Case) {
	s.reach(c.At)
	s.networks.add(c.Network)
	s.applications.add(c.Record.Caller.Application)
}

func (s *story) reach(at Instant) {
	s.last = max(s.last, at)
	if t := at.Time(); t.After(s.alert.End) {
		s.alert.End = t
	}
}

// continues tells whether a record is a further act of the story's hand.
func (s *story) continues(c *Case) bool {
	return c.At <= s.last+pause && c.At >= s.opened && s.networks.has(c.Network) && s.applications.has(c.Record.Caller.Application)
}

// follow takes a record of the same hand in.
func (s *story) follow(c *Case) {
	rec := c.Record
	s.reach(c.At)
	s.alert.Operations[rec.Operation]++
	if !slices.Contains(s.alert.Vaults, rec.Vault) {
		return
	}
	s.touch(rec.Vault, c.Object, &baseline.Touch{First: c.At, Last: c.At, Count: 1, Operation: rec.Operation, Class: rec.Class,
		Type: rec.Object.Type, Object: rec.Object.Name, Outcome: rec.Outcome})
}
