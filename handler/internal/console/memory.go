package console

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// mark is something that was met: an application, a network, a family of user agents, an operation.
type mark struct {
	What  string    `json:"what"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Days  int       `json:"days"`
	New   bool      `json:"new"` // first met within the last week, while more was known before
}

// newFor is for how long something that was never met before is called new.
const newFor = 7 * baseline.DayLen

// maxMarks bounds the lists of a page.
const maxMarks = 60

// marks copies what was met out of memory, the latest first, what is new foremost.
func marks[K comparable](of baseline.Marks[K], now baseline.Instant, name func(K) string) (list []mark, more int) {
	for k, m := range of.All() {
		if m.Last <= now-baseline.Expiry {
			continue
		}
		list = append(list, mark{What: name(k), First: m.First.Time(), Last: m.Last.Time(), Days: int(m.Days), New: m.First > now-newFor})
	}
	allNew := !slices.ContainsFunc(list, func(m mark) bool { return !m.New })
	for i := range list {
		list[i].New = list[i].New && !allNew
	}
	slices.SortFunc(list, func(a, b mark) int {
		return cmp.Or(-compareBool(a.New, b.New), cmp.Compare(b.Days, a.Days), b.Last.Compare(a.Last), cmp.Compare(a.What, b.What))
	})
	n := min(len(list), maxMarks)
	return list[:n], len(list) - n
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func textName(s string) string { return cmp.Or(s, "not said") }

func prefixName(p netip.Prefix) string { return p.String() }

// applicationName is an application's id, with the name of Microsoft's own.
func applicationName(id string) string {
	if name, ok := audit.FirstParty(id); ok {
		return name + " (" + id + ")"
	}
	return textName(id)
}

// member is what a vault's page says of a caller.
type member struct {
	ID, Name, Kind string
	First, Last    time.Time
	// Days of the last 30 on which it had success; Dots are those days, the oldest first.
	Days  int
	Dots  []uint32
	New   bool
	Since string // "founder", "new", or nothing
	// Refused is when it was denied last.
	Refused time.Time
	Objects int
	Tools   string
	Today   uint32
	Usual   float64
}

const memberDays = 30

func newMember(id string, m *baseline.Member, e *baseline.Estate, now baseline.Instant) member {
	out := member{ID: id, Kind: m.Kind.String(), Days: m.Active.Within(now.Day()+1, memberDays), Objects: m.Objects.Len(), Usual: mean(m.Requests.Daily) + mean(m.Series(audit.Crypto).Daily)}
	if p := e.Principals[id]; p != nil {
		out.Name = p.Name
	}
	for d := now.Day() - memberDays + 1; d <= now.Day(); d++ {
		n := uint32(0)
		if m.Active.Has(d) {
			n = 1
		}
		out.Dots = append(out.Dots, n)
	}
	if m.Access.First > 0 {
		out.First, out.Last = m.Access.First.Time(), m.Access.Last.Time()
	}
	if m.Refused.Last > 0 {
		out.Refused = m.Refused.Last.Time()
	}
	switch {
	case m.Founder:
		out.Since = "there from the first days"
	case m.Access.First > now-newFor:
		out.Since, out.New = "new", true
	}
	tools, _ := marks(m.Agents, now, textName)
	for i, t := range tools[:min(len(tools), 3)] {
		if i > 0 {
			out.Tools += ", "
		}
		out.Tools += t.What
	}
	for _, s := range []baseline.Series{m.Requests, *m.Series(audit.Crypto)} {
		for _, n := range lastHours(s, now) {
			out.Today += n
		}
	}
	return out
}

// maxMembers bounds the callers of a page.
const maxMembers = 100

func members(v *baseline.Vault, e *baseline.Estate, now baseline.Instant) (list []member, more int) {
	for id, m := range v.All() {
		list = append(list, newMember(id, m, e, now))
	}
	slices.SortFunc(list, func(a, b member) int {
		return cmp.Or(-compareBool(a.New, b.New), cmp.Compare(b.Days, a.Days), b.Last.Compare(a.Last), cmp.Compare(a.ID, b.ID))
	})
	n := min(len(list), maxMembers)
	return list[:n], len(list) - n
}

// touch is one or several like requests, with their caller and vault.
type touch struct {
	First, Last time.Time
	Count       int
	Vault       string
	Caller      string
	Operation   string
	Class       audit.Class
	Object      string
	Outcome     audit.Outcome
	Address     string
	Application string
}

func newTouch(vault, caller string, t *baseline.Touch) touch {
	out := touch{First: t.First.Time(), Last: t.Last.Time(), Count: int(t.Count), Vault: vault, Caller: caller, Operation: t.Operation, Class: t.Class,
		Object: audit.Object{Type: t.Type, Name: t.Object}.String(), Outcome: t.Outcome, Application: t.Application}
	if t.Address.IsValid() {
		out.Address = t.Address.String()
	}
	return out
}

// touchesOf are what a principal did between two times on all vaults, as far as it is remembered: its last day.
func touchesOf(e *baseline.Estate, principal string, from, to time.Time) (list []touch) {
	p := e.Principals[principal]
	if p == nil {
		return nil
	}
	for id := range p.Ties.All() {
		v := e.Vaults[id]
		if v == nil || v.Member(principal) == nil {
			continue
		}
		recent := v.Member(principal).Recent
		for i := range recent.Touches {
			if t := newTouch(id, principal, &recent.Touches[i]); !t.Last.Before(from) && !t.First.After(to) {
				list = append(list, t)
			}
		}
	}
	slices.SortFunc(list, func(a, b touch) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Vault, b.Vault), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Object, b.Object))
	})
	return list
}

// touchesOn are what all known callers did on a vault since a time, as far as it is remembered.
func touchesOn(v *baseline.Vault, since time.Time) (list []touch) {
	for caller, m := range v.All() {
		for i := range m.Recent.Touches {
			if t := newTouch(v.ID, caller, &m.Recent.Touches[i]); !t.Last.Before(since) {
				list = append(list, t)
			}
		}
	}
	return list
}
