package bench

import (
	"runtime"
	"testing"
)

// load is small enough for every change's check.
func load(t testing.TB, vaults, days int) *Load {
	t.Helper()
	l, err := NewLoad(vaults, days)
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
