package month

import "time"

// blindness are attacks on the watch itself.
func blindness() []story {
	return []story{
		{"log_switched_off", "The diagnostic setting of a talkative vault is deleted; it falls silent for hours.", Attack, logOff, need{}},
		{"log_falls_silent", "A talkative vault falls silent and nothing says why.", Attack, silence, need{}},
	}
}

// talkative is the vault in which most happens every hour: storage unwraps its key there all day.
func (s *scene) talkative() *vault {
	if keys := s.ofKind("cmk"); len(keys) > 0 {
		return keys[0]
	}
	return s.vaults[0]
}

func logOff(s *scene) {
	s.hour(9, 13)
	v, p := s.talkative(), s.warden()
	t := s.as(&p.principal, commandLine(s.dice), s.nets.stranger(s.dice)).on(v)
	t.assign(dropSettings, &change{})
	s.extra(t, logGap).Callers = []string{}
	v.mutes = append(v.mutes, span{t.at, t.at.Add(9 * time.Hour)})
	s.until = t.at.Add(10 * time.Hour)
	s.may(outside)
}

func silence(s *scene) {
	s.hour(9, 13)
	v := s.talkative()
	v.mutes = append(v.mutes, span{s.at, s.at.Add(9 * time.Hour)})
	s.label.Vaults = []string{v.id}
	s.last = s.at.Add(time.Hour)
	s.extra(&session{vault: v}, logGap)
	s.until = s.at.Add(10 * time.Hour)
}
