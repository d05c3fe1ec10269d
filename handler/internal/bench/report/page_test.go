package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

// curves are two directions, one of them with a single point.
func curves() []curve {
	point := func(n int, whole, judging time.Duration) bench.Growth {
		return bench.Growth{Estate: bench.Estate{Vaults: n}, Whole: bench.Cost{Time: whole}, Judging: bench.Cost{Time: judging}}
	}
	count := func(e bench.Estate) int { return e.Vaults }
	return []curve{
		{Axis: bench.Axis{Name: "vaults & more", Fixed: "<two> days", Count: count}, points: []bench.Growth{point(10, 4*time.Microsecond, time.Microsecond), point(100, 5*time.Microsecond, 1500), point(1000, 9300, 2*time.Microsecond)}},
		{Axis: bench.Axis{Name: "alone", Count: count}, points: []bench.Growth{point(7, 3*time.Microsecond, 2*time.Microsecond)}},
	}
}

// Sizes stand at the distances of their logarithms, costs to one scale from zero, and text stays text.
func TestCurves(t *testing.T) {
	svg := string(draw(curves()))
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
	}
	for _, want := range []string{"&amp; more", "&lt;two&gt; days", ">9.3</text>", `text-anchor="end">0</text>`, `text-anchor="end">10</text>`} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in %s", want, svg)
		}
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Error(svg)
	}
	var d plots
	xs := d.places(curves()[0])
	if math.Abs(xs[2]-xs[1]-(xs[1]-xs[0])) > 0.1 || xs[0] < margin || xs[2] > panel {
		t.Errorf("10, 100 and 1000 stand at %v", xs)
	}
}

func TestTick(t *testing.T) {
	for highest, want := range map[float64]float64{9.3: 5, 4: 1, 0.7: 0.2, 38: 10, 1: 0.5} {
		if got := tick(highest); math.Abs(got-want) > 1e-9 {
			t.Errorf("tick(%g) = %g, want %g", highest, got, want)
		}
	}
}

// A table holds what was measured, and a dash for what could not be.
func TestTableOfRates(t *testing.T) {
	whole := bench.Contestant{Name: bench.Whole, Form: "binary"}
	file := bench.Contestant{Name: bench.WholeFile, Form: "binary"}
	r := raced{[]bench.Result{{Contestant: whole, Time: 4 * time.Microsecond, Allocations: 0.5, Bytes: 900}, {Contestant: file, Time: 6 * time.Microsecond}}, counts{key(whole): 44314.7}, 1000}
	var b strings.Builder
	r.table(&b)
	for _, want := range []string{"| the whole job | binary | 250000 | 4.00 | 44315 | 0.50 | 900 |\n", "| the whole job, local file | binary | 166667 | 6.00 | – | 0.00 | 0 |\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if got := r.store(); got != "2.0 ms" {
		t.Errorf("the store takes %s", got)
	}
}
