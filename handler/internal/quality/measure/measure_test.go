package main

import "testing"

// The verdicts stay near what the project says they are, on two organisations. These are limits, not what is measured:
// that stands in docs/quality.md. Two organisations ask for some hundred alerts, so the share of those met is known to
// about two in a hundred only; the limit leaves room for that.
func TestVerdictsKeepTheirPromise(t *testing.T) {
	if testing.Short() {
		t.Skip("plays two organisations")
	}
	var worlds []world
	for _, seed := range []uint64{901, 902} {
		w, err := newWorld(seed)
		if err != nil {
			t.Fatal(err)
		}
		worlds = append(worlds, w)
	}
	r := measure(worlds, vaultwatch)
	if *r.Expectations < 0.93 || *r.FalseRate > 0.25 || *r.FalseLearning > 1 || *r.PerEpisode > 1.5 || *r.IncidentsPerEpisode > 1.2 {
		t.Errorf("requirements met %.3f (at least 0.93), false %.3f (at most 0.25) and while learning %.3f (at most 1) a vault-month, %.2f alerts (at most 1.5) and %.2f incidents (at most 1.2) an attack",
			*r.Expectations, *r.FalseRate, *r.FalseLearning, *r.PerEpisode, *r.IncidentsPerEpisode)
	}
}

func TestSpan(t *testing.T) {
	if a, b, err := span("101-112"); err != nil || a != 101 || b != 112 {
		t.Errorf("%d-%d, %v", a, b, err)
	}
	for _, bad := range []string{"", "x", "5-3"} {
		if _, _, err := span(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
