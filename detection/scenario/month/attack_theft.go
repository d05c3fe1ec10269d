package month

import "time"

// thefts are attacks with somebody else's identity.
func thefts() []story {
	return []story{
		{"stolen_token", "A user's token is replayed from a foreign network with the command line: it lists and dumps, grants itself a second vault, and comes back over TOR.", Attack, stolenToken, need{}},
		{"portal_person_cli_thief", "Somebody who only ever used the portal appears with the command line from abroad and reads what they never read.", Attack, cliThief, need{}},
		{"consent_phishing", "A person consents to an unknown application, which reads secrets in their name.", Attack, consentPhishing, need{}},
		{"stranger_reads", "A user nobody has seen reads two secrets of a quiet vault from abroad.", Attack, strangerReads, need{}},
		{"rogue_application", "An application nobody has seen reads secrets from a hosting provider.", Attack, rogueApplication, need{}},
		{"workload_token_elsewhere", "The token of a managed identity is used from outside Azure.", Attack, tokenAbroad, need{}},
		{"workload_token_at_the_fence", "The token of a managed identity knocks from outside and the firewall refuses it.", Attack, tokenAtFence, need{}},
		{"dormant_returns", "An operator's account, silent for seven weeks, reads secrets from a new network.", Attack, dormantReturns, need{days: 55}},
		{"canary_touched", "A thief of a token tries the bait of the break-glass vault.", Attack, canaryTouched, need{}},
	}
}

// thief is a person's token in other hands.
func (s *scene) thief(p *person, t tool) *session {
	w := s.as(&p.principal, t, s.nets.stranger(s.dice))
	w.signIn = p.home.address
	return w
}

func stolenToken(s *scene) {
	s.workday()
	p := s.victim(holder(12), holder(8), portalUser)
	v := p.usual[0]
	t := s.thief(p, commandLine(s.dice)).on(v)
	t.hurried = 1.2
	t.hello()
	t.do("SecretList", "")
	for i, name := range v.secrets {
		t.read(name)
		if i == min(9, len(v.secrets)-1) {
			s.require(t, listGet, volume)
			s.require(t, userApp, outside)
		}
	}
	t.pause(4*time.Minute, 12*time.Minute)
	next := s.place(policies)
	t.on(next).deny("SecretList", "", byPolicy)
	t.alter("VaultPatch", &change{grant: p.id, rights: []string{"get", "list"}})
	t.pause(10*time.Second, 40*time.Second)
	t.do("SecretList", "")
	t.read(next.secrets[0])
	s.require(t, putGet)
	t.read(next.secrets[1:]...)
	t.pause(time.Hour, 2*time.Hour)
	t.from = s.nets.exit(s.dice, false)
	t.on(v).hello()
	t.read(v.secrets[0])
	s.require(t, torAccess)
	t.read(v.secrets[1:3]...)
	s.may(pattern, accountVolume, newUser)
	s.limit(1, torAccess)
}

func cliThief(s *scene) {
	p := s.victim(holder(9), portalUser)
	v := p.usual[0]
	t := s.thief(p, commandLine(s.dice)).on(v)
	t.hello()
	names := some(s.dice, v.secrets, 9)
	t.read(names...)
	s.require(t, userApp, outside)
	s.may(volume, pattern, listGet)
	s.forbid(newUser, newApp)
}

func consentPhishing(s *scene) {
	s.workday()
	p := s.victim(portalUser)
	app := software("graph-mail-sync/1.2", "7.4")
	app.application = s.dice.guid()
	t := s.as(&p.principal, app, s.nets.stranger(s.dice)).on(p.usual[0])
	t.signIn = p.home.address
	t.hello()
	t.read(some(s.dice, t.vault.secrets, 5)...)
	s.require(t, userApp, newApp)
	s.may(outside, pattern)
	s.forbid(newUser)
}

func strangerReads(s *scene) {
	v := s.place(func(v *vault) bool {
		return v.kind == "people" || v.kind == "ledger" || v.kind == "tls" || v.kind == "sign"
	})
	t := s.as(s.stranger(), browser(s.dice), s.nets.stranger(s.dice)).on(v)
	t.read(v.secrets[0])
	s.require(t, newUser, outside)
	t.read(v.secrets[1])
	s.may(userApp, listGet)
	s.forbid(newApp)
}

func rogueApplication(s *scene) {
	v := s.place(func(v *vault) bool { return v.kind != "shared" && v.kind != "dev" })
	t := s.as(s.machine("rogue"), software("Go-http-client/2.0", "7.4"), s.nets.stranger(s.dice)).on(v)
	t.hello()
	t.read(v.secrets[0])
	s.require(t, newApp, outside)
	t.read(some(s.dice, v.secrets, 4)...)
	s.may(newUser, pattern)
	s.forbid(userDenied)
}

func tokenAbroad(s *scene) {
	w := s.work(func(w *workload) bool { return w.vault.fence == openFence })
	if w == nil {
		return
	}
	t := s.as(&w.principal, software("curl/8.5.0", "7.4"), s.nets.stranger(s.dice)).on(w.vault)
	t.read(w.reads[0])
	s.require(t, outside, tokenElsewhere)
	t.read(w.reads...)
	s.extra(t, tokenElsewhere)
	s.may(pattern, volume, newApp)
	s.forbid(userDenied)
}

func tokenAtFence(s *scene) {
	w := s.work(func(w *workload) bool { return w.vault.fence == firewall })
	if w == nil {
		return
	}
	t := s.as(&w.principal, software("curl/8.5.0", "7.4"), s.nets.stranger(s.dice)).on(w.vault)
	for _, name := range w.reads {
		t.deny("SecretGet", name, byFirewall)
	}
	t.deny("SecretList", "", byFirewall)
	s.extra(t, tokenElsewhere)
	s.may(outside)
}

// work draws a workload, of those that the fewest stories have used; nil if this organisation has none such.
func (s *scene) work(keep func(*workload) bool) *workload {
	fits := filter(s.works, func(w *workload) bool { return keep(w) && len(w.reads) > 0 })
	if len(fits) == 0 {
		return nil
	}
	w := pick(s.dice, fresh(s.used, fits, func(w *workload) string { return w.id }))
	s.used[w.id]++
	return w
}

func dormantReturns(s *scene) {
	p := s.newPerson(s.dice, s.teams[0], "operator")
	v := s.place(anyVault)
	p.usual, p.fond[v] = []*vault{v}, some(s.dice, v.secrets, 2)
	s.used[p.id]++
	s.actors = append(s.actors, actor{name: "dormant " + p.id, until: s.start.AddDate(0, 0, 5), day: p.live})
	t := s.as(&p.principal, p.tool, s.nets.stranger(s.dice)).on(v)
	t.signIn = p.home.address
	t.hello()
	t.read(v.secrets[:3]...)
	s.extra(t, dormant)
	s.may(outside, newUser, userApp, pattern)
}

func canaryTouched(s *scene) {
	glass := s.ofKind("glass")
	if len(glass) == 0 {
		glass = s.vaults[:1]
	}
	p := s.victim(portalUser)
	t := s.thief(p, commandLine(s.dice)).on(glass[0])
	t.hello()
	t.read(glass[0].secrets[0])
	s.extra(t, canary)
	s.may(newUser, userApp, outside)
}
