package month

import "time"

// grants are attacks by way of rights.
func grants() []story {
	return []story{
		{"grant_dump_revoke", "An administrator's session grants itself six vaults one by one, dumps each and takes the right away again: MicroBurst with -ModifyPolicies.", Attack, grantDumpRevoke, need{vaults: 6}},
		{"self_grant_then_read", "An administrator lets himself into a vault he only manages and reads it.", Attack, selfGrant, need{}},
		{"grant_to_stranger", "An administrator's session grants a fresh application, which empties the vault within minutes.", Attack, grantToStranger, need{}},
		{"role_then_read", "On a vault with role assignments, a person assigns the secrets role to himself and reads.", Attack, roleRead, need{}},
		{"network_opened", "The firewall of a vault is opened for everybody and the vault read from abroad.", Attack, openNetwork, need{}},
	}
}

// warden draws a member of the platform team; not all of them read the vaults they manage.
func (s *scene) warden() *person { return s.victim(func(p *person) bool { return p.guard }) }

func grantDumpRevoke(s *scene) {
	p := s.warden()
	t := s.as(&p.principal, shell(s.dice), p.home)
	t.hurried = 0.6
	vaults := s.places(6, func(v *vault) bool { return policies(v) && !uses(p, v) })
	for i, v := range vaults {
		t.on(v).alter("VaultPatch", &change{grant: p.id, rights: []string{"get", "list"}})
		t.pause(time.Second, 4*time.Second)
		t.do("KeyList", "")
		t.dump(v.secrets)
		t.alter("VaultPatch", &change{})
		if i == 0 {
			s.require(t, putGet)
			s.extra(t, grantRevoke)
		}
	}
	s.require(t, putGet, listGet).on(4, vaults...)
	s.require(t, accountVolume, putGet).Vaults = nil
	s.may(volume, pattern, newUser, userApp, outside)
	s.forbid(userDenied, deniedVolume)
}

func selfGrant(s *scene) {
	s.workday()
	p := s.warden()
	v := s.place(func(v *vault) bool { return !v.rbac && !uses(p, v) })
	t := s.as(&p.principal, browser(s.dice), p.home).on(v)
	t.alter("VaultPatch", &change{grant: p.id, rights: []string{"get", "list"}})
	t.pause(20*time.Second, 3*time.Minute)
	t.do("SecretList", "")
	t.read(v.secrets[0])
	s.require(t, putGet)
	t.open(some(s.dice, v.secrets, 4)...)
	s.may(listGet, newUser, pattern, userApp)
	s.forbid(newApp)
}

func grantToStranger(s *scene) {
	p := s.warden()
	v := s.place(func(v *vault) bool { return policies(v) && len(v.secrets) > 9 })
	who := s.machine("fresh")
	admin := s.as(&p.principal, p.tool, p.home).on(v)
	admin.alter("VaultPatch", &change{grant: who.id, rights: []string{"get", "list"}})
	t := s.as(who, software("Go-http-client/2.0", "7.4"), s.nets.stranger(s.dice)).on(v)
	t.at = admin.at.Add(s.dice.span(time.Minute, 6*time.Minute))
	t.hello()
	t.do("SecretList", "")
	for i, name := range v.secrets {
		t.read(name)
		if i == min(8, len(v.secrets)-1) {
			s.require(t, putGet, newApp, listGet, outside)
		}
	}
	s.may(volume, pattern, newUser)
	s.forbid(userDenied)
}

func roleRead(s *scene) {
	s.workday()
	p := s.warden()
	v := s.place(func(v *vault) bool { return roles(v) && !uses(p, v) })
	t := s.as(&p.principal, browser(s.dice), p.home).on(v)
	t.deny("SecretList", "", byPolicy)
	t.assign(assignRole, &change{grant: p.id, role: secretsAdmin})
	t.pause(2*time.Minute, 8*time.Minute)
	t.do("SecretList", "")
	t.read(v.secrets[0])
	s.require(t, putGet, roleThenRead)
	t.open(some(s.dice, v.secrets, 5)...)
	s.may(listGet, newUser, userApp, pattern)
	s.forbid(newApp)
}

func openNetwork(s *scene) {
	s.hour(18, 22)
	fenced := filter(s.vaults, func(v *vault) bool { return v.fence == firewall && v.born.IsZero() && v.kind != "glass" })
	v := s.place(anyVault)
	if len(fenced) > 0 {
		v = pick(s.dice, fenced)
	}
	p := s.victim(func(p *person) bool { return uses(p, v) })
	t := s.thief(p, commandLine(s.dice)).on(v)
	t.deny("SecretList", "", byFirewall)
	v.turns = append(v.turns, turn{t.at, true})
	t.alter("VaultPatch", &change{})
	s.extra(t, networkOpened)
	t.pause(30*time.Second, 2*time.Minute)
	t.do("SecretList", "")
	t.read(v.secrets...)
	s.require(t, listGet, volume, outside, userApp, putGet)
	v.turns = append(v.turns, turn{t.at.Add(14 * time.Hour), v.fence == openFence})
	s.may(pattern, newUser)
}
