package month

import (
	"fmt"
	"time"
)

// workload is a program with an identity of its own that reads from one vault.
type workload struct {
	principal
	kind  string
	tool  tool
	vault *vault
	reads []string
	// hosts are the instances' addresses; they change at releases for some platforms.
	hosts    []origin
	interval time.Duration
	team     *team
	daily    float64
}

// deploy gives every vault the workloads of its kind.
func (o *organisation) deploy(d dice) {
	kinds := vaultKinds()
	for _, v := range o.vaults {
		for _, k := range kinds {
			if k.name != v.kind {
				continue
			}
			for range int(k.workloads) {
				o.newWorkload(d, v)
			}
		}
	}
}

// newWorkload makes one and lets it live.
func (o *organisation) newWorkload(d dice, v *vault) *workload {
	w := o.makeWorkload(d, v)
	o.works = append(o.works, w)
	o.enlist("workload", w.live)
	if d.chance(0.15) {
		o.enlist("optional", w.optional)
	}
	return w
}

func (o *organisation) makeWorkload(d dice, v *vault) *workload {
	kind := pick(d, []string{"config", "config", "cached", "cached", "timer", "site", "pods"})
	switch v.kind {
	case "sign", "ledger":
		kind = "signer"
	case "aks":
		kind = "pods"
	}
	if kind == "signer" && len(v.keys) == 0 {
		kind = "cached"
	}
	w := &workload{kind: kind, tool: library(d), vault: v, team: v.team}
	w.principal = o.identity(d, kind, v)
	count := d.whole(1, 5)
	switch kind {
	case "config":
		count = min(len(v.secrets), d.whole(5, 18))
		w.interval = time.Duration(d.whole(5, 20)) * time.Hour
	case "cached":
		w.interval = time.Duration(d.whole(35, 200)) * time.Minute
	case "timer":
		w.interval = time.Duration(d.whole(1, 3)) * time.Hour
	case "pods":
		w.tool = software("k8s.io/secrets-store-csi-driver-provider-azure/v1.7.0 azsdk-go-azsecrets/v1.3.1 (go1.23.9; linux)", "7.4")
		w.interval = time.Duration(d.whole(60, 150)) * time.Minute
	case "site":
		w.tool = software("AppService/1.0", "7.1")
		w.interval = 24 * time.Hour
	case "signer":
		w.daily = d.spread(90, 0.5)
	}
	w.reads = some(d, v.secrets, count)
	for range d.whole(1, 3) {
		w.hosts = append(w.hosts, o.host(d, v))
	}
	return w
}

// host is an address in Azure that reaches the vault.
func (o *organisation) host(d dice, v *vault) origin {
	if v.fence == privateOnly {
		return o.nets.inner(d)
	}
	from := o.nets.cloud(d)
	from.port = d.chance(0.1)
	return from
}

// identity registers a managed identity for a workload.
func (o *organisation) identity(d dice, kind string, v *vault) principal {
	name := fmt.Sprintf("%s-%s-%d", v.team.name, kind, d.whole(10, 99))
	owner := map[string]string{"site": "Microsoft.Web/sites/", "timer": "Microsoft.Web/sites/", "cached": "Microsoft.App/containerApps/"}[kind]
	if owner == "" {
		owner = "Microsoft.ManagedIdentity/userAssignedIdentities/"
	}
	return principal{id: d.guid(), application: d.guid(), name: name, roster: pick(d, []roster{usual, full, full, spare}),
		resource: "/subscriptions/" + v.subscription + "/resourcegroups/" + v.group + "/providers/" + owner + name}
}

// live is a day of a workload: starts at releases, then its rhythm.
func (w *workload) live(d *day) {
	if released(d, w.team) {
		for _, h := range w.hosts {
			w.begin(d, d.clock(9+d.dice.Float64()*7), h)
		}
	}
	switch w.kind {
	case "config":
		for _, h := range w.hosts {
			d.every(w.interval, func(at time.Time) { w.begin(d, at, h) })
		}
	case "signer":
		w.sign(d)
	default:
		d.every(w.interval, func(at time.Time) { w.refresh(d, at) })
	}
	if w.kind == "cached" && d.dice.chance(0.05) {
		s := w.session(d, d.clock(d.dice.Float64()*24), pick(d.dice, w.hosts))
		s.send("SecretGet", w.reads[0], 429)
		s.pause(time.Second, 4*time.Second)
		s.read(w.reads[0])
	}
}

// released tells whether a team ships today: about two days a week, the same for all its workloads.
func released(d *day, t *team) bool {
	return !d.off() && newDice(d.seed, "release "+t.name, d.number).chance(0.3)
}

func (w *workload) session(d *day, at time.Time, from origin) *session {
	return d.session(at, &w.principal, w.tool, from).on(w.vault)
}

// begin is what a program does when it starts. Configuration providers list the vault and read everything of theirs.
func (w *workload) begin(d *day, at time.Time, from origin) {
	s := w.session(d, at, from)
	s.hello()
	if w.kind == "config" {
		s.do("SecretList", "")
	}
	if w.kind == "site" && w.vault.fence == privateOnly {
		// References are tried over the public endpoint first; this fails by design.
		out := *s
		out.from = d.nets.cloud(d.dice)
		out.deny("SecretGet", w.reads[0], byClosedDoor)
		s.at = out.at
	}
	s.read(w.reads...)
}

// refresh is a look at one or all of the secrets in between.
func (w *workload) refresh(d *day, at time.Time) {
	s := w.session(d, at, pick(d.dice, w.hosts))
	if d.dice.chance(0.15) {
		s.hello()
	}
	if w.kind == "pods" || w.kind == "site" {
		s.read(w.reads...)
		return
	}
	s.read(some(d.dice, w.reads, 1+d.dice.IntN(2))...)
}

// sign uses a key through the day, more at noon, in bursts as orders come.
func (w *workload) sign(d *day) {
	total := d.dice.count(d.dice.spread(w.daily*d.pace, 0.35))
	if d.off() {
		total /= 3
	}
	for range total {
		hour := 13 + d.dice.NormFloat64()*4
		s := w.session(d, d.clock(min(max(hour, 0.1), 23.5)), pick(d.dice, w.hosts))
		s.do(pick(d.dice, []string{"KeySign", "KeyDecrypt"}), w.vault.keys[0])
	}
}

// optional asks every day for a setting that nobody made: a 404 for ever.
func (w *workload) optional(d *day) {
	w.session(d, d.clock(4+d.dice.Float64()), w.hosts[0]).send("SecretGet", "feature-flags-optional", 404)
}
