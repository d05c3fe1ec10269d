package month

import "time"

// habits are programs doing what programs do, at unlucky moments.
func habits() []story {
	return []story{
		{"new_workload", "A team deploys a new service; it reads from the first day on.", Novel, newService, need{}},
		{"recreated_identity", "A redeployment gives a service a new identity; it reads the same secrets from the same place.", Novel, recreated, need{}},
		{"landing_zone", "The deployment robot makes three vaults, fills them, and new services read them.", Novel, landingZone, need{}},
		{"scale_out", "Thirty instances of a configuration reader start within minutes.", Novel, scaleOut, need{}},
		{"restart_storm", "A crash loop: a service starts, lists and reads everything, again and again for an hour.", Novel, restartStorm, need{}},
		{"cache_bug", "A release forgets its cache and asks for one secret at every request.", Novel, cacheBug, need{}},
		{"challenge_storm", "A client without a token cache provokes the challenge before each request.", Routine, challengeStorm, need{}},
		{"library_upgrade", "A service comes back with a newer library and otherwise the same.", Routine, libraryUpgrade, need{}},
		{"refused_for_ever_moves", "The client that has always been refused comes from another address.", Routine, refusedMoves, need{}},
		{"reference_fails_once", "A site's references are refused over the public endpoint, then served over the private one.", Routine, referenceFails, need{}},
		{"throttled", "A service runs into the limit, backs off and goes on.", Routine, throttled, need{}},
		{"search_engine_knocks", "A scanner of the internet knocks at one vault a few dozen times.", Novel, knocks, need{}},
	}
}

// until the end: the newcomer stays, and so does its label.
func (s *scene) stays(w *workload) {
	s.actors = append(s.actors, actor{name: "newcomer " + w.id, from: s.at.AddDate(0, 0, 1), day: w.live})
	s.until = s.at.Add(3 * time.Hour)
}

func newService(s *scene) {
	s.workday()
	w := s.makeWorkload(s.dice, s.place(anyVault))
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	t.hello()
	t.read(w.reads...)
	s.stays(w)
	s.excuse(1, newApp, newUser, userApp)
}

func recreated(s *scene) {
	s.workday()
	old := s.work(func(w *workload) bool { return w.kind == "cached" && w.vault.fence == openFence })
	if old == nil {
		return
	}
	w := *old
	w.id, w.application = s.dice.guid(), s.dice.guid()
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	t.hello()
	t.read(w.reads...)
	s.stays(&w)
	s.excuse(1, newApp, newUser, userApp)
}

func landingZone(s *scene) {
	s.workday()
	robot := s.services["deployment"]
	for range 3 {
		k := pick(s.dice, vaultKinds()[:3])
		v := s.newVault(s.dice, k, len(s.vaults))
		v.born, v.fence = s.at, openFence
		s.vaults = append(s.vaults, v)
		t := s.as(robot, software("Microsoft.Azure.Deployments/2024-07-01 bicep/0.36.1", ""), s.nets.cloud(s.dice)).on(v)
		t.alter("VaultPut", nil)
		t.hello()
		for _, name := range v.secrets {
			t.do("SecretSet", name)
		}
		w := s.makeWorkload(s.dice, v)
		u := s.as(&w.principal, w.tool, w.hosts[0]).on(v)
		u.at = t.at.Add(s.dice.span(5*time.Minute, time.Hour))
		u.hello()
		u.read(w.reads...)
		s.stays(w)
	}
	s.until = s.end
}

// reader draws a workload that lists and reads at its start.
func (s *scene) reader() *workload {
	return s.work(func(w *workload) bool { return w.kind == "config" && len(w.reads) > 4 })
}

func scaleOut(s *scene) {
	s.workday()
	w := s.reader()
	if w == nil {
		return
	}
	for range 30 {
		t := s.as(&w.principal, w.tool, s.host(s.dice, w.vault)).on(w.vault)
		t.at = s.at.Add(s.dice.span(0, 5*time.Minute))
		t.hello()
		t.do("SecretList", "")
		t.read(w.reads...)
	}
	s.excuse(1, volume)
}

func restartStorm(s *scene) {
	w := s.reader()
	if w == nil {
		return
	}
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	for range 25 {
		t.hello()
		t.do("SecretList", "")
		t.read(w.reads...)
		t.pause(time.Minute, 3*time.Minute)
	}
	s.excuse(1, volume)
}

func cacheBug(s *scene) {
	s.workday()
	w := s.work(func(w *workload) bool { return w.kind == "cached" })
	if w == nil {
		return
	}
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	for range 260 {
		t.read(w.reads[0])
		t.pause(5*time.Second, 50*time.Second)
	}
	s.excuse(1, volume)
}

func challengeStorm(s *scene) {
	w := s.work(func(w *workload) bool { return w.kind == "cached" || w.kind == "timer" })
	if w == nil {
		return
	}
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	for range 140 {
		t.hello()
		t.pause(300*time.Millisecond, 2*time.Second)
	}
	t.read(w.reads[0])
}

func libraryUpgrade(s *scene) {
	s.workday()
	w := s.work(func(w *workload) bool { return w.kind == "config" || w.kind == "cached" })
	if w == nil {
		return
	}
	t := s.as(&w.principal, software("azsdk-net-Security.KeyVault.Secrets/4.9.0 (.NET 10.0.1; Ubuntu 24.04.3 LTS)", "2025-07-01"), w.hosts[0]).on(w.vault)
	t.hello()
	if w.kind == "config" {
		t.do("SecretList", "")
	}
	t.read(w.reads...)
}

func refusedMoves(s *scene) {
	c := pick(s.dice, s.clients)
	why := byPolicy
	if c.vault.fence == privateOnly {
		why = byClosedDoor
	}
	t := s.as(c.who, c.tool, s.nets.cloud(s.dice)).on(c.vault)
	t.hello()
	for range 4 {
		t.deny("SecretGet", c.vault.secrets[0], why)
		t.pause(10*time.Minute, 20*time.Minute)
	}
}

func referenceFails(s *scene) {
	w := s.work(func(w *workload) bool { return w.vault.fence == privateOnly })
	if w == nil {
		return
	}
	t := s.as(&w.principal, software("AppService/1.0", "7.1"), s.nets.cloud(s.dice)).on(w.vault)
	t.deny("SecretGet", w.reads[0], byClosedDoor)
	t.deny("SecretGet", w.reads[0], byClosedDoor)
	t.pause(5*time.Second, time.Minute)
	t.from = w.hosts[0]
	t.read(w.reads...)
}

func throttled(s *scene) {
	w := s.reader()
	if w == nil {
		return
	}
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	t.do("SecretList", "")
	for _, name := range w.reads {
		t.send("SecretGet", name, 429)
		t.pause(time.Second, 5*time.Second)
		t.read(name)
	}
}

func knocks(s *scene) {
	v := s.place(anyVault)
	t := s.as(nil, software("Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)", ""), s.nets.stranger(s.dice)).on(v)
	for range 40 {
		t.hello()
		t.pause(time.Second, 4*time.Second)
	}
	s.excuse(1, unauthProbe)
}
