package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

func TestTotal(t *testing.T) {
	n, err := total("==7== Command: ./x I refs: 3\n==7== \n==7== I   refs:      1,187,799,982\n")
	if err != nil || n != 1_187_799_982 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := total("==7== Process terminating\n"); err == nil {
		t.Error("no sum is no error")
	}
}

// Counting leaves out what is not measured, so that twice the records cost about the same each.
func TestInstructionsPerRecord(t *testing.T) {
	if _, err := exec.LookPath("valgrind"); err != nil {
		t.Skip("needs valgrind")
	}
	folder := t.TempDir()
	n := counter{filepath.Join(folder, "report"), folder}
	if said, err := exec.Command("go", "build", "-o", n.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the report: %v\n%s", err, said)
	}
	l, err := bench.NewLoad(bench.Attacked(4, 8))
	if err != nil {
		t.Fatal(err)
	}
	l = &bench.Load{Warm: l.Warm[:1], Hot: l.Hot[:1]}
	c := one(t, bench.Parse)
	once := count(t, n, c, l)
	twice := count(t, n, c, &bench.Load{Warm: l.Warm, Hot: []bench.Invocation{l.Hot[0], l.Hot[0]}})
	if once < 1000 || twice < once/2 || twice > 2*once {
		t.Errorf("%.0f instructions a record, %.0f of twice as many", once, twice)
	}
}

func one(t *testing.T, name string) bench.Contestant {
	t.Helper()
	for _, c := range bench.Contestants() {
		if c.Name == name && c.Form == "binary" {
			return c
		}
	}
	t.Fatalf("there is no contestant %q", name)
	return bench.Contestant{}
}

func count(t *testing.T, n counter, c bench.Contestant, l *bench.Load) float64 {
	t.Helper()
	found, err := n.perRecord(c, l)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
