package month

import "time"

// dumps are attacks that carry off whole vaults.
func dumps() []story {
	return []story{
		{"microburst_dump", "A stolen token walks through six vaults from abroad with PowerShell and reads every key and secret, as MicroBurst's Get-AzPasswords does.", Attack, microBurstDump, need{vaults: 6}},
		{"atomic_dump", "A person's shell lists one vault and reads all its secrets with dates and values, as Atomic Red Team's T1555.006 test does.", Attack, atomicDump, need{}},
		{"validation_loop", "Somebody tries the detector out: list and read one and the same secret ten times in a row.", Attack, validationLoop, need{}},
		{"certificate_theft", "A stolen token lists certificates and fetches their private keys as secrets of the same name.", Attack, certificateTheft, need{}},
		{"backup_theft", "A person's token backs up every secret and key of a vault to restore them elsewhere.", Attack, backupTheft, need{}},
		{"estate_dump", "A leaked client secret tries every vault of the estate: most refuse, some are emptied.", Attack, estateDump, need{vaults: 6}},
		{"vault_hopping", "A stolen token takes one secret from each of seven vaults it never used.", Attack, vaultHopping, need{vaults: 7}},
	}
}

func microBurstDump(s *scene) {
	p := s.victim(portalUser)
	t := s.as(&p.principal, shell(s.dice), s.nets.stranger(s.dice))
	t.signIn, t.hurried = p.home.address, 0.8
	vaults := s.places(6, policies)
	for _, v := range vaults {
		t.on(v).alter("VaultGet", nil)
		t.hello()
		for _, list := range []string{"KeyList", "SecretList", "CertificateList"} {
			t.do(list, "")
		}
		for _, name := range v.keys {
			t.do("KeyGet", name)
		}
		t.read(v.secrets...)
	}
	s.require(t, listGet, volume).on(4, vaults...)
	s.require(t, accountVolume).Vaults = nil
	s.require(t, userApp, outside, newUser).on(1, vaults...)
	s.may(pattern)
}

func atomicDump(s *scene) {
	s.workday()
	p := s.victim(holder(10), holder(8), portalUser)
	v := p.usual[0]
	t := s.as(&p.principal, shell(s.dice), p.home).on(v)
	t.hurried = 0.6
	t.hello()
	t.do("SecretList", "")
	for i, name := range v.secrets {
		t.read(name)
		if i == min(9, len(v.secrets)-1) {
			s.require(t, listGet, volume, userApp)
		}
	}
	s.may(listGet, volume, userApp, pattern)
	s.forbid(newApp)
}

func validationLoop(s *scene) {
	p := s.victim(anybody)
	v := s.place(anyVault)
	t := s.as(&p.principal, commandLine(s.dice), p.home).on(v)
	t.hello()
	for i := range 10 {
		t.do("SecretList", "")
		t.read(v.secrets[0])
		t.pause(4*time.Second, 9*time.Second)
		if i == 5 {
			s.require(t, listGet)
		}
	}
	s.may(volume, pattern, userApp, newUser, outside)
}

func certificateTheft(s *scene) {
	p := s.victim(portalUser)
	v := s.place(func(v *vault) bool { return len(v.certificates) >= 4 })
	t := s.as(&p.principal, commandLine(s.dice), s.nets.stranger(s.dice)).on(v)
	t.signIn, t.hurried = p.home.address, 1
	t.hello()
	t.do("CertificateList", "")
	for _, name := range v.certificates {
		t.do("CertificateGet", name)
		t.do("SecretGet", name)
	}
	s.require(t, listGet, newUser, userApp, outside)
	s.may(pattern, volume)
	s.forbid(newApp)
}

func backupTheft(s *scene) {
	p := s.victim(portalUser)
	v := s.place(func(v *vault) bool { return len(v.secrets) > 8 })
	t := s.as(&p.principal, commandLine(s.dice), s.nets.stranger(s.dice)).on(v)
	t.signIn, t.hurried = p.home.address, 2
	t.hello()
	t.do("SecretList", "")
	for i, name := range v.secrets {
		t.do("SecretBackup", name)
		if i == 2 {
			s.require(t, pattern, listGet, exportBurst)
			s.extra(t, exportBurst)
		}
	}
	for _, name := range v.keys {
		t.do("KeyBackup", name)
	}
	s.may(outside, volume, userApp, newUser)
}

func estateDump(s *scene) {
	who := s.machine("leaked")
	who.roster = spare
	t := s.as(who, software("python-requests/2.32.3", "7.4"), s.nets.stranger(s.dice))
	t.hurried = 0.5
	opened := s.places(2, anyVault)
	for i, v := range s.vaults {
		if !v.born.IsZero() {
			continue
		}
		t.on(v).hello()
		switch {
		case v == opened[0] || v == opened[1]:
			t.dump(v.secrets)
		case v.fence == privateOnly:
			t.deny("SecretList", "", byClosedDoor)
		case v.fence == firewall:
			t.deny("SecretList", "", byFirewall)
		default:
			t.deny("SecretList", "", byPolicy)
		}
		if i == min(6, len(s.vaults)-1) {
			s.require(t, deniedVolume).Vaults = nil
		}
	}
	s.require(t, listGet, volume, newApp).on(1, opened...)
	s.may(outside, newUser, pattern, accountVolume)
	s.excuse(2, userDenied)
}

func vaultHopping(s *scene) {
	p := s.victim(portalUser)
	t := s.as(&p.principal, p.tool, s.nets.stranger(s.dice))
	t.signIn = p.home.address
	vaults := s.places(7, func(v *vault) bool { return !uses(p, v) })
	for i, v := range vaults {
		t.on(v).read(v.secrets[i%len(v.secrets)])
		t.pause(20*time.Second, 3*time.Minute)
		if i == 5 {
			s.require(t, accountVolume, newUser, outside).Vaults = nil
		}
	}
	s.may(pattern, userApp)
	s.forbid(listGet)
}

func uses(p *person, v *vault) bool {
	for _, u := range p.usual {
		if u == v {
			return true
		}
	}
	return false
}
