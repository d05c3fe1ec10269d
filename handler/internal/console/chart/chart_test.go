package chart

import (
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

// wellFormed fails the test if a drawing is no XML, or holds what the content policy forbids, or a number that is none.
func wellFormed(t *testing.T, drawing template.HTML) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(drawing)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, drawing)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if element.Name.Local == "script" || element.Name.Local == "b" {
			t.Errorf("the drawing holds <%s>", element.Name.Local)
		}
		for _, a := range element.Attr {
			if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
				t.Errorf("the drawing holds %s=%q", a.Name.Local, a.Value)
			}
		}
	}
}

// Ensure that every drawing is well-formed and free of script, with labels that are hostile and numbers that are odd.
func TestDrawingsAreSafe(t *testing.T) {
	const evil = `"><script>alert(1)</script><b x='`
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	cells := []Cell{{0, evil}, {1, ""}, {math.MaxUint32, "x"}}
	for name, drawing := range map[string]template.HTML{
		"strip": Strip(evil, cells), "no strip": Strip("x", nil), "calendar": Calendar(evil, 3, cells), "no calendar": Calendar("x", 0, nil),
		"columns": Columns(evil, []Column{{[3]int{1, 0, 2}, evil}, {}}), "no columns": Columns("x", nil),
		"week": Week(evil, [7 * 24]Hour{3: {2, evil, true}, 5: {math.MaxUint32, "", false}}), "no week": Week("x", [7 * 24]Hour{}),
		"bars": Bars(evil, cells, 0.5, 3), "no bars": Bars("x", nil, 0, 0),
		"bullet": Bullet(evil, 12, 3, 4), "nothing observed": Bullet("x", 0, 0, 0),
		"arrivals": Arrivals(evil, now.Add(-time.Hour), now, []Arrival{{now, evil, true}, {now.AddDate(1, 0, 0), "x", false}}), "no span": Arrivals("x", now, now, []Arrival{{At: now}}),
		"lanes":    Lanes(evil, now, now.Add(time.Hour), [][]Event{{{At: now, To: now, Class: "done", Title: evil}}, {{At: now.AddDate(-1, 0, 0), Class: "refused"}}}, [2]time.Time{now, now}),
		"no lanes": Lanes("x", now, now, nil, [2]time.Time{}),
	} {
		t.Run(name, func(t *testing.T) { wellFormed(t, drawing) })
	}
}

// Ensure that shades tell nothing from something and little from much, however large the numbers are.
func TestLevels(t *testing.T) {
	for _, c := range []struct {
		count, top uint32
		want       int
	}{{0, 0, 0}, {0, 100, 0}, {1, 1, Levels}, {100, 100, Levels}, {1, 1000, 1}, {30, 1000, 3}, {math.MaxUint32, math.MaxUint32, Levels}} {
		if got := level(c.count, c.top); got != c.want {
			t.Errorf("level(%d, %d) = %d, want %d", c.count, c.top, got, c.want)
		}
	}
}
