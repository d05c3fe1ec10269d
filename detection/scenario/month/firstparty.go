package month

import "time"

// firstParty are the callers of Microsoft's own that come to every vault without being asked.
func (o *organisation) firstParty(d dice) {
	graph := &principal{id: d.guid(), application: "509e4652-da8d-478d-a730-e9d4a1996ca4", name: "resource graph"}
	policy := &principal{id: d.guid(), application: "8cae6e77-e04e-42ce-b5cb-50d82bce26b1", name: "policy insights"}
	posture := &principal{id: d.guid(), application: "8edd93e1-2103-40b4-bd70-6e34e586362d", name: "defender for cloud"}
	o.enlist("graph", o.poll(graph, software("AzureResourceGraph.IngestionWorkerService.global/1.25.2.118", ""), 8*time.Hour))
	o.enlist("policy", o.poll(policy, software("PolicyInsightsDataPlane/1.0", ""), 22*time.Hour))
	o.enlist("posture", o.poll(posture, software("Microsoft.Azure.Management.KeyVault/5.1", ""), 23*time.Hour))
	o.certificates(d)
}

// poll reads the settings of every vault at an interval, from ever changing addresses.
func (o *organisation) poll(who *principal, t tool, interval time.Duration) func(*day) {
	return func(d *day) {
		for _, v := range d.vaults {
			d.every(interval, func(at time.Time) {
				if at.Before(v.born) {
					return
				}
				from := d.nets.cloud(d.dice)
				if d.dice.chance(0.2) {
					from = origin{address: d.dice.lan()}
				}
				d.session(at, who, t, from).on(v).do("VaultGet", "")
			})
		}
	}
}

// certificates are fetched by the web front ends of Azure; the private key comes as a secret of the same name.
func (o *organisation) certificates(d dice) {
	front := &principal{id: d.guid(), application: "205478c0-bd83-4e1b-a9d6-db63a3e1e1c8", name: "front door", roster: usual}
	sites := &principal{id: d.guid(), application: "abfa0a7c-a6b6-4736-8310-5855508787cd", name: "app service", roster: usual}
	for i, v := range o.ofKind("tls", "web") {
		who, t := front, software("AzureFrontDoor/2.3", "7.3")
		if i%2 == 1 {
			who, t = sites, software("AppServiceCertificates/1.0", "7.1")
		}
		names := v.certificates
		if len(names) == 0 {
			continue
		}
		o.enlist("certificates", func(d *day) {
			d.every(16*time.Hour, func(at time.Time) {
				s := d.session(at, who, t, d.host(d.dice, v)).on(v)
				for _, name := range names {
					s.do("CertificateGet", name)
					s.do("SecretGet", name)
				}
			})
		})
	}
}

// notices are what the service says by itself: expiry warnings and rotations when due. Nobody called.
func (o *organisation) notices(dice) {
	o.enlist("notices", func(d *day) {
		for _, v := range d.vaults {
			if !v.born.IsZero() || len(v.secrets) == 0 {
				continue
			}
			if d.dice.chance(0.04) {
				d.emit(call{at: d.clock(d.dice.Float64() * 24), operation: "SecretNearExpiryEventGridNotification", vault: v, object: pick(d.dice, v.secrets)})
			}
			if len(v.certificates) > 0 && d.dice.chance(0.03) {
				d.emit(call{at: d.clock(d.dice.Float64() * 24), operation: "CertificateNearExpiryEventGridNotification", vault: v, object: pick(d.dice, v.certificates)})
			}
			if len(v.keys) > 0 && d.dice.chance(0.03) {
				d.emit(call{at: d.clock(d.dice.Float64() * 24), operation: "KeyRotateIfDue", vault: v, object: pick(d.dice, v.keys), status: 200})
			}
		}
	})
}
