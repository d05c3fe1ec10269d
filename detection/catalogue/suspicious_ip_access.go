package catalogue

import (
	"fmt"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// suspiciousIPAccess holds successes against the feeds of bad addresses.
func suspiciousIPAccess() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_SuspiciousIPAccess",
			Title:      "Access from a suspicious IP address to a key vault",
			Severity:   detection.Medium,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1078.004", "T1555.006"},
			Family:     detection.RuleLike,
			Meaning:    "The vault was read or changed from an address that a threat-intelligence feed listed at that time.",
			Harmless:   []string{"Shared egress: carrier NAT, VPN providers, cloud NAT.", "A stale entry of the feed.", "A security scanner you hired."},
			Blind:      []string{"Addresses no loaded feed knows: attackers rent fresh ones, also in Azure."},
			Do:         []string{askOwner, contain, rotate, searchOthers},
		},
		Interest: detection.Access(),
		Judge:    judgeSuspicious,
		Fires:    []string{suspiciousFires},
		Silent:   []string{suspiciousSilent},
	}
}

func judgeSuspicious(c *detection.Case) *detection.Finding {
	hit, ok := listed(c)
	if !ok {
		return nil
	}
	f := &detection.Finding{Since: c.At, Key: c.Record.Address.String(), Confidence: "high", Severity: hit.Severity}
	if hit.Age > listStale {
		f.Confidence = "medium"
	}
	f.Explain = func() []string {
		out := []string{fmt.Sprintf("%s (%s) from %s, which the list %q holds%s.", c.Record.Operation, c.Record.Outcome, from(c), hit.List, label(hit))}
		if hit.Age > listStale {
			out = append(out, "That list"+old(hit))
		}
		return out
	}
	return f
}

// listed looks the record's address up in the feeds, as of the record's time.
func listed(c *detection.Case) (detection.Listing, bool) {
	if c.Addresses == nil {
		return detection.Listing{}, false
	}
	return c.Addresses.Suspicious(c.Record.Address, c.Record.Time)
}

// suspiciousIPAccessDenied is the same for denied requests: the token was good enough to be judged.
func suspiciousIPAccessDenied() *detection.Detection {
	return &detection.Detection{
		Papers: detection.Papers{
			ID:         "KV_SuspiciousIPAccessDenied",
			Title:      "Denied access from a suspicious IP to a key vault",
			Severity:   detection.Low,
			Tactics:    []string{"CredentialAccess"},
			Techniques: []string{"T1078.004"},
			Family:     detection.RuleLike,
			FoldsInto:  []string{"KV_SuspiciousIPAccess"},
			Meaning:    "A caller with a valid token was refused, and its address is on a threat-intelligence feed. Nothing was read, but somebody holds a token of your directory.",
			Harmless:   []string{"Shared egress: carrier NAT, VPN providers, cloud NAT.", "A stale entry of the feed."},
			Blind:      []string{"Requests without a token (401) are not counted.", "A denial that success follows within 15 minutes is reported as KV_SuspiciousIPAccess instead."},
			Do:         []string{askOwner, "Find out how the caller came by a token of your directory; revoke its sessions.", searchOthers},
		},
		Interest: detection.Denials(),
		Judge:    judgeSuspiciousDenied,
		Wait:     propagation,
		Confirm:  confirmSuspiciousDenied,
		Fires:    []string{suspiciousDeniedFires},
		Silent:   []string{suspiciousDeniedSilent},
	}
}

func judgeSuspiciousDenied(c *detection.Case) *detection.Finding {
	hit, ok := listed(c)
	if !ok || c.Record.Outcome != audit.Denied {
		return nil
	}
	f := &detection.Finding{Since: c.At, Key: c.Record.Address.String(), Confidence: "medium",
		Reasons: []string{fmt.Sprintf("%s denied (%s) from %s, which the list %q holds%s.", c.Record.Operation, c.Record.Denial, from(c), hit.List, label(hit))}}
	if hit.Age > listStale {
		f.Reasons = append(f.Reasons, "That list"+old(hit))
	}
	return f
}

// confirmSuspiciousDenied drops the verdict when the caller got in after all: that is the louder alert.
func confirmSuspiciousDenied(c *detection.Case, f *detection.Finding) *detection.Finding {
	if c.Member.Access.Last > c.At {
		return nil
	}
	return f
}

const (
	suspiciousFires = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 03:10 alice cli listed kv-pay get db-password
expect KV_SuspiciousIPAccess alice kv-pay`
	suspiciousSilent = `
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
day 21 03:10 alice cli listed kv-pay get db-password = denied
day 21 03:20 alice cli outside kv-pay get db-password`
	suspiciousDeniedFires = `
day 1 03:10 mallory cli listed kv-pay get db-password = denied
expect KV_SuspiciousIPAccessDenied mallory kv-pay`
	suspiciousDeniedSilent = `
day 1 03:10 mallory cli listed kv-pay get db-password = denied
day 1 03:12 mallory cli listed kv-pay get db-password`
)
