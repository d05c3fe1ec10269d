package quality

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// Options of the measure.
type Options struct {
	// Generous lets an alert without a caller or without a vault meet a requirement about any.
	Generous bool
}

// verdict is what one alert amounts to.
type verdict uint8

const (
	falseAlarm verdict = iota
	hit
	onNovel
	onRoutine
	forbidden
	unexpected
	echo
)

func ofClass(class string) verdict {
	switch class {
	case month.Attack:
		return hit
	case month.Novel:
		return onNovel
	}
	return onRoutine
}

// trial is a measurement under way.
type trial struct {
	episodes []*episode
	learned  int64
	options  Options
	seen     set
	lines    int

	falses, learning, novelties, banned, surprises, hits []ruling
	judged, rightCaller, rightVault                      int
}

// ruling is an alert with the episode it was counted for; the episode is nil where there is none.
type ruling struct {
	*alert
	home *episode
}

// Judge holds findings against labels.
func Judge(labels month.Labels, findings []Finding, o Options) Report {
	t := newTrial(labels, o)
	t.judge(findings)
	return t.report(labels)
}

func newTrial(labels month.Labels, o Options) *trial {
	t := &trial{learned: micros(labels.Learned), options: o, seen: set{}}
	for _, e := range labels.Episodes {
		t.episodes = append(t.episodes, newEpisode(e))
	}
	return t
}

func (t *trial) judge(findings []Finding) {
	t.lines = len(findings)
	alerts := make([]*alert, 0, len(findings))
	for _, f := range findings {
		alerts = append(alerts, newAlert(f))
	}
	slices.SortStableFunc(alerts, func(a, b *alert) int { return cmp.Compare(a.at, b.at) })
	for _, a := range alerts {
		t.try(a)
	}
}

// try counts one alert, or adds an update to what it met.
func (t *trial) try(a *alert) {
	first := !t.seen[a.ID]
	t.seen[a.ID] = true
	near := t.near(a)
	v, home := classify(a, near)
	if v == falseAlarm && len(near) == 0 {
		if home = t.echoed(a); home != nil {
			v = echo
		}
	}
	for _, e := range near {
		if e.Class == month.Attack {
			e.offer(a, t.options.Generous)
		}
	}
	if !first {
		return
	}
	if home != nil && (v == hit || v == onNovel || v == onRoutine) && home.beyond(a) {
		v = forbidden
	}
	t.count(a, v, home, near)
}

func (t *trial) near(a *alert) []*episode {
	var out []*episode
	for _, e := range t.episodes {
		if e.from <= a.at && a.at <= e.to && e.concerns(a) {
			out = append(out, e)
		}
	}
	return out
}

// echoed is the attack of the last 24 hours whose repetition the alert is.
func (t *trial) echoed(a *alert) *episode {
	for _, e := range t.episodes {
		if e.Class == month.Attack && e.to < a.at && a.at <= e.to+86400e6 && e.concerns(a) {
			return e
		}
	}
	return nil
}

// classify finds the episode an alert belongs to: attacks first, and a wanted type before an unwanted one.
func classify(a *alert, near []*episode) (verdict, *episode) {
	ordered := slices.Clone(near)
	slices.SortStableFunc(ordered, func(a, b *episode) int { return attackLast(a) - attackLast(b) })
	v, home := falseAlarm, (*episode)(nil)
	for _, e := range ordered {
		wanted := e.wanted(a)
		bad := !wanted && (e.forbid[a.kind] || e.forbid["*"])
		switch {
		case wanted && (e.Class == month.Attack || v != hit):
			v, home = ofClass(e.Class), e
			if e.Class == month.Attack {
				return v, home
			}
		case bad && home == nil:
			v, home = forbidden, e
		case e.Class == month.Attack && home == nil:
			v, home = unexpected, e
		}
	}
	return v, home
}

func attackLast(e *episode) int {
	if e.Class == month.Attack {
		return 0
	}
	return 1
}

// beyond counts the alert against the episode's limits and tells whether one is exceeded.
func (e *episode) beyond(a *alert) bool {
	over := false
	for _, l := range e.Limits {
		if !slices.Contains(l.Types, a.kind) {
			continue
		}
		key := strings.Join(l.Types, "|")
		e.counts[key]++
		over = over || e.counts[key] > l.Max
	}
	return over
}

func (t *trial) count(a *alert, v verdict, home *episode, near []*episode) {
	if v == hit || v == unexpected {
		t.judged++
		t.rightCaller += one(home.callers[a.caller])
		t.rightVault += one(len(a.vaults) > 0 && a.vaults.within(home.vaults) || len(a.vaults) == 0 && a.kinds.meets(spread()))
	}
	switch v {
	case hit, echo:
		home.count(a)
		t.hits = append(t.hits, ruling{a, home})
		return
	case unexpected:
		home.count(a)
		t.surprises = append(t.surprises, ruling{a, home})
		return
	case onNovel, onRoutine:
		t.novelties = append(t.novelties, ruling{a, home})
		return
	case forbidden:
		t.banned = append(t.banned, ruling{a, home})
	}
	if home == nil && len(near) > 0 {
		home = near[0]
	}
	if a.at >= t.learned {
		t.falses = append(t.falses, ruling{a, home})
	} else {
		t.learning = append(t.learning, ruling{a, home})
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
