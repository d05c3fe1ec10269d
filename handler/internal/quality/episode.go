package quality

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

type set map[string]bool

func lower(list []string) set {
	s := set{}
	for _, x := range list {
		s[strings.ToLower(x)] = true
	}
	return s
}

func exact(list []string) set {
	s := set{}
	for _, x := range list {
		s[x] = true
	}
	return s
}

func (s set) meets(other set) bool {
	for x := range s {
		if other[x] {
			return true
		}
	}
	return false
}

func (s set) within(other set) bool {
	for x := range s {
		if !other[x] {
			return false
		}
	}
	return true
}

// micros is a time as the measure compares it. Finer digits are cut, as the corpus' scorer does.
func micros(t time.Time) int64 { return t.UnixMicro() }

// alert is a finding made ready to compare.
type alert struct {
	Finding
	at, raised  int64
	kind        string
	kinds       set
	vaults      set
	caller, app string
}

// spread are types that may have no vault.
func spread() set {
	return set{"KV_AccountVolumeAnomaly": true, "KV_AccountVolumeAccessDeniedAnomaly": true}
}

// alias is the current name of a type that was spelt otherwise in a release note.
func alias(kind string) string {
	if kind == "KV_DeniedAccountVolumeAnomaly" {
		return "KV_AccountVolumeAccessDeniedAnomaly"
	}
	return kind
}

func newAlert(f Finding) *alert {
	a := &alert{Finding: f, at: micros(f.Time), kind: alias(f.Type), kinds: set{}, vaults: lower(f.Vaults), caller: strings.ToLower(f.Caller), app: strings.ToLower(f.Application)}
	a.raised = a.at
	if !f.Raised.IsZero() {
		a.raised = micros(f.Raised)
	}
	a.kinds[a.kind] = true
	for _, k := range f.Also {
		a.kinds[alias(k)] = true
	}
	delete(a.vaults, "")
	return a
}

// episode is a label made ready to compare, and what came of it.
type episode struct {
	month.Episode
	from, to                   int64
	vaults, callers, apps, ips set
	may, forbid                set
	wishes                     []*wish
	got                        []*alert
	alerts                     int
	incidents                  set
	counts                     map[string]int
}

// wish is a requirement and how it was met.
type wish struct {
	month.Requirement
	any, callers, vaults set
	named                set
	met                  *alert
	own                  set
}

func newEpisode(e month.Episode) *episode {
	grace := float64(month.DefaultGrace)
	if e.Grace != nil {
		grace = *e.Grace
	}
	x := &episode{Episode: e, from: micros(e.Start) - 60e6, to: micros(e.End) + int64(grace*60e6),
		vaults: lower(e.Vaults), callers: lower(e.Callers), apps: lower(e.Applications), ips: exact(e.Addresses),
		may: exact(e.May), forbid: exact(e.Forbid), counts: map[string]int{}}
	for _, q := range e.Must {
		w := &wish{Requirement: q, any: exact(q.Any), callers: lower(q.Callers), named: set{}, own: set{}}
		if q.Vaults != nil {
			w.vaults = lower(q.Vaults)
		}
		x.wishes = append(x.wishes, w)
	}
	return x
}

// concerns tells whether an alert is about this episode's principal, address or vault at all.
func (e *episode) concerns(a *alert) bool {
	place := len(a.vaults) == 0 || a.vaults.meets(e.vaults)
	switch {
	case a.caller != "":
		return e.callers[a.caller] && place
	case a.IP != "" && len(e.ips) > 0:
		return e.ips[a.IP] && place
	case a.app != "" && e.apps[a.app]:
		return place
	}
	return a.vaults.meets(e.vaults)
}

// wanted tells whether the episode asks for or tolerates the alert's type.
func (e *episode) wanted(a *alert) bool {
	return a.kinds.meets(e.may) || slices.ContainsFunc(e.wishes, func(w *wish) bool { return a.kinds.meets(w.any) })
}

// offer holds an alert against the episode's requirements.
func (e *episode) offer(a *alert, generous bool) {
	e.got = append(e.got, a)
	for _, w := range e.wishes {
		if !a.kinds.meets(w.any) || w.By != nil && a.at > micros(*w.By) {
			continue
		}
		who := len(w.callers) == 0 || w.callers[a.caller] || a.caller == "" && (e.ips[a.IP] || e.apps[a.app] || generous)
		if who && w.where(a, generous) {
			w.take(a, generous)
		}
	}
}

func (w *wish) where(a *alert, generous bool) bool {
	if w.vaults == nil || a.vaults.meets(w.vaults) {
		return true
	}
	spans := sharedSpread(a.kinds, w.any)
	return (spans || generous) && len(a.vaults) == 0
}

func sharedSpread(a, b set) bool {
	for k := range spread() {
		if a[k] && b[k] {
			return true
		}
	}
	return false
}

func (w *wish) take(a *alert, generous bool) {
	w.own[a.kind] = true
	for v := range a.vaults {
		if w.vaults[v] {
			w.named[v] = true
		}
	}
	enough := w.Min <= 1 || len(w.named) >= w.Min || generous && len(a.vaults) == 0
	if w.met == nil && enough {
		w.met = a
	}
}

// count notes an alert on the episode. Where a judge does not group alerts, each is an incident of its own.
func (e *episode) count(a *alert) {
	e.alerts++
	if e.incidents == nil {
		e.incidents = set{}
	}
	e.incidents[cmp.Or(a.Incident, a.ID)] = true
}
