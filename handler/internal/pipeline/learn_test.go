package pipeline

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

// The judge asks for the lessons before it judges anything, on one machine and on a shared store; what it asks with is
// how far it came; and it judges nothing as long as it cannot know them.
func TestLessonsComeFirst(t *testing.T) {
	for name, shared := range map[string]bool{"one machine": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			file, err := boltfile.Open(filepath.Join(t.TempDir(), "l.db"), boltfile.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = file.Close() }()
			now, broken := scenario.Day1.AddDate(0, 0, 3), error(nil)
			var asked []time.Time
			o := Options{Store: file, Shared: shared, Holder: "one", Clock: func() time.Time { return now }, Engine: detection.Config{Catalogue: catalogue.All()},
				Lessons: func(_ context.Context, settled time.Time) ([]detection.Lesson, error) {
					asked = append(asked, settled)
					return nil, broken
				}}
			p, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			story, err := scenario.Parse("every day 10:00 for 3 days: alice portal office kv-pay get db-password")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Take(t.Context(), story.Records); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Hour)
			for range 2 {
				if _, err := p.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				now = now.Add(time.Minute)
			}
			if len(asked) < 3 || !asked[0].IsZero() || asked[len(asked)-1].Before(scenario.Day1.AddDate(0, 0, 2)) {
				t.Errorf("asked with %v", asked)
			}
			broken = errors.New("the network is away")
			before := p.Standing().Settled
			now = now.Add(time.Hour)
			if _, err := p.Sweep(t.Context()); err == nil || !strings.Contains(err.Error(), "learn: the network is away") {
				t.Errorf("a sweep without lessons: %v", err)
			}
			if got := p.Standing().Settled; !got.Equal(before) {
				t.Errorf("it judged up to %s without knowing the lessons", got)
			}
		})
	}
}
