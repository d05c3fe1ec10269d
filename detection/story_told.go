package detection

import (
	"maps"
	"slices"
	"strings"
)

// snapshot is the alert as of now.
func (s *story) snapshot() Alert {
	a := s.alert
	a.Vaults, a.Also = slices.Clone(a.Vaults), slices.Clone(a.Also)
	a.Operations = maps.Clone(a.Operations)
	a.Reasons, a.Numbers = nil, nil
	for i := range s.reasons {
		r := &s.reasons[i]
		a.Reasons = append(a.Reasons, r.sentences()...)
		if r.number.What != "" {
			a.Numbers = append(a.Numbers, r.number)
		}
	}
	a.Networks, a.Applications = s.origins()
	a.Objects = s.objects()
	if extra := len(a.Objects) - MaxObjects; extra > 0 {
		a.Objects = a.Objects[:MaxObjects]
		a.MoreObjects += extra
	}
	return a
}

// origins are the networks and applications of the story, sorted.
func (s *story) origins() (networks, applications []string) {
	for n := range s.networks.all {
		networks = append(networks, networkName(n))
	}
	slices.Sort(networks)
	applications = s.applications.sortedBy(strings.Compare)
	return networks[:min(len(networks), MaxOrigins)], applications[:min(len(applications), MaxOrigins)]
}
