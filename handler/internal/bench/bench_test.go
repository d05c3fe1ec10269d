package bench

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// load is small enough for every change's check.
func load(t testing.TB, vaults, days int) *Load {
	t.Helper()
	l, err := NewLoad(Attacked(vaults, days))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Every contestant finds every record of both forms: who loses some is not fast.
func TestContestantsReadEverything(t *testing.T) {
	l := load(t, 4, 8)
	if len(l.Hot) == 0 {
		t.Fatal("the load has no measured half")
	}
	for _, c := range Contestants() {
		t.Run(c.Name+"/"+c.Form, func(t *testing.T) {
			if _, err := c.Lap(l, func() {}, func() {}); err != nil {
				t.Error(err)
			}
		})
	}
}

// The program says the same on one core and on two.
func TestReplayOnTwoCores(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "handler")
	if said, err := exec.Command("go", "build", "-o", program, "github.com/vaultwatch/vaultwatch/handler").CombinedOutput(); err != nil {
		t.Fatalf("build the handler: %v\n%s", err, said)
	}
	r, err := Replay(program, folder, month.Plan{Seed: 7, Vaults: 6, Days: 20, LearnDays: 10}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if r.Alerts < 3 || r.Records < 5000 {
		t.Errorf("%d records raised %d alerts: too few to tell an order", r.Records, r.Alerts)
	}
}

// BenchmarkContestants measures each on one core. For ratios on a machine that drifts, use command report.
func BenchmarkContestants(b *testing.B) {
	l := load(b, 16, 14)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, c := range Contestants() {
		b.Run(c.Name+"/"+c.Form, func(b *testing.B) {
			b.ReportAllocs()
			b.StopTimer()
			records := 0
			for range b.N {
				n, err := c.Lap(l, b.StartTimer, b.StopTimer)
				if err != nil {
					b.Fatal(err)
				}
				records += n
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(records), "ns/record")
		})
	}
}
