package pipeline

import (
	"context"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// early sends each line of a story as a batch of its own, half a minute apart by the clock, and returns what was told
// after each, and the pipeline.
func earlyRun(t *testing.T, lines ...string) (told [][]detection.Alert, p *Pipeline) {
	t.Helper()
	now := scenario.Day1.AddDate(0, 0, 40)
	told = make([][]detection.Alert, len(lines))
	line := 0
	p = openPipeline(t, openBolt(t), Options{Clock: func() time.Time { return now }, OnAlerts: func(_ context.Context, alerts []detection.Alert) error {
		told[line] = append(told[line], alerts...)
		return nil
	}})
	for i, text := range lines {
		line = i
		story, err := scenario.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		report, err := p.Batch(context.Background(), batchOf("0", invoke.Event{Body: scenario.Body(story.Records), Sequence: int64(i), HasSequence: true}))
		if err != nil || report.EarlyError != nil {
			t.Fatal(err, report.EarlyError)
		}
		now = now.Add(30 * time.Second)
	}
	return told, p
}

func stored(t *testing.T, p *Pipeline) []detection.Alert {
	t.Helper()
	alerts, err := p.Alerts(context.Background(), time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return alerts
}

// A theft is told with the batch that holds it, and confirmed under the same id when the horizon passes it.
func TestEarlyIsConfirmed(t *testing.T) {
	told, p := earlyRun(t, "day 30 10:00 alice cli tor kv-pay get a", "day 30 10:30 bob portal office kv-pay get a")
	if len(told[0]) != 1 || !told[0][0].Early || told[0][0].Type != "KV_TORAccess" {
		t.Fatalf("told with the first batch: %+v", told[0])
	}
	if len(told[1]) != 1 || told[1][0].Early || told[1][0].ID != told[0][0].ID {
		t.Fatalf("told with the second batch: %+v", told[1])
	}
	if got := stored(t, p); len(got) != 1 || got[0].Early || !got[0].Seen.Equal(told[0][0].Seen) {
		t.Errorf("in the store: %+v", got)
	}
}

// What an earlier record explains otherwise is taken back: here the story begins a minute before it seemed to.
func TestEarlyIsTakenBack(t *testing.T) {
	told, p := earlyRun(t, "day 30 10:01 alice cli tor kv-pay get a", "day 30 10:00 alice cli tor kv-pay get b", "day 30 10:30 bob portal office kv-pay get a")
	if len(told[0]) != 1 || len(told[1]) != 1 || told[0][0].ID == told[1][0].ID {
		t.Fatalf("told early: %+v, then %+v", told[0], told[1])
	}
	got := stored(t, p)
	if len(got) != 1 || got[0].ID != told[1][0].ID || got[0].Early {
		t.Errorf("in the store: %+v", got)
	}
}
