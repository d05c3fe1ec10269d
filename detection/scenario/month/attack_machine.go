package month

import "time"

// machines are attacks through workloads that have a right to be there.
func machines() []story {
	return []story{
		{"decrypt_oracle", "A signing workload is taken over and decrypts without end.", Attack, decryptOracle, need{}},
		{"quiet_workload_bursts", "A workload that reads a secret now and then reads hundreds of times.", Attack, workloadBursts, need{}},
		{"scanner_turns", "The scanner, which only ever listed, begins to read values in three vaults.", Attack, scannerTurns, need{vaults: 3}},
		{"runbook_pivot", "An automation account nobody saw here lists a vault and reads it all.", Attack, runbookPivot, need{}},
		{"pipeline_hijacked", "A pull request makes the build robot download a whole vault it took five secrets from.", Attack, pipelineHijacked, need{}},
	}
}

func decryptOracle(s *scene) {
	s.hour(1, 5)
	w := s.work(func(w *workload) bool { return w.kind == "signer" })
	if w == nil {
		return
	}
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	t.hurried = 1
	for i := range 2400 {
		t.do("KeyDecrypt", w.vault.keys[0])
		if i == 700 {
			s.require(t, volume)
		}
	}
	s.may(pattern)
	s.limit(2, volume)
	s.forbid(listGet, newApp)
}

func workloadBursts(s *scene) {
	w := s.work(func(w *workload) bool { return w.kind == "cached" || w.kind == "timer" })
	if w == nil {
		return
	}
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	t.hurried = 3
	for i := range 600 {
		t.read(w.reads[i%len(w.reads)])
		if i == 250 {
			s.require(t, volume)
		}
	}
	s.may(pattern)
	s.forbid(newApp, listGet)
}

func scannerTurns(s *scene) {
	s.hour(3, 4)
	vaults := s.places(3, func(v *vault) bool { return len(v.secrets) > 8 })
	t := s.as(s.services["scanner"], software("cloud-inventory/3.4 azsdk-go-azsecrets/v1.4.0 (go1.24.4; linux)", "7.5"), s.nets.cloud(s.dice))
	for _, v := range vaults {
		t.on(v).hello()
		t.do("SecretList", "")
		t.read(v.secrets...)
		t.pause(5*time.Second, time.Minute)
	}
	s.require(t, listGet, pattern).on(3, vaults...)
	s.may(volume)
	s.forbid(accountVolume, newApp, newUser)
}

func runbookPivot(s *scene) {
	v := s.place(func(v *vault) bool { return len(v.secrets) > 8 })
	who := s.machine("runbook")
	who.resource = "/subscriptions/" + v.subscription + "/resourcegroups/ops-rg/providers/Microsoft.Automation/automationAccounts/nightly"
	t := s.as(who, software("Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.20348.2760", "7.0"), s.nets.cloud(s.dice)).on(v)
	t.hurried = 0.8
	t.do("SecretList", "")
	for i, name := range v.secrets {
		t.read(name)
		if i == 2 {
			s.require(t, newApp, listGet)
		}
	}
	s.may(listGet, volume, newUser, outside)
	s.forbid(userDenied, deniedVolume)
}

func pipelineHijacked(s *scene) {
	team := s.teams[0]
	for _, t := range s.teams {
		if s.services["build "+t.name] != nil {
			team = t
		}
	}
	who := s.services["build "+team.name]
	if who == nil {
		who = s.services["terraform"]
	}
	v := s.place(func(v *vault) bool { return v.team == team && len(v.secrets) > 10 })
	t := s.as(who, software("node", "7.5"), s.nets.cloud(s.dice)).on(v)
	t.hurried = 0.4
	t.do("SecretList", "")
	t.read(v.secrets...)
	s.require(t, listGet, volume, pattern, newApp)
	s.may(newUser)
}
