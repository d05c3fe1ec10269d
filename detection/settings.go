package detection

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Settings are what an operator says about vaults. The zero value says nothing and is a good start. They are read by
// [ParseSettings] and never change afterwards.
type Settings struct {
	// Canaries are objects nobody should ever touch.
	Canaries map[Canary]bool
	// Everywhere holds for all vaults; Subscriptions (by id) and Vaults (by name or resource id) say where it is
	// different. All keys are lower-case.
	Everywhere    Tuning
	Subscriptions map[string]Tuning
	Vaults        map[string]Tuning
	Suppressions  []Suppression
}

// Canary names a bait object, in lower-case. An empty Object makes the whole vault bait.
type Canary struct{ Vault, Object string }

// Tuning is what may differ from vault to vault. Zero members mean "as elsewhere".
type Tuning struct {
	Mode Mode
	// Budget is how many false alerts a month the operator accepts for one vault; see [Case.Budget].
	Budget float64
	// Severity overrides detections' severities by alert type; Silenced turns types off.
	Severity map[string]Severity
	Silenced map[string]bool
	// Known are the operator's own networks, beside those of the address lists.
	Known []netip.Prefix
	// BreakGlass vaults are opened in emergencies only: any value read from them is an alert.
	BreakGlass bool

	// baited: canaries name the vault, or something in it.
	baited bool
}

// Mode is whether a vault's alerts are raised.
type Mode uint8

const (
	AsElsewhere Mode = iota
	// On raises alerts, Observe raises them marked as suppressed, Off raises none. The vault is learned in all modes.
	On
	Observe
	Off
)

// DefaultBudget is the false alerts per vault-month that are accepted where nothing is said.
const DefaultBudget = 0.25

// Suppression keeps matching alerts from being delivered until it expires. They are raised, kept and marked. The names
// are those of Defender's suppression rules. Empty conditions match anything.
type Suppression struct {
	Type        string // alert type, or "*"
	Reason      string
	Comment     string
	Expires     time.Time
	Vault       string // name or resource id
	Caller      string
	Application string
	Network     netip.Prefix
}

// For is the tuning of one vault, everything filled in.
func (s *Settings) For(vault string) Tuning {
	t := Tuning{Mode: On, Budget: DefaultBudget, Severity: map[string]Severity{}, Silenced: map[string]bool{}}
	t.override(s.Everywhere)
	if sub, ok := s.Subscriptions[subscription(vault)]; ok {
		t.override(sub)
	}
	for _, key := range []string{vaultName(vault), vault} {
		if v, ok := s.Vaults[key]; ok {
			t.override(v)
		}
	}
	for bait := range s.Canaries {
		t.baited = t.baited || bait.Vault == vaultName(vault)
	}
	return t
}

func (t *Tuning) override(o Tuning) {
	if o.Mode != AsElsewhere {
		t.Mode = o.Mode
	}
	if o.Budget != 0 {
		t.Budget = o.Budget
	}
	for k, v := range o.Severity {
		t.Severity[k] = v
		delete(t.Silenced, k)
	}
	for k := range o.Silenced {
		t.Silenced[k] = true
	}
	t.Known = append(slices.Clip(t.Known), o.Known...)
	t.BreakGlass = t.BreakGlass || o.BreakGlass
}

// subscription is the id in a resource id, empty if there is none.
func subscription(vault string) string {
	rest, ok := strings.CutPrefix(vault, "/subscriptions/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// matches tells whether a suppression covers an alert. It runs on event time: what happened after the rule expired is
// not covered, whenever it is looked at.
func (s Suppression) matches(a *Alert) bool {
	ip, _ := netip.ParseAddr(a.IP)
	return (s.Type == "*" || s.Type == a.Type) && a.Time.Before(s.Expires) &&
		(s.Caller == "" || s.Caller == a.Caller) && (s.Application == "" || s.Application == a.Application) &&
		(!s.Network.IsValid() || s.Network.Contains(ip)) &&
		(s.Vault == "" || !slices.ContainsFunc(a.Vaults, func(v string) bool { return v != s.Vault && vaultName(v) != s.Vault }))
}

// Budget turns the accepted false alerts per vault-month into the odds a detection may take. Newcomer is the daily
// chance of a newcomer up to which one is worth an alert; Hourly and Daily are tail probabilities for one series an hour
// or a day.
type Budget struct {
	Newcomer, Hourly, Daily float64
}

// Shares of the budget. A vault has some thirty days and some ten active callers a month, whose hours and days are each
// a chance to be wrong.
const (
	newcomersPerAlert = 12   // newcomers of all sorts that bring one false alert, since most are discounted otherwise
	hourlyTrials      = 2500 // hours of all series, as far as they are independent
	dailyTrials       = 250
)

// Budget is what the settings allow for the case's vault.
func (c *Case) Budget() Budget {
	b := c.Tuning.Budget
	return Budget{
		Newcomer: 1 - math.Exp(-newcomersPerAlert*b/30),
		Hourly:   math.Min(b/hourlyTrials, 0.01),
		Daily:    math.Min(b/dailyTrials, 0.05),
	}
}
