package flame

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"
)

// cpu makes a profile of stacks ("caller callee …") and the milliseconds spent in each.
func cpu(stacks map[string]int64) *profile.Profile {
	p := &profile.Profile{SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}}}
	for stack, ms := range stacks {
		s := &profile.Sample{Value: []int64{1, ms * 1_000_000}}
		for _, name := range slices.Backward(strings.Fields(stack)) { // callees first
			s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
		}
		p.Sample = append(p.Sample, s)
	}
	return p
}

func picture() Picture {
	return Picture{Title: "Time & place", Module: "x/", Root: "x/bench.open.func1", RootName: "all <of> it", Rooms: []Room{
		{Name: "audit", Package: "x/audit", Colour: "#f00"}, {Name: "judge", Package: "x/judge", Colour: "#0f0"}, {Name: "rest", Colour: "#ccc"},
	}}
}

var stacks = map[string]int64{
	"runtime.main x/bench.Lap x/bench.open.func1 x/audit.(*Parser).Body":                   500,
	"runtime.main x/bench.Lap x/bench.open.func1 x/audit.(*Parser).Body runtime.mallocgc":  200,
	"runtime.main x/bench.Lap x/bench.open.func1 x/judge.Sort[go.shape.int]":               150,
	"runtime.main x/bench.Lap x/bench.open.func1 x/auditor.Look <script>alert(1)</script>": 100,
	"runtime.gcBgMarkWorker runtime.scanObject":                                            50,
}

// box is a frame as drawn: its title, left edge, row and width.
type box struct {
	title string
	x, w  float64
	y     int
}

// boxes reads the frames, and fails the test if the drawing is no XML or holds what a page must not.
func boxes(t *testing.T, svg []byte) (out []box) {
	t.Helper()
	title := ""
	for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		switch e := token.(type) {
		case xml.CharData:
			title = string(e)
		case xml.StartElement:
			switch e.Name.Local {
			case "script":
				t.Fatal("the drawing holds a script")
			case "path":
				b := box{title: title}
				height, left := 0, 0.0
				if _, err := fmt.Sscanf(e.Attr[1].Value, "M%f %dh%fv%dH%fz", &b.x, &b.y, &b.w, &height, &left); err != nil {
					t.Fatalf("%s: %v", e.Attr[1].Value, err)
				}
				out = append(out, b)
			}
		}
	}
}

// Frames are as wide as their time, callees hang inside of their callers, and what one calls adds up to no more.
func TestWidths(t *testing.T) {
	got := map[string]box{}
	rows := map[int]float64{}
	for _, b := range boxes(t, Draw(cpu(stacks), picture())) {
		got[b.title] = b
		rows[b.y] += b.w + 0.6
	}
	for title, share := range map[string]float64{
		"bench.open.func1, 95.0 %": 0.95, "audit.(*Parser).Body, 70.0 %": 0.7, "runtime.mallocgc, 20.0 %": 0.2, "judge.Sort, 15.0 %": 0.15,
		"auditor.Look, 10.0 %": 0.1, "<script>alert(1)</script>, 10.0 %": 0.1, "runtime.gcBgMarkWorker, 5.0 %": 0.05, "runtime.scanObject, 5.0 %": 0.05,
	} {
		if b, ok := got[title]; !ok || math.Abs(b.w+0.6-share*width) > 0.2 {
			t.Errorf("%s: %+v of %d", title, b, width)
		}
	}
	if len(got) != 8 {
		t.Errorf("%d frames: %v", len(got), got)
	}
	if body, malloc := got["audit.(*Parser).Body, 70.0 %"], got["runtime.mallocgc, 20.0 %"]; malloc.x != body.x || malloc.y != body.y+row {
		t.Errorf("%+v does not hang below %+v", malloc, body)
	}
	if math.Abs(rows[head]-width) > 0.5 || math.Abs(rows[head+row]-width) > 0.5 {
		t.Errorf("the upper rows should be as wide as the picture: %v", rows)
	}
}

// A room answers for what it calls in libraries and the runtime, but not for a package whose name only begins like its.
func TestShares(t *testing.T) {
	got := map[string]float64{}
	for _, s := range picture().Shares(cpu(stacks)) {
		got[s.Name] = math.Round(100 * s.Part)
	}
	if diff := cmp.Diff(map[string]float64{"audit": 70, "judge": 15, "rest": 15}, got); diff != "" {
		t.Error(diff)
	}
}

// Text stays text, and an empty profile is a picture, too.
func TestTextStaysText(t *testing.T) {
	svg := string(Draw(cpu(stacks), picture()))
	for _, want := range []string{"Time &amp; place", "all &lt;of&gt; it 95.0 %", "Parser.Body 70.0 %"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in %s", want, svg)
		}
	}
	boxes(t, Draw(&profile.Profile{}, picture()))
}

func TestLabel(t *testing.T) {
	for _, c := range []struct {
		w    float64
		want string
	}{{200, "Estate.Note 4.0 %"}, {80, "Estate.Note"}, {40, "Note"}, {20, ""}} {
		if got := label("Estate.Note", "4.0 %", c.w); got != c.want {
			t.Errorf("%.0f wide: %q, want %q", c.w, got, c.want)
		}
	}
	if got := label("Estate.countNewcomers", "4.0 %", 50); got != "countN…" {
		t.Errorf("got %q", got)
	}
}
