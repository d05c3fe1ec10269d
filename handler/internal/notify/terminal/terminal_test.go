package terminal

import (
	"bytes"
	"errors"
	"flag"
	"html"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// screen is a writer that can fail.
type screen struct {
	mutex sync.Mutex
	pages []string
	mood  notifytest.Mood
}

func (s *screen) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.mood != notifytest.Friendly {
		return 0, errors.New("broken pipe")
	}
	s.pages = append(s.pages, html.EscapeString(string(p)))
	return len(p), nil
}

func TestConformance(t *testing.T) {
	notifytest.Run(t, func(t *testing.T) notifytest.Rig {
		s := &screen{}
		return notifytest.Rig{
			Channel: New(s, Options{Width: 200}), Readable: true,
			Delivered: func() []string { return s.pages },
		}
	})
}

func TestABrokenPipeIsAFailureToTryAgain(t *testing.T) {
	f := notify.AsFailure(New(&screen{mood: notifytest.Busy}, Options{}).Send(t.Context(), notifytest.Messages()[0]))
	if f == nil || !f.Retry {
		t.Errorf("failure = %v", f)
	}
	if err := Page(&screen{mood: notifytest.Busy}, nil, Options{}); err == nil {
		t.Error("Page hides the writer's error")
	}
}

func written(t *testing.T, incidents []notify.Incident, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Page(&b, incidents, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldenPage(t *testing.T) {
	incidents := append([]notify.Incident{notifytest.Incident()}, notifytest.Messages()[3].Incidents...)
	for name, o := range map[string]Options{
		"page.txt":   {},
		"narrow.txt": {Width: 60, Objects: 1, Links: notify.Links{Page: "http://localhost:7071/#{incident}"}},
		"colour.txt": {Color: true},
	} {
		got := written(t, incidents, o)
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (run the test with -update to write it)", err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestNoLineIsWiderThanAsked(t *testing.T) {
	for _, width := range []int{1, 40, 57, 100} {
		for line := range strings.Lines(written(t, append(notifytest.Hostile().Incidents, notifytest.Incident()), Options{Width: width, Objects: 2000})) {
			if got := clean.Width(strings.TrimSuffix(line, "\n")); got > max(width, 40) {
				t.Fatalf("width %d: a line of %d columns: %q", width, got, line)
			}
		}
	}
}

func TestColoursOnlyIfAsked(t *testing.T) {
	hostile := notifytest.Hostile().Incidents
	if strings.Contains(written(t, hostile, Options{}), "\x1b") {
		t.Error("an escape sequence without having asked for colours")
	}
	painted := written(t, hostile, Options{Color: true})
	for _, own := range []string{"\x1b[1;33m", "\x1b[1m", "\x1b[0m"} {
		painted = strings.ReplaceAll(painted, own, "")
	}
	if strings.Contains(painted, "\x1b") {
		t.Error("an escape sequence that is not ours")
	}
}

func TestWhatIsNotListedIsCounted(t *testing.T) {
	got := written(t, []notify.Incident{notifytest.Incident()}, Options{Objects: 1})
	if !strings.Contains(got, "and 28 more") { // 3 objects and 26 that the alert itself counts
		t.Errorf("the page does not count what it leaves out:\n%s", got)
	}
}
