package month

import "time"

// pipelines are the robots that build, deploy and refresh: few identities, ever new addresses.
func (o *organisation) pipelines(d dice) {
	for _, t := range o.teams {
		o.buildRobot(d, t)
	}
	o.terraform(d)
	o.deployment(d)
}

// application registers a service principal.
func (o *organisation) application(d dice, name string) *principal {
	p := &principal{id: d.guid(), application: d.guid(), name: name, roster: pick(d, []roster{usual, full})}
	o.services[name] = p
	return p
}

// buildRobot runs on hosted agents: a new address at every run. The task lists a vault and downloads what it needs.
func (o *organisation) buildRobot(d dice, t *team) {
	own := filter(o.vaults, func(v *vault) bool { return v.team == t && v.fence == openFence && v.kind != "glass" })
	if len(own) == 0 {
		return
	}
	v, who := pick(d, own), o.application(d, "build "+t.name)
	names, all := some(d, v.secrets, d.whole(2, 6)), d.chance(0.3)
	agent := pick(d, []tool{software("VSTS_"+d.guid()+"_build_AzureKeyVault_2", "7.0"),
		software("GitHubActions/actions-runner azsdk-python-keyvault-secrets/4.10.0 Python/3.12.10 (Linux-6.11.0-azure-x86_64)", "7.6")})
	runs := d.spread(3, 0.5)
	o.enlist("build", func(d *day) {
		mean := runs
		if d.off() {
			mean *= 0.1
		}
		for range d.dice.count(mean * d.pace) {
			s := d.session(d.clock(7.5+d.dice.Float64()*12), who, agent, d.nets.cloud(d.dice)).on(v)
			s.hello()
			if all {
				s.do("SecretList", "")
			}
			s.read(names...)
		}
	})
}

// holding is what a robot reads of one vault.
type holding struct {
	vault *vault
	names []string
}

// terraform refreshes its state every night and at changes: it reads back everything it manages.
func (o *organisation) terraform(d dice) {
	who := o.application(d, "terraform")
	agent := software("HashiCorp Terraform/1.12.1 (+https://www.terraform.io) terraform-provider-azurerm/4.31.0 azsdk-go-azsecrets", "7.4")
	for _, v := range o.vaults {
		if v.fence != privateOnly && d.chance(0.6) {
			o.managed = append(o.managed, holding{v, some(d, v.secrets, d.whole(1, 5))})
		}
	}
	if len(o.managed) == 0 {
		o.managed = []holding{{o.vaults[0], o.vaults[0].secrets[:1]}}
	}
	refresh := func(d *day, at time.Time) {
		from := d.nets.cloud(d.dice)
		for _, h := range d.managed {
			s := d.session(at, who, agent, from).on(h.vault)
			s.alter("VaultGet", nil)
			s.hello()
			s.read(h.names...)
			at = s.at
		}
	}
	o.enlist("terraform", func(d *day) {
		refresh(d, d.clock(2+d.dice.Float64()))
		if !d.off() && d.dice.chance(0.35*d.pace) {
			refresh(d, d.clock(10+d.dice.Float64()*6))
		}
	})
}

// deployment puts vaults again as they are: the template's policies are sent each time, nothing changes.
func (o *organisation) deployment(d dice) {
	who := o.application(d, "deployment")
	agent := software("Microsoft.Azure.Deployments/2024-07-01 bicep/0.36.1", "")
	o.enlist("deployment", func(d *day) {
		for _, v := range d.vaults {
			if v.born.IsZero() && v.kind != "glass" && (d.number < 3 || released(d, v.team) && d.dice.chance(0.35)) {
				s := d.session(d.clock(10+d.dice.Float64()*6), who, agent, d.nets.cloud(d.dice)).on(v)
				s.alter("VaultPut", nil)
				s.alter("VaultGet", nil)
			}
		}
	})
}
