package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// A successor takes over what a predecessor, silent for at most two days, used to read: a redeployed identity.
const (
	successorSilence = 48 * baseline.Hour
	successorShare   = 0.8
)

// appAnomaly watches for workloads that never came to the vault before.
func appAnomaly() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_AppAnomaly",
			Title:      "Unusual application accessed a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1078.004", "T1528"},
			Family:     detection.Identity,
			Rank:       4,
			Meaning:    "An application, service principal or managed identity that does not normally use this vault read, used or changed something in it.",
			Harmless:   []string{"A new workload was deployed.", "A managed identity was created anew by a redeployment.", "Blue and green slots with identities of their own."},
			Blind:      []string{"An application that reads what another of its kind reads, with the same client and from where workloads here come from, is taken for its successor as long as the other is silent.", "Vaults where new applications come every week."},
			Do:         []string{"Find out what the application is and who deployed it.", askOwner, contain, rotate},
		},
		Interest: detection.SensitiveAccess(),
		Judge:    judgeApp,
		Fires:    []string{appFires, appImpostorFires},
		Silent:   []string{appSuccessorSilent},
	}
}

func judgeApp(c *detection.Case) *detection.Finding {
	if userLike(c) || c.Record.Caller.Kind == audit.MicrosoftService || !c.Newcomer() {
		return nil
	}
	if c.Record.Caller.Kind == audit.UnknownKind && c.Record.Class != audit.Policy {
		return nil
	}
	f := stranger(c, baseline.NewWorkload)
	if f == nil || successor(c) {
		return nil
	}
	if explain := f.Explain; len(c.Record.Caller.Resource) > 0 {
		f.Explain = func() []string {
			return append(explain(), fmt.Sprintf("It is the identity of %s.", c.Record.Caller.Resource))
		}
	}
	return f
}

// successor tells whether a workload of this vault fell silent not long ago and the newcomer, of the same kind, reads only
// what that one read, from the same kind of client. Who comes from a network that nobody came from follows nobody: a
// workload is built anew where the old one was.
func successor(c *detection.Case) bool {
	if c.Place == detection.Outside && c.NewNetwork() {
		return false
	}
	object := c.Object
	for id, m := range c.Vault.All() {
		if id == c.Record.Caller.ID || m.Kind != c.Record.Caller.Kind || m.Access.Last <= c.At-successorSilence || m.Access.NewAt(c.At, baseline.DayLen) {
			continue
		}
		silent := m.Access.Last < c.Member.Access.First || c.Member.Access.First == 0
		if silent && m.Agents.Get(c.Agent, c.At).First != 0 && m.Objects.Get(object, c.At).First != 0 && reads(c, m) {
			return true
		}
	}
	return false
}

// reads tells whether most of what the newcomer read, another member read before it.
func reads(c *detection.Case, before *baseline.Member) bool {
	all, same := 1, 1
	for name := range c.Member.Objects.All() {
		all++
		if before.Objects.Get(name, c.At).First != 0 {
			same++
		}
	}
	return float64(same) >= successorShare*float64(all)
}

const (
	appFires = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 21 10:00 app-evil python azure kv-pay get db-password
expect KV_AppAnomaly app-evil kv-pay`
	// The thief took the workload's client, too, but not its place.
	appImpostorFires = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password, api-key
day 21 09:00 mi-evil sdk outside kv-pay get db-password, api-key
expect KV_AppAnomaly mi-evil kv-pay`
	appSuccessorSilent = `
every day 10:00 for 20 days: mi-web sdk azure kv-pay get db-password, api-key
day 21 09:00 mi-web2 sdk azure kv-pay get db-password, api-key`
)
