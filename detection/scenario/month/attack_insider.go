package month

import "time"

// insiders use their own rights from their own desk.
func insiders() []story {
	return []story{
		{"insider_fast", "A colleague empties a vault he works with, in minutes.", Attack, insiderFast, need{}},
		{"insider_slow", "A colleague reads through a vault over an evening, one secret at a time.", Attack, insiderSlow, need{}},
		{"night_portal_browse", "A colleague clicks through every secret of a vault at night.", Attack, nightBrowse, need{}},
	}
}

// insider draws somebody who works with a vault of at least so many secrets, and the vault.
func (s *scene) insider(size int) (*person, *vault) {
	works := func(size int) func(*person) bool {
		return func(p *person) bool {
			return p.usual[0].fence == openFence && len(p.usual[0].secrets) >= size && p.clicks < 3
		}
	}
	p := s.victim(works(size), works(size-4))
	return p, p.usual[0]
}

func insiderFast(s *scene) {
	s.workday()
	p, v := s.insider(14)
	t := s.as(&p.principal, p.tool, p.home).on(v)
	t.hurried = 8
	t.do("SecretList", "")
	for i, name := range v.secrets {
		t.read(name)
		if i == min(11, len(v.secrets)-1) {
			s.require(t, listGet, volume)
		}
	}
	s.may(pattern)
	s.forbid(newUser, userApp, outside)
}

func insiderSlow(s *scene) {
	s.hour(15, 16)
	p, v := s.insider(14)
	t := s.as(&p.principal, p.tool, p.home).on(v)
	t.do("SecretList", "")
	for i, name := range v.secrets {
		t.read(name)
		t.pause(12*time.Minute, 40*time.Minute)
		if i == min(12, len(v.secrets)-1) {
			s.require(t, listGet, volume, pattern)
		}
	}
	s.may(pattern)
	s.forbid(newUser, userApp)
}

func nightBrowse(s *scene) {
	s.hour(23, 23.8)
	p, v := s.insider(12)
	t := s.as(&p.principal, p.tool, p.home).on(v)
	t.hurried = 14
	t.open(v.secrets...)
	s.require(t, listGet, volume)
	s.may(pattern)
	s.forbid(newUser, userApp, newApp)
}
