package month

import "time"

// operations are planned work that looks like harm.
func operations() []story {
	return []story{
		{"quarterly_rotation", "The rotation job renews every secret of a vault.", Novel, quarterly, need{}},
		{"terraform_refactor", "Terraform takes over a vault: it reads all its secrets for the first time.", Novel, refactor, need{}},
		{"release_day", "A team ships all its services at once, twice.", Routine, releaseDay, need{}},
		{"disaster_drill", "Operations back up a vault and restore it, announced in the calendar.", Novel, drill, need{}},
		{"cleaning_day", "An operator deletes six secrets that nobody uses.", Novel, cleaning, need{}},
		{"certificate_renewal", "Certificates are renewed and fetched by those who serve them.", Routine, renewal, need{}},
		{"load_test", "A load test multiplies a signing workload's traffic for an hour.", Novel, loadTest, need{}},
		{"firewall_switched_on", "A vault gets a firewall; two known clients were forgotten and are refused until noon.", Novel, firewallOn, need{}},
		{"month_end", "Finance closes the books with five times the usual reading.", Routine, closing, need{}},
		{"new_agent_pool", "The build robot moves to a new pool in another region.", Routine, agentPool, need{}},
	}
}

// service opens work of one of the standing jobs.
func (s *scene) service(name, agent string) *session {
	return s.as(s.services[name], software(agent, "7.5"), s.nets.cloud(s.dice))
}

func quarterly(s *scene) {
	s.hour(9, 10)
	v := s.place(func(v *vault) bool { return len(v.secrets) > 10 })
	t := s.service("rotation", "azsdk-python-keyvault-secrets/4.10.0 Python/3.12.10 (Linux)").on(v)
	t.dump(v.secrets)
	for _, name := range v.secrets {
		t.do("SecretSet", name)
	}
	s.excuse(1, pattern, volume, listGet, newApp, newUser)
}

func refactor(s *scene) {
	s.workday()
	v := s.place(func(v *vault) bool { return len(v.secrets) > 10 })
	t := s.service("terraform", "HashiCorp Terraform/1.12.1 (+https://www.terraform.io) terraform-provider-azurerm/4.31.0 azsdk-go-azsecrets").on(v)
	t.alter("VaultGet", nil)
	t.hello()
	t.read(v.secrets...)
	s.excuse(1, volume, pattern, newApp, newUser)
}

func releaseDay(s *scene) {
	s.workday()
	t := pick(s.dice, s.teams)
	for _, w := range s.works {
		if w.team != t || !w.vault.born.IsZero() || w.kind == "site" {
			continue
		}
		for range 2 {
			for _, h := range w.hosts {
				w.begin(&day{organisation: s.organisation, dice: s.dice, emit: s.record}, s.at.Add(s.dice.span(0, 3*time.Hour)), h)
			}
		}
	}
}

func drill(s *scene) {
	s.workday()
	p := s.victim(func(p *person) bool { return p.role == "operator" })
	v := s.place(func(v *vault) bool { return len(v.secrets) < 20 })
	t := s.as(&p.principal, p.tool, s.nets.office(s.dice)).on(v)
	t.hello()
	t.do("SecretList", "")
	for _, name := range v.secrets {
		t.do("SecretBackup", name)
	}
	t.send("SecretRestore", "", 409)
	s.excuse(2, pattern, exportBurst, volume, listGet, newUser, userApp)
}

func cleaning(s *scene) {
	s.workday()
	p := s.victim(func(p *person) bool { return p.role == "operator" && p.usual[0].fence == openFence })
	t := s.as(&p.principal, p.tool, s.nets.office(s.dice)).on(p.usual[0])
	t.hello()
	t.do("SecretList", "")
	for _, name := range []string{"old-fax", "old-ftp", "old-crm", "test-1", "test-2", "tmp-token"} {
		t.do("SecretDelete", name)
	}
	s.excuse(2, pattern, destruction, userApp)
}

func renewal(s *scene) {
	vaults := s.ofKind("tls")
	if len(vaults) == 0 {
		vaults = s.vaults
	}
	v := vaults[0]
	s.emitNotice("CertificateNearExpiryEventGridNotification", v)
	for _, name := range v.certificates {
		s.calls = append(s.calls, call{at: s.at, operation: "CertificateRenew", vault: v, object: name, status: 200})
		s.at = s.at.Add(time.Second)
	}
	s.last = s.at
}

func (s *scene) emitNotice(operation string, v *vault) {
	for _, name := range v.certificates {
		s.record(call{at: s.at, operation: operation, vault: v, object: name})
	}
}

func loadTest(s *scene) {
	s.workday()
	w := s.work(func(w *workload) bool { return w.kind == "signer" })
	if w == nil {
		return
	}
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(w.vault)
	for range 900 {
		t.do("KeySign", w.vault.keys[0])
		t.pause(time.Second, 6*time.Second)
	}
	s.excuse(2, volume)
}

func firewallOn(s *scene) {
	s.workday()
	s.hour(8.5, 9.5)
	w := s.work(func(w *workload) bool { return w.vault.fence == openFence })
	if w == nil {
		return
	}
	v := w.vault
	v.turns = append(v.turns, turn{s.at, false}, turn{s.at.Add(3 * time.Hour), true})
	admin := s.keeper(v)
	admin.alter("VaultPatch", &change{})
	t := s.as(&w.principal, w.tool, w.hosts[0]).on(v)
	t.at = admin.at.Add(time.Minute)
	for range 12 {
		t.deny("SecretGet", w.reads[0], byFirewall)
		t.pause(5*time.Minute, 14*time.Minute)
	}
	admin.at = s.at.Add(3 * time.Hour)
	admin.alter("VaultPatch", &change{})
	s.excuse(2, tokenElsewhere, networkOpened)
}

func closing(s *scene) {
	s.workday()
	for _, v := range s.ofKind("ledger") {
		t := s.service("closing "+v.name, "azsdk-net-Security.KeyVault.Secrets/4.8.0 (.NET 9.0.5; Ubuntu 24.04.2 LTS)").on(v)
		if v.fence == privateOnly {
			t.from = s.nets.inner(s.dice)
		}
		for range 5 {
			t.read(v.secrets[:min(6, len(v.secrets))]...)
			t.pause(10*time.Minute, 40*time.Minute)
		}
	}
	s.last = s.at.Add(time.Hour)
}

func agentPool(s *scene) {
	s.workday()
	who := s.services["terraform"]
	for range 3 {
		t := s.as(who, software("HashiCorp Terraform/1.12.2 (+https://www.terraform.io) terraform-provider-azurerm/4.33.0 azsdk-go-azsecrets", "7.4"), s.nets.cloud(s.dice))
		v := s.managed[0]
		t.on(v.vault).hello()
		t.read(v.names...)
		s.at = s.at.Add(time.Hour)
	}
}
