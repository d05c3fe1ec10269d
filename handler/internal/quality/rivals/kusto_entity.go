package rivals

import (
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
)

// Defaults of detect_anomalous_new_entity_fl, with the training span its examples use.
const (
	entityMost     = 60
	entityMinDays  = 14
	entityDecay    = 0.95
	entityScore    = 0.9
	entityTraining = 30
)

// newEntity is the Kusto library's detect_anomalous_new_entity_fl() with callers as entities and vaults as scopes, run
// once a day over the day before: a newcomer is an anomaly if newcomers are rare here, by a Poisson rate whose counts
// decay but whose exposure does not.
func newEntity() Rival {
	return Rival{Name: "Kusto: new entity",
		Source: "MicrosoftDocs/dataexplorer-docs, data-explorer/kusto/functions-library/detect-anomalous-new-entity-fl.md",
		About:  "Once a day: callers new to a vault where newcomers are rare.", Judge: judgeEntity}
}

// scope is one vault's entities by the day they were first seen.
type scope struct {
	first map[string]time.Time
	born  time.Time
}

func judgeEntity(records iter.Seq[*audit.Record], _ World) []quality.Finding {
	c := &collector{name: "entity"}
	scopes := map[string]*scope{}
	byDay(records, func(day time.Time, records []*audit.Record) {
		fresh := map[string]map[string]bool{}
		for _, r := range records {
			if !r.Caller.Known() || r.Outcome != audit.Success || r.Class == audit.Meta {
				continue
			}
			s := scopes[r.Vault]
			if s == nil {
				s = &scope{first: map[string]time.Time{}, born: day}
				scopes[r.Vault] = s
			}
			if _, known := s.first[r.Caller.ID]; known || fresh[r.Vault][r.Caller.ID] {
				continue
			}
			if fresh[r.Vault] == nil {
				fresh[r.Vault] = map[string]bool{}
			}
			fresh[r.Vault][r.Caller.ID] = true
			if s.anomalous(day) {
				c.add(r, day.Add(aDay), entityKinds(r)...)
			}
		}
		for vault, callers := range fresh {
			for caller := range callers {
				scopes[vault].first[caller] = day
			}
		}
	})
	return c.findings
}

func entityKinds(r *audit.Record) []string {
	if r.Caller.Kind == audit.User {
		return []string{newUser, userApp, outside}
	}
	return []string{newApp, newUser}
}

// anomalous tells whether any newcomer on this day would be one.
func (s *scope) anomalous(day time.Time) bool {
	start := day.AddDate(0, 0, -entityTraining)
	days := int(day.Sub(s.born) / aDay)
	sum, longest, known := 0.0, 0, 0
	// What was first seen before the training span counts as seen at its start. In order, for floating sums depend on it.
	for _, caller := range slices.Sorted(maps.Keys(s.first)) {
		ago := int(day.Sub(maxTime(s.first[caller], start)) / aDay)
		sum += math.Pow(entityDecay, float64(ago))
		longest, known = max(longest, ago), known+1
	}
	if known == 0 || known > entityMost || days < entityMinDays || longest == 0 {
		return false
	}
	return math.Exp(-sum/float64(longest)) >= entityScore
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
