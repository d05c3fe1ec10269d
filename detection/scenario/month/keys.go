package month

import (
	"fmt"
	"time"
)

// custody lets Azure's own services use customer-managed keys: regular, machine-made, one identity a resource.
func (o *organisation) custody(d dice) {
	type service struct{ application, agent string }
	services := []service{
		{"e406a681-f3d4-42a8-90b6-c2b029497af1", "Azure-Storage-Encryption/1.0"},
		{"022907d3-0f1b-48f7-badc-1ba6abab6d66", "SQLAzure/1.0"},
		{"a232010e-820c-4083-83bb-3ace5fc29d0b", "CosmosDB/2.14"},
		{"579d9c9d-4c83-4efc-8124-7eba65ed3356", "AzureCompute-DiskEncryption/3.2"},
	}
	talking := false
	for _, v := range o.ofKind("cmk", "data") {
		for i, key := range v.keys {
			s := services[i%len(services)]
			name := fmt.Sprintf("%s-%d", v.team.name, d.whole(100, 999))
			who := &principal{id: d.guid(), application: s.application, name: name, roster: full}
			t := software(s.agent, "7.1")
			from, interval := o.host(d, v), time.Duration(d.whole(15, 70))*time.Minute
			from.port = i%2 == 0
			if i == 0 && v.kind == "cmk" && !talking {
				interval, talking = 2*time.Minute, true // one vault talks all day, so that silence would be news
			}
			o.enlist("custody", func(d *day) {
				d.every(interval, func(at time.Time) {
					operation := "KeyUnwrap"
					if d.dice.chance(0.12) {
						operation = pick(d.dice, []string{"KeyWrap", "KeyGet"})
					}
					d.session(at, who, t, from).on(v).do(operation, key)
				})
			})
		}
	}
}
