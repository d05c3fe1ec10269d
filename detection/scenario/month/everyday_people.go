package month

import "time"

// newcomers are people and programs that are new, or new here, with every right to be.
func newcomers() []story {
	return []story{
		{"joiner", "A colleague starts: two vaults are granted, he looks around.", Novel, joiner, need{}},
		{"grant_propagates", "A right was just granted; the first tries are still refused, then it works.", Novel, grantPropagates, need{}},
		{"role_granted_to_colleague", "On a vault with role assignments a colleague gets a role and reads an hour later.", Novel, roleGranted, need{}},
		{"guest_invited", "An external consultant, invited and granted, reads two secrets from his own network.", Novel, guestInvited, need{}},
		{"on_call_at_three", "Somebody on call reads at three in the night what he reads by day.", Routine, onCall, need{}},
		{"returning_from_leave", "A person comes back after two weeks and does the usual.", Routine, backFromLeave, need{}},
		{"new_home_and_travel", "A person works from a hotel and then from a new home, with the usual tool on the usual vault.", Routine, travel, need{}},
		{"typo_denied", "A person opens the wrong vault once and turns away.", Routine, typoDenied, need{}},
		{"wrong_door", "A person lacks a role and tries for an hour.", Novel, wrongDoor, need{}},
		{"incident_responder", "An administrator takes a right away in an incident and looks at what was exposed.", Novel, responder, need{}},
		{"auditor_lists", "An auditor lists the objects of eight vaults and reads no value.", Novel, auditor, need{vaults: 6}},
		{"leaver_goes", "A person's last day: the usual look, then never again.", Routine, leaver, need{}},
	}
}

func joiner(s *scene) {
	s.workday()
	p := s.newPerson(s.dice, pick(s.dice, s.teams), "developer")
	p.tool, p.sometimes = browser(s.dice), 0
	p.usual = s.places(2, anyVault)
	for _, v := range p.usual {
		p.fond[v] = some(s.dice, v.secrets, 3)
		admin := s.keeper(v)
		if !v.rbac {
			admin.alter("VaultPatch", &change{grant: p.id, rights: []string{"get", "list"}})
		}
		t := s.as(&p.principal, p.tool, s.nets.office(s.dice)).on(v)
		t.at = admin.at.Add(s.dice.span(time.Hour, 3*time.Hour))
		t.open(p.fond[v][:2]...)
	}
	s.actors = append(s.actors, actor{name: "joiner " + p.id, from: s.at.AddDate(0, 0, 1), day: p.live})
	s.until = s.at.AddDate(0, 0, 4)
	s.excuse(2, newUser, userApp)
}

// keeper opens work of a vault's keeper, with the tool that is used for it every day.
func (s *scene) keeper(v *vault) *session {
	return s.as(&v.keeper.principal, v.keeper.tool, s.nets.office(s.dice)).on(v)
}

func (s *scene) colleagueElsewhere() (*person, *vault) {
	v := s.place(anyVault)
	return s.victim(func(p *person) bool { return !uses(p, v) && !p.guard }), v
}

func grantPropagates(s *scene) {
	s.workday()
	p, v := s.colleagueElsewhere()
	admin := s.keeper(v)
	admin.alter("VaultPatch", &change{grant: p.id, rights: []string{"get", "list"}})
	t := s.as(&p.principal, p.tool, p.home).on(v)
	t.at = admin.at.Add(time.Minute)
	for range 2 {
		t.deny("SecretList", "", byPolicy)
		t.pause(40*time.Second, 2*time.Minute)
	}
	t.open(v.secrets[0])
	s.excuse(1, newUser, userApp, outside)
	s.excuse(1, putGet)
}

func roleGranted(s *scene) {
	s.workday()
	v := s.place(roles)
	p := s.victim(func(p *person) bool { return !uses(p, v) && !p.guard })
	admin := s.keeper(v)
	admin.assign(assignRole, &change{grant: p.id, role: secretsUser})
	t := s.as(&p.principal, p.tool, p.home).on(v)
	t.at = admin.at.Add(s.dice.span(40*time.Minute, 2*time.Hour))
	t.open(some(s.dice, v.secrets, 2)...)
	s.excuse(1, newUser, userApp, outside)
	s.excuse(1, putGet)
}

func guestInvited(s *scene) {
	s.workday()
	v, who := s.place(policies), s.stranger()
	admin := s.keeper(v)
	admin.alter("VaultPatch", &change{grant: who.id, rights: []string{"get", "list"}})
	t := s.as(who, browser(s.dice), s.nets.home(s.dice)).on(v)
	t.at = admin.at.Add(s.dice.span(time.Hour, 5*time.Hour))
	t.open(some(s.dice, v.secrets, 2)...)
	s.excuse(2, newUser, userApp, outside)
	s.excuse(1, putGet)
}

func onCall(s *scene) {
	s.hour(2.8, 3.6)
	p := s.victim(func(p *person) bool { return p.usual[0].fence == openFence })
	p.work(s.as(&p.principal, p.tool, p.home).on(p.usual[0]))
}

func backFromLeave(s *scene) {
	s.workday()
	p := s.victim(func(p *person) bool { return p.usual[0].fence == openFence })
	p.away = append(p.away, span{s.at.AddDate(0, 0, -15).Truncate(24 * time.Hour), s.at.Truncate(24 * time.Hour)})
	t := s.as(&p.principal, p.tool, p.home).on(p.usual[0])
	p.work(t)
	p.work(t)
}

func travel(s *scene) {
	s.workday()
	p := s.victim(portalUser)
	for range 3 {
		p.work(s.as(&p.principal, p.tool, s.nets.home(s.dice)).on(p.usual[0]))
		s.at = s.at.Add(20 * time.Hour)
	}
}

func typoDenied(s *scene) {
	s.workday()
	p, v := s.colleagueElsewhere()
	t := s.as(&p.principal, browser(s.dice), p.home).on(v)
	t.deny("SecretList", "", byPolicy)
}

func wrongDoor(s *scene) {
	s.workday()
	p, v := s.colleagueElsewhere()
	t := s.as(&p.principal, browser(s.dice), p.home).on(v)
	for range 3 {
		t.deny("SecretList", "", byPolicy)
		t.deny("KeyList", "", byPolicy)
		t.pause(10*time.Minute, 25*time.Minute)
	}
	s.excuse(1, userDenied)
}

func responder(s *scene) {
	v := s.place(func(v *vault) bool { return !v.rbac })
	t := s.keeper(v)
	t.alter("VaultPatch", &change{})
	t.pause(time.Minute, 5*time.Minute)
	t.open(some(s.dice, v.secrets, 2)...)
	s.excuse(2, putGet, newUser, userApp)
	s.may(grantRevoke)
}

func auditor(s *scene) {
	s.workday()
	p := s.newPerson(s.dice, s.teams[0], "analyst")
	t := s.as(&p.principal, commandLine(s.dice), s.nets.office(s.dice))
	for _, v := range s.places(8, anyVault) {
		t.on(v).hello()
		t.do("SecretList", "")
		t.do("CertificateList", "")
		t.pause(time.Minute, 6*time.Minute)
	}
	s.may(accountVolume, newUser, userApp)
	s.limit(1, accountVolume)
}

func leaver(s *scene) {
	s.workday()
	p := s.victim(portalUser)
	p.away = append(p.away, span{s.at.AddDate(0, 0, 1).Truncate(24 * time.Hour), s.end})
	p.work(s.as(&p.principal, p.tool, p.home).on(p.usual[0]))
}
