package triage

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Rule silences alerts: they are kept and shown, but not delivered and not counted as open. Empty conditions match
// anything; all others must hold.
type Rule struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Reason is why, in the words of who made the rule.
	Reason string `json:"reason"`

	Type        string `json:"type,omitempty"`        // alert type
	Vault       string `json:"vault,omitempty"`       // lower-case resource id
	Caller      string `json:"caller,omitempty"`      // object id
	Application string `json:"application,omitempty"` // client application id
	IP          string `json:"ip,omitempty"`          // an address or a prefix

	Created time.Time `json:"created"`
	By      string    `json:"by"`
	// Expires ends the rule; it is required. Ended is when somebody ended it before, EndedBy who.
	Expires time.Time `json:"expires"`
	Ended   time.Time `json:"ended,omitzero"`
	EndedBy string    `json:"endedBy,omitempty"`
}

// Bounds of a rule.
const (
	MaxName   = 50
	MaxReason = 500
	MaxLife   = 366 * 24 * time.Hour
)

// Check refuses a rule that is not complete, with all that is wrong at once.
func (r Rule) Check() error {
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New(what))
		}
	}
	name, reason := utf8.RuneCountInString(strings.TrimSpace(r.Name)), utf8.RuneCountInString(strings.TrimSpace(r.Reason))
	need(name >= 2 && name <= MaxName, fmt.Sprintf("give the rule a name of 2 to %d characters", MaxName))
	need(reason >= 3 && reason <= MaxReason, fmt.Sprintf("say why, in 3 to %d characters: whoever reads this in a year will ask", MaxReason))
	need(r.Type+r.Vault+r.Caller+r.Application+r.IP != "", "choose at least one condition: a rule without one would silence everything")
	need(r.Expires.After(r.Created) && r.Expires.Sub(r.Created) <= MaxLife, "choose when the rule ends, at most a year ahead")
	need(r.IP == "" || validIP(r.IP), "the address must be an address or a prefix like 203.0.113.0/24")
	return errors.Join(errs...)
}

func validIP(s string) bool {
	_, err := netip.ParseAddr(s)
	_, err2 := netip.ParsePrefix(s)
	return err == nil || err2 == nil
}

// Matches tells whether the rule's conditions hold for an alert, in force or not: the question of a preview. An alert
// that spans vaults is matched by no rule about one of them.
func (r Rule) Matches(a detection.Alert) bool {
	return r.Type+r.Vault+r.Caller+r.Application+r.IP != "" &&
		(r.Type == "" || r.Type == a.Type) &&
		(r.Caller == "" || strings.EqualFold(r.Caller, a.Caller)) &&
		(r.Application == "" || strings.EqualFold(r.Application, a.Application)) &&
		(r.Vault == "" || onlyVault(a, r.Vault)) &&
		(r.IP == "" || sameIP(r.IP, a.IP))
}

func onlyVault(a detection.Alert, vault string) bool {
	if len(a.Vaults) == 0 {
		return strings.EqualFold(a.Vault, vault)
	}
	return !slices.ContainsFunc(a.Vaults, func(v string) bool { return !strings.EqualFold(v, vault) })
}

func sameIP(rule, ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	if prefix, err := netip.ParsePrefix(rule); err == nil {
		return prefix.Contains(addr)
	}
	one, err := netip.ParseAddr(rule)
	return err == nil && one == addr
}

// InForce tells whether the rule holds at a moment of the clock.
func (r Rule) InForce(now time.Time) bool {
	return !now.Before(r.Created) && now.Before(r.Expires) && (r.Ended.IsZero() || now.Before(r.Ended))
}

// Silences tells whether the rule silences an alert: it matches, and was in force when the alert was raised. An alert
// that is not raised yet counts as raised now.
func (r Rule) Silences(a detection.Alert, now time.Time) bool {
	raised := a.Seen
	if raised.IsZero() {
		raised = now
	}
	return r.Matches(a) && r.InForce(raised)
}
