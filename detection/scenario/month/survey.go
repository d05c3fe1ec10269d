package month

import (
	"fmt"
	"time"
)

// founding is the time after which a principal seen for the first time on a vault is a newcomer.
const founding = 7 * 24 * time.Hour

// meeting is a principal on a vault, in one way.
type meeting struct {
	caller, vault, tool string
	denied              bool
}

// surveyor writes labels for what is new in everyday life: it watches the tale once, without writing it down. Nobody
// plans that a colleague opens another team's vault for the first time in week four; it happens, and it is new.
type surveyor struct {
	*organisation
	met    map[meeting]time.Time
	labels []Episode
}

func survey(o *organisation) []Episode {
	s := &surveyor{organisation: o, met: map[meeting]time.Time{}}
	tell(o, func(_ time.Time, calls []call) bool {
		for i := range calls {
			s.watch(&calls[i])
		}
		return true
	})
	s.refused()
	return s.labels
}

func (s *surveyor) watch(c *call) {
	if c.who == nil || c.operation == "VaultGet" || c.status != 403 && c.status >= 300 {
		return
	}
	who := meeting{caller: c.who.id, vault: c.vault.id, denied: c.status == 403}
	pair := who
	pair.tool = c.client()
	_, known := s.met[who]
	_, used := s.met[pair]
	s.met[who], s.met[pair] = c.at, c.at
	born := s.start
	if c.vault.born.After(born) {
		born = c.vault.born
	}
	if c.at.Before(born.Add(founding)) || known && (used || !c.who.human()) {
		return
	}
	switch {
	case who.denied:
		s.note(c, "everyday_wrong_door", "KV_UserAccessDeniedAnomaly")
	case known:
		s.note(c, "everyday_other_tool", "KV_UserAppAnomaly")
	case c.who.human():
		s.note(c, "everyday_first_visit", "KV_UserAnomaly", "KV_UserAppAnomaly", "KV_UnusualAccessSuspiciousIP")
	default:
		s.note(c, "everyday_first_visit", "KV_AppAnomaly", "KV_UserAnomaly", "KV_UserAppAnomaly")
	}
}

// note excuses one alert within two hours of a first meeting.
func (s *surveyor) note(c *call, scenario string, types ...string) {
	s.labels = append(s.labels, Episode{ID: fmt.Sprintf("%s-%d", scenario, len(s.labels)), Scenario: scenario, Class: Novel,
		Must: []Requirement{}, Forbid: []string{}, May: types, Limits: []Limit{{Types: types, Max: 1}}, Addresses: []string{},
		Start: c.at, End: c.at.Add(2 * time.Hour), Vaults: []string{c.vault.id}, Callers: []string{c.who.id}, Applications: []string{c.client()}, Operations: 1})
}

// refused excuses one alert, while learning, on each of the clients that have been refused for ever.
func (s *surveyor) refused() {
	for _, c := range s.clients {
		types := []string{"KV_UserAccessDeniedAnomaly"}
		s.labels = append(s.labels, Episode{ID: fmt.Sprintf("everyday_refused_for_ever-%d", len(s.labels)), Scenario: "everyday_refused_for_ever", Class: Novel,
			Must: []Requirement{}, Forbid: []string{}, May: types, Limits: []Limit{{Types: types, Max: 1}}, Addresses: []string{},
			Start: s.start, End: s.learned.Add(-time.Hour), Vaults: []string{c.vault.id}, Callers: []string{c.who.id}, Applications: []string{c.who.application}, Operations: 1})
	}
}
