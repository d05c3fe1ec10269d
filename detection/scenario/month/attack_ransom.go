package month

import "time"

// ransoms are attacks that take away rather than read.
func ransoms() []story {
	return []story{
		{"key_ransom", "A stolen token makes a key, lets storage wrap with it, exports it, deletes and purges it: Stratus Red Team's ransom by encryption scope.", Attack, keyRansom, need{}},
		{"wiper", "A person's token deletes and purges the secrets of a vault one after the other.", Attack, wiper, need{}},
		{"vault_deleted", "A leaver deletes a vault.", Attack, vaultDeleted, need{}},
		{"secrets_swapped", "A workload that only ever read overwrites the secrets of its vault.", Attack, secretsSwapped, need{}},
		{"deleted_secrets_read", "A thief lists deleted secrets, brings two back and reads them.", Attack, deletedRead, need{}},
		{"vault_recovered", "A deleted vault is brought back by somebody who did not delete it, and read.", Attack, vaultRecovered, need{}},
	}
}

func keyRansom(s *scene) {
	p := s.victim(portalUser)
	v := s.place(func(v *vault) bool { return v.kind == "cmk" || len(v.keys) > 0 })
	t := s.thief(p, commandLine(s.dice)).on(v)
	t.hurried = 4
	t.hello()
	t.do("KeyCreate", "rk-"+s.dice.hex(2))
	name := s.calls[len(s.calls)-1].object
	t.do("KeyGet", name)
	storage := s.as(&principal{id: s.dice.guid(), application: "e406a681-f3d4-42a8-90b6-c2b029497af1", name: "storage", roster: full}, software("Azure-Storage-Encryption/1.0", "7.1"), s.nets.cloud(s.dice)).on(v)
	storage.at = t.at.Add(time.Minute)
	storage.do("KeyWrap", name)
	t.pause(2*time.Minute, 5*time.Minute)
	t.do("KeyBackup", name)
	t.do("KeyDelete", name)
	for _, key := range v.keys {
		t.do("KeyBackup", key)
		t.do("KeyDelete", key)
	}
	t.send("KeyPurge", name, 204)
	s.require(t, pattern, destruction, exportBurst)
	s.extra(t, destruction)
	s.may(newUser, userApp, outside, newApp)
}

func wiper(s *scene) {
	p := s.victim(portalUser)
	v := s.place(func(v *vault) bool { return len(v.secrets) > 5 })
	t := s.thief(p, shell(s.dice)).on(v)
	t.hurried = 1
	t.hello()
	t.do("SecretList", "")
	for i, name := range v.secrets {
		t.do("SecretDelete", name)
		if i == 2 {
			s.require(t, pattern, destruction)
			s.extra(t, destruction)
		}
	}
	for _, name := range v.secrets {
		if v.purge {
			t.deny("SecretPurge", name, byPolicy)
		} else {
			t.send("SecretPurge", name, 204)
		}
	}
	s.may(volume, userApp, newUser, outside, userDenied)
}

func vaultDeleted(s *scene) {
	p := s.warden()
	v := s.place(func(v *vault) bool { return v.kind == "dev" || v.kind == "web" })
	t := s.as(&p.principal, browser(s.dice), p.home).on(v)
	t.alter("VaultDelete", nil)
	s.extra(t, destruction)
	owner := s.as(&s.teams[0].people[0].principal, commandLine(s.dice), s.teams[0].people[0].home).on(v)
	owner.at = t.at.Add(s.dice.span(5*time.Minute, 20*time.Minute))
	owner.alter("VaultRecover", nil)
	s.may(pattern, recovering)
}

func secretsSwapped(s *scene) {
	w := s.work(func(w *workload) bool { return w.vault.fence == openFence && len(w.vault.secrets) > 6 })
	if w == nil {
		return
	}
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	t.hurried = 1.5
	for i, name := range w.vault.secrets {
		t.do("SecretSet", name)
		if i == min(4, len(w.vault.secrets)-1) {
			s.require(t, pattern, volume)
		}
	}
	s.forbid(newApp, listGet)
}

func deletedRead(s *scene) {
	p := s.victim(portalUser)
	v := p.usual[0]
	t := s.thief(p, browser(s.dice)).on(v)
	t.do("SecretListDeleted", "")
	for _, name := range []string{"legacy-root-password", "old-vpn-key"} {
		t.do("SecretGetDeleted", name)
		t.do("SecretRecover", name)
		t.pause(5*time.Second, 30*time.Second)
		t.do("SecretGet", name)
	}
	s.require(t, pattern, softDeleted, outside)
	s.extra(t, softDeleted)
	s.may(userApp, newUser)
}

func vaultRecovered(s *scene) {
	deleter, v := s.warden(), s.place(anyVault)
	owner := s.as(&deleter.principal, deleter.tool, deleter.home).on(v)
	p := s.victim(portalUser)
	t := s.thief(p, shell(s.dice)).on(v)
	owner.at = t.at.Add(-2 * time.Minute)
	owner.alter("VaultDelete", nil)
	t.pause(10*time.Minute, 30*time.Minute)
	t.alter("VaultRecover", nil)
	s.extra(t, recovering)
	t.pause(30*time.Second, time.Minute)
	t.dump(v.secrets)
	s.require(t, listGet, volume, outside, newUser, userApp)
	s.may(pattern, destruction)
}
