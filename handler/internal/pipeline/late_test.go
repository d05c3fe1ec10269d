package pipeline

import (
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// A record that comes when later ones have been judged is judged all the same, also if the process ends right after it
// saved its memory.
func TestLateRecordsOutliveACheckpoint(t *testing.T) {
	s, clock := openBolt(t), &moving{scenario.Day1.AddDate(0, 0, 1)}
	p := openPipeline(t, s, Options{Clock: clock.read})
	for i, line := range []string{"day 1 15:00 alice portal office kv-pay get a", "day 1 13:00 bob portal office kv-pay get a"} {
		story, err := scenario.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Batch(t.Context(), batchOf([]string{"0", "1"}[i], invoke.Event{Body: scenario.Body(story.Records), HasSequence: true})); err != nil {
			t.Fatal(err)
		}
		if i == 0 { // the first partition goes quiet, and the horizon follows the clock
			clock.now = clock.now.Add(2 * patience)
		}
		if _, err := p.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p = openPipeline(t, s, Options{Clock: clock.read})
	if _, err := p.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.Counts(); got.Judged != 2 || got.Late != 1 {
		t.Errorf("%+v, want both judged, one of them late", got)
	}
}
