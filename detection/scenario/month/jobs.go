package month

import "time"

// jobs are the standing programs of operations: scanner, backup, rotation, synchronisation, probe, month end.
func (o *organisation) jobs(d dice) {
	o.scanner(d)
	o.backup(d)
	o.rotation(d)
	o.synchroniser(d)
	o.probe(d)
	o.monthEnd(d)
	o.chronic(d)
}

// scanner lists every vault at night, never a value. Some vaults have never let it in.
func (o *organisation) scanner(d dice) {
	who, from := o.application(d, "scanner"), o.nets.cloud(d)
	agent := software("cloud-inventory/3.4 azsdk-go-azsecrets/v1.4.0 (go1.24.4; linux)", "7.5")
	barred := map[*vault]bool{}
	for _, v := range o.vaults {
		barred[v] = v.fence == privateOnly || d.chance(0.08)
	}
	o.enlist("scanner", func(d *day) {
		at := d.clock(3 + d.dice.Float64()/2)
		for _, v := range d.vaults {
			if !v.born.IsZero() {
				continue
			}
			s := d.session(at, who, agent, from).on(v)
			s.alter("VaultGet", nil)
			s.hello()
			for _, operation := range []string{"SecretList", "KeyList", "CertificateList"} {
				switch {
				case v.fence == privateOnly:
					s.deny(operation, "", byClosedDoor)
				case barred[v]:
					s.deny(operation, "", byPolicy)
				default:
					s.do(operation, "")
				}
			}
			at = s.at.Add(d.dice.span(time.Second, 20*time.Second))
		}
	})
}

// backup takes every object of some vaults out, weekly and by right.
func (o *organisation) backup(d dice) {
	who, from := o.application(d, "backup"), o.nets.cloud(d)
	agent := software("kv-backup/1.9 azsdk-python-keyvault-secrets/4.10.0 Python/3.12.10 (Linux)", "7.5")
	kept := some(d, filter(o.vaults, func(v *vault) bool { return v.fence != privateOnly }), max(1, len(o.vaults)/4))
	o.enlist("backup", func(d *day) {
		for i, v := range kept {
			if (d.number+i)%3 != 0 {
				continue
			}
			s := d.session(d.clock(1+d.dice.Float64()), who, agent, from).on(v)
			s.hello()
			s.do("SecretList", "")
			for _, name := range v.secrets {
				s.do("SecretBackup", name)
			}
			for _, name := range v.keys {
				s.do("KeyBackup", name)
			}
		}
	})
}

// rotation renews a few secrets every week.
func (o *organisation) rotation(d dice) {
	who := o.application(d, "rotation")
	agent, from := library(d), o.nets.cloud(d)
	kept := some(d, filter(o.vaults, func(v *vault) bool { return v.fence == openFence && v.kind != "glass" }), max(1, len(o.vaults)/3))
	o.enlist("rotation", func(d *day) {
		for i, v := range kept {
			if d.number%7 != i%7 && d.number > 1 {
				continue
			}
			s := d.session(d.clock(5+d.dice.Float64()), who, agent, from).on(v)
			s.hello()
			for _, name := range some(newDice(d.seed, v.name, 0), v.secrets, 3) {
				s.do("SecretGet", name)
				s.do("SecretSet", name)
				s.do("SecretUpdate", name)
			}
		}
	})
}

// synchroniser copies secrets into a cluster: it lists and reads every few hours, all of them.
func (o *organisation) synchroniser(d dice) {
	clusters := o.ofKind("aks")
	if len(clusters) == 0 {
		return
	}
	v, who := clusters[0], o.application(d, "synchroniser")
	agent := software("external-secrets/v0.17.0 azsdk-go-azsecrets/v1.4.0 (go1.24.4; linux)", "7.5")
	from := o.host(d, v)
	o.enlist("synchroniser", func(d *day) {
		d.every(4*time.Hour, func(at time.Time) { d.session(at, who, agent, from).on(v).dump(v.secrets) })
	})
}

// probe asks for one secret all day to see whether the vault answers.
func (o *organisation) probe(d dice) {
	v, who := o.vaults[0], o.application(d, "probe")
	agent, from := software("uptime-probe/2.1", "7.4"), o.host(d, v)
	o.enlist("probe", func(d *day) {
		d.every(25*time.Minute, func(at time.Time) { d.session(at, who, agent, from).on(v).read(v.secrets[0]) })
	})
}

// monthEnd is finance closing the books: five times the usual reading on the last and first working days.
func (o *organisation) monthEnd(d dice) {
	for _, v := range o.ofKind("ledger") {
		who, from := o.application(d, "closing "+v.name), o.host(d, v)
		agent, names := library(d), some(d, v.secrets, 6)
		o.enlist("closing", func(d *day) {
			runs := 2
			if d.start.Day() <= 2 || d.start.AddDate(0, 0, 2).Day() <= 2 {
				runs = 9
			}
			for range runs {
				s := d.session(d.clock(6+d.dice.Float64()*12), who, agent, from).on(v)
				s.hello()
				s.read(names...)
			}
		})
	}
}

// client is a program and the one vault it asks.
type client struct {
	who   *principal
	vault *vault
	tool  tool
	from  origin
}

// chronic are clients that have been refused for ever, every hour or every day; nobody repairs them.
func (o *organisation) chronic(d dice) {
	for i, v := range some(d, o.vaults, max(1, len(o.vaults)/6)) {
		w := o.identity(d, "cached", v)
		agent, from := library(d), o.nets.cloud(d)
		why := byPolicy
		if v.fence == privateOnly {
			why = byClosedDoor
		} else if v.fence == firewall {
			why = byFirewall
		}
		interval := time.Duration(2+i*5) * time.Hour
		o.clients = append(o.clients, client{&w, v, agent, from})
		o.enlist("chronic", func(d *day) {
			d.every(interval, func(at time.Time) {
				s := d.session(at, &w, agent, from).on(v)
				s.hello()
				s.deny("SecretGet", v.secrets[0], why)
			})
		})
	}
}
