package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

const (
	putGetWindow     = baseline.Hour   // from a change whose content we don't know to the read
	putGetSelfWindow = baseline.DayLen // from a grant to oneself
	putGetHabitDays  = 2               // of the last 60: a caller that does this regularly
	putGetMany       = 8               // objects read by another than the actor: second evidence
	putGetHigh       = 10              // objects read from which on the alert is High
)

// putGet watches for people who let themselves in.
func putGet() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_PutGetAnomaly",
			Title:      "Suspicious policy change and secret query in a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess", "Persistence"},
			Techniques: []string{"T1098.003", "T1555.006"},
			Family:     detection.RuleLike,
			Meaning:    "A caller changed who may read the vault and then read from it (or the one it let in did). Somebody with rights on the vault's settings, but none on its secrets, lets himself in this way.",
			Harmless:   []string{"A deployment pipeline that sets policies and then refreshes its state.", "An administrator who onboards himself.", "Incident responders removing rights."},
			Blind:      []string{"On vaults with role-based access the grant is a role assignment: without the activity log it is not seen.", "A grant to a colleague that the colleague uses moderately: everyday work.", "A role on the whole subscription or resource group for somebody who was in already; a role on a management group."},
			Do:         []string{askOwner, "Take the right away again and check what else was granted.", rotate, contain},
		},
		Interest: detection.Success(audit.Value, audit.List, audit.Export, audit.Crypto, audit.Read),
		Judge:    judgePutGet,
		Fires:    []string{putGetFires, putGetOtherFires, putGetScopeFires},
		Silent:   []string{putGetPipelineSilent, putGetColleagueSilent, putGetScopeSilent},
	}
}

// letIn holds one change of rights against the read of the case.
func letIn(c *detection.Case, scope *baseline.Vault, ch *baseline.Change) *detection.Finding {
	if ch.At > c.At || len(ch.Grants) == 0 && (len(ch.Revokes) > 0 || ch.Operation == "VaultDelete") {
		return nil
	}
	if c.Vault.Born == ch.At {
		return nil // the vault was created by it
	}
	if ch.Actor == c.Record.Caller.ID {
		return selfLetIn(c, scope, ch)
	}
	return otherLetIn(c, scope, ch)
}

func selfLetIn(c *detection.Case, scope *baseline.Vault, ch *baseline.Change) *detection.Finding {
	self := grants(ch, c.Record.Caller.ID)
	if !self && (ch.Known || c.At > ch.At+putGetWindow) {
		return nil
	}
	habitual := c.Member.PolicyThenRead.Within(c.At.Day(), 60)
	c.Member.PolicyThenRead.Mark(c.At.Day())
	if habitual >= putGetHabitDays && !c.NewAgent() && !c.NewNetwork() {
		return nil
	}
	if !self && !mayHaveGranted(c, ch) {
		return nil
	}
	f := &detection.Finding{Since: ch.At, Confidence: "medium"}
	f.Reasons = append(f.Reasons, fmt.Sprintf("%s, %s after the caller itself had changed the vault's rights by %s.", c.Record.Operation, lasting(c.At.Span(ch.At)), ch.Operation))
	if self {
		f.Reasons, f.Confidence = append(f.Reasons, "The change gave the caller "+roles(ch, c.Record.Caller.ID)+"."), "high"
	} else {
		f.Reasons = append(f.Reasons, "The record does not say which rights were changed.")
	}
	f.Reasons = append(f.Reasons, fmt.Sprintf("It had done so on %d days of the 60 before.", habitual))
	return escalate(c, scope, ch, f)
}

// mayHaveGranted tells whether a change of unknown content could be what opened the vault to the caller: not if the
// caller could read here before.
func mayHaveGranted(c *detection.Case, ch *baseline.Change) bool {
	m := c.Member.Classes[c.Record.Class]
	return m.First == 0 || m.First > ch.At
}

func otherLetIn(c *detection.Case, scope *baseline.Vault, ch *baseline.Change) *detection.Finding {
	if !c.Member.Access.NewAt(c.At, putGetSelfWindow) {
		return nil // nobody had to let it in
	}
	named := grants(ch, c.Record.Caller.ID)
	window := detection.Instant(putGetWindow)
	if named {
		window = putGetSelfWindow
	}
	if c.At > ch.At+window || c.Founding() && !named || !named && (ch.Known || !c.Member.Access.NewAt(c.At, window)) {
		return nil
	}
	n := freshObjects(c, ch.At)
	var second []string
	if n >= putGetMany {
		second = append(second, fmt.Sprintf("It read %s for the first time since.", plural(n, "object")))
	}
	if c.Place == detection.Outside && c.NewNetwork() {
		second = append(second, fmt.Sprintf("It came from %s, a network new to caller and vault.", from(c)))
	}
	if named && revoked(scope, ch) {
		second = append(second, "The right was taken away again.")
	}
	if len(second) == 0 {
		return nil
	}
	f := &detection.Finding{Since: ch.At, Confidence: "medium"}
	f.Reasons = append(f.Reasons, fmt.Sprintf("%s, %s after %s had changed the vault's rights by %s.", c.Record.Operation, lasting(c.At.Span(ch.At)), who(ch), ch.Operation))
	f.Reasons = append(f.Reasons, second...)
	return escalate(c, scope, ch, f)
}

// escalate raises the severity when the trace was covered or much was read.
func escalate(c *detection.Case, scope *baseline.Vault, ch *baseline.Change, f *detection.Finding) *detection.Finding {
	n := freshObjects(c, ch.At)
	f.Weight = n
	if n >= putGetHigh {
		f.Severity = detection.High
		f.Reasons = append(f.Reasons, fmt.Sprintf("%s were read since the change.", plural(n, "object")))
	}
	if revoked(scope, ch) {
		f.Severity = detection.High
		f.Reasons = append(f.Reasons, "The right was taken away again afterwards.")
	}
	return f
}

func grants(ch *baseline.Change, principal string) bool { return roles(ch, principal) != "" }

func roles(ch *baseline.Change, principal string) string {
	for _, g := range ch.Grants {
		if g.Principal == principal && g.Data {
			return g.Role
		}
	}
	return ""
}

// revoked tells whether a later change named the grantee among those removed.
func revoked(scope *baseline.Vault, ch *baseline.Change) bool {
	for i := range scope.Changes {
		later := &scope.Changes[i]
		if later.At <= ch.At {
			continue
		}
		for _, r := range later.Revokes {
			if grants(ch, r) {
				return true
			}
		}
	}
	return false
}

const (
	putGetFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:00 owner portal office kv-pay grant owner
day 21 09:05 owner portal office kv-pay get db-password
expect KV_PutGetAnomaly owner kv-pay`
	putGetOtherFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:00 owner portal office kv-pay grant mallory
day 21 09:20 mallory cli outside kv-pay get s01..s12
expect KV_PutGetAnomaly mallory kv-pay`
	putGetPipelineSilent = `
every day 06:00 for 20 days: app-tf terraform azure kv-pay patch
every day 06:02 for 20 days: app-tf terraform azure kv-pay get db-password
ignore before day 10
day 21 06:00 app-tf terraform azure kv-pay patch
day 21 06:02 app-tf terraform azure kv-pay get db-password`
	putGetColleagueSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 09:00 owner portal office kv-pay grant bob
day 21 09:40 bob portal office kv-pay get db-password`
)
