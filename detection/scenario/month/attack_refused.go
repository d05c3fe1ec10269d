package month

import "time"

// refusals are attacks that knock and do not get in.
func refusals() []story {
	return []story{
		{"stranger_denied", "A user nobody has seen is refused three times at one vault.", Attack, strangerDenied, need{}},
		{"guest_every_door", "A guest tries the door of every vault.", Attack, guestEveryDoor, need{vaults: 4}},
		{"machine_tries", "A taken-over workload tries the vaults of its neighbours.", Attack, machineTries, need{}},
		{"name_probing", "A person's token asks for secrets by guessed names, some of them hostile text.", Attack, probeNames, need{}},
		{"unauthenticated_probe", "An address without any identity knocks at five vaults for minutes.", Attack, unauthenticated, need{vaults: 5}},
	}
}

func strangerDenied(s *scene) {
	v := s.place(func(v *vault) bool { return v.kind != "dev" && v.kind != "shared" })
	t := s.as(s.stranger(), browser(s.dice), s.nets.stranger(s.dice)).on(v)
	t.deny("SecretList", "", byPolicy)
	t.deny("KeyList", "", byPolicy)
	s.require(t, userDenied)
	t.deny("CertificateList", "", byPolicy)
	s.limit(1, userDenied)
	s.forbid(newUser, newApp, deniedVolume)
}

func guestEveryDoor(s *scene) {
	t := s.as(s.stranger(), browser(s.dice), s.nets.stranger(s.dice))
	tried := 0
	for _, v := range s.vaults {
		if v.fence != openFence || !v.born.IsZero() || v.kind == "glass" {
			continue
		}
		for _, list := range []string{"SecretList", "KeyList", "CertificateList"} {
			t.on(v).deny(list, "", byPolicy)
		}
		if tried++; tried == 3 {
			s.require(t, deniedVolume).Vaults = nil
		}
	}
	s.excuse(2, userDenied)
	s.limit(1, deniedVolume)
	s.forbid(newApp, newUser, listGet)
}

func machineTries(s *scene) {
	w := s.work(func(w *workload) bool { return w.vault.fence == openFence })
	if w == nil {
		return
	}
	t := s.as(&w.principal, software("curl/8.5.0", "7.4"), w.hosts[0])
	for _, v := range s.places(2, func(v *vault) bool { return v != w.vault }) {
		t.on(v).deny("SecretList", "", byPolicy)
		t.deny("SecretGet", "root-password", byPolicy)
		t.deny("SecretGet", "admin-password", byPolicy)
		s.require(t, userDenied)
		t.pause(10*time.Second, 40*time.Second)
	}
	s.limit(2, userDenied)
	s.forbid(newApp, deniedVolume)
}

func probeNames(s *scene) {
	p := s.victim(portalUser)
	t := s.thief(p, commandLine(s.dice)).on(p.usual[0])
	t.hello()
	for i, name := range []string{"admin", "root", "prod-db", "sa-password", "jwt-secret", "<script>alert(1)</script>", `"; drop table alerts; --`, "aws-root", "domain-admin", "ütf-8"} {
		t.send("SecretGet", name, 404)
		if i == 4 {
			s.extra(t, nameProbing)
		}
	}
	s.may(outside, userApp, pattern)
}

func unauthenticated(s *scene) {
	t := s.as(nil, software("masscan/1.3", ""), s.nets.stranger(s.dice))
	vaults := s.places(5, anyVault)
	for i := range 120 {
		t.on(vaults[i%5]).hello()
		t.pause(200*time.Millisecond, 3*time.Second)
		if i == 55 {
			s.extra(t, unauthProbe).on(1, vaults...)
		}
	}
}
