package rivals

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// Rival is one other judge.
type Rival struct {
	Name string
	// Source is where the rule is published.
	Source string
	// About says in a sentence what it does.
	About string
	// Judge reads records in order of event time; each stays valid after the next is asked for.
	Judge func(records iter.Seq[*audit.Record], world World) []quality.Finding
}

// World is what a rule may know besides records.
type World struct {
	// Indicators are suspicious addresses, ranges not included: the public rule joins on equality.
	Indicators map[netip.Addr]bool
}

// All lists the rivals.
func All() []Rival {
	return []Rival{sensitiveOperations(), massRetrieval(), timeSeries(), indicatorMatch(), excessiveRetrieval(), rareIdentity(), newEntity(), spike(), firstSeen()}
}

// collector gathers findings and numbers them.
type collector struct {
	name     string
	findings []quality.Finding
}

// add notes a finding about a record, told at a later time where the rule runs in batches (zero: at once).
func (c *collector) add(r *audit.Record, raised time.Time, kinds ...string) {
	f := quality.Finding{ID: fmt.Sprintf("%s-%d", c.name, len(c.findings)), Type: kinds[0], Also: kinds[1:], Time: r.Time, Raised: raised,
		Vaults: []string{r.Vault}, Caller: r.Caller.ID, Application: r.Caller.Application}
	if r.Address.IsValid() {
		f.IP = r.Address.String()
	}
	c.findings = append(c.findings, f)
}

const aDay = 24 * time.Hour

// byDay cuts the stream into UTC days and hands each over when it is complete. Records of the activity log and of the
// service itself are left out: none of the rules reads them.
func byDay(records iter.Seq[*audit.Record], closing func(day time.Time, records []*audit.Record)) {
	var today []*audit.Record
	var day time.Time
	for r := range records {
		if r.Source == audit.ActivityLog || r.Source == audit.Notice {
			continue
		}
		if start := r.Time.Truncate(aDay); start != day {
			if len(today) > 0 {
				closing(day, today)
			}
			day, today = start, nil
		}
		today = append(today, r)
	}
	if len(today) > 0 {
		closing(day, today)
	}
}

// polled tells whether a record is a settings read by one of Azure's own pollers, which the public rules leave out.
func polled(r *audit.Record) bool {
	pollers := []string{"509e4652-da8d-478d-a730-e9d4a1996ca4", "8cae6e77-e04e-42ce-b5cb-50d82bce26b1"}
	return r.Operation == "VaultGet" && slices.Contains(pollers, r.Caller.Application)
}

// Types of ours that the rivals' findings may stand for.
const (
	userApp      = "KV_UserAppAnomaly"
	newUser      = "KV_UserAnomaly"
	newApp       = "KV_AppAnomaly"
	pattern      = "KV_OperationPatternAnomaly"
	volume       = "KV_OperationVolumeAnomaly"
	listGet      = "KV_ListGetAnomaly"
	listed       = "KV_SuspiciousIPAccess"
	listedDenied = "KV_SuspiciousIPAccessDenied"
	outside      = "KV_UnusualAccessSuspiciousIP"
	exportBurst  = "KVX_ExportBurst"
	destruction  = "KVX_DestructionBurst"
)
