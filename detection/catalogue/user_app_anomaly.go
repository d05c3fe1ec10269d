package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/baseline"
)

// pairObjects is how many objects make, with a new kind of client, second evidence for a new pair.
const pairObjects = 3

// userAppAnomaly watches known users coming with an application they never used here.
func userAppAnomaly() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_UserAppAnomaly",
			Title:      "Unusual user-application pair accessed a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1078.004", "T1550.001", "T1528"},
			Family:     detection.Identity,
			Rank:       2,
			Meaning:    "A user that uses this vault came to it through an application it does not normally use here. A stolen session is often continued with another tool; a phished consent gives a foreign application the user's rights.",
			Harmless:   []string{"The user moved from the portal to the command line, VS Code or Terraform.", "An application was registered anew.", "A new in-house tool."},
			Blind:      []string{"A thief who uses the same application as the user.", "A switch between portal, CLI, PowerShell and Visual Studio without any second evidence."},
			Do:         []string{askOwner, "Check when and by whom the application was consented to.", contain, rotate},
		},
		Interest: detection.SensitiveAccess(),
		Judge:    judgePair,
		Fires:    []string{pairFires, pairRoamerFires},
		Silent:   []string{pairSwitchSilent},
	}
}

func judgePair(c *detection.Case) *detection.Finding {
	app := c.Record.Caller.Application
	if !userLike(c) || c.Newcomer() || app == "" || !c.Member.Applications.Get(app, c.At).NewAt(c.At, baseline.DayLen) {
		return nil
	}
	p, ok := strange(c, baseline.NewPair, c.Member.Applications.Get(app, c.At).First != 0)
	if !ok {
		return nil
	}
	name, firstParty := audit.FirstParty(app)
	if !c.Principal.Applications.Get(app, c.At).NewAt(c.At, baseline.DayLen) && c.Place != detection.Outside {
		return nil // the user's own tool, taken along from another vault
	}
	unknown := c.Vault.Applications.Get(app, c.At).NewAt(c.At, baseline.DayLen) && !firstParty
	second := pairEvidence(c)
	if !unknown && len(second) == 0 {
		return nil
	}
	f := &detection.Finding{Since: c.At - baseline.Hour, Confidence: c.Confidence(), Key: app}
	f.Reasons = append(f.Reasons, fmt.Sprintf("The user is known here since %s, but never came with application %s.", c.Member.Access.First.Time().Format("2 Jan 2006"), appName(app, name)),
		fmt.Sprintf("A new pair of user and application appears here %s.", chance(p)))
	if unknown {
		f.Reasons = append(f.Reasons, appSpread(c, app))
	}
	f.Reasons = append(f.Reasons, second...)
	return f
}

// portal are the portal's two applications, which take turns on one page: one for settings, one for objects.
var portal = map[string]bool{"c44b4083-3bb0-49c1-b47d-974e53cbdf3c": true, "3686488a-04fc-4d8a-b967-61f98ec41efe": true}

func appName(app, name string) string {
	if name == "" {
		return app
	}
	return fmt.Sprintf("%s (%s)", name, app)
}

// appSpread says how well known an application is in the estate.
func appSpread(c *detection.Case, app string) string {
	if c.Estate.Applications.Get(app, c.At).NewAt(c.At, baseline.DayLen) {
		return "The application was never seen at any vault before."
	}
	return "The application is new to this vault, but known from others."
}

// pairEvidence is what makes a new pair more than a change of tools.
func pairEvidence(c *detection.Case) (out []string) {
	if c.Place == detection.Outside && c.NewNetwork() {
		out = append(out, fmt.Sprintf("It came from %s, a network new to the user and to the vault; %s.", from(c), networksUsual(c)))
	}
	if n := freshObjects(c, c.At-baseline.Hour); c.NewAgent() && n >= pairObjects {
		out = append(out, fmt.Sprintf("The client %s is new for the user, and %s were read for the first time.", c.Agent, plural(n, "object")))
	}
	switch c.Record.Class {
	case audit.Export, audit.Destroy, audit.Policy:
		if !c.Principal.Classes[c.Record.Class].NewAt(c.At, baseline.DayLen) || portal[c.Record.Caller.Application] {
			break
		}
		out = append(out, fmt.Sprintf("It used the new tool for %s.", c.Record.Operation))
	}
	return out
}

// freshObjects counts the objects the caller read since an instant and never before it.
func freshObjects(c *detection.Case, since detection.Instant) int {
	_, fresh := breadth(c, since)
	return fresh
}

// objectName is how memory names what was touched.
func objectName(c *detection.Case, t *baseline.Touch) string {
	return c.Estate.Name(audit.Object{Type: t.Type, Name: t.Object})
}

// taken tells whether a touch read, used or exported an object.
func taken(t *baseline.Touch) bool {
	if t.Outcome != audit.Success || t.Object == "" {
		return false
	}
	switch t.Class {
	case audit.Value, audit.Read, audit.Export, audit.Crypto:
		return true
	}
	return false
}

const (
	pairFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice tool:evil office kv-pay get db-password
expect KV_UserAppAnomaly alice kv-pay`
	// Whose work leads to new vaults all the time is not led to foreign applications by it.
	pairRoamerFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every day 12:00 for 20 days: mi-web sdk azure kv-pay get db-password
day 5 11:00 alice portal office kv-a get a
day 8 11:00 alice portal office kv-b get a
day 11 11:00 alice portal office kv-c get a
day 14 11:00 alice portal office kv-d get a
day 16 11:00 alice portal office kv-e get a
day 18 11:00 alice portal office kv-f get a
ignore before day 20
day 21 10:00 alice tool:evil azure kv-pay get db-password
expect KV_UserAppAnomaly alice kv-pay`
	pairSwitchSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 10:00 alice cli office kv-pay get db-password`
)
