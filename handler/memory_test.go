package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// peakOf is the setting under which the test binary is no test but a replay of a file that tells how much memory it took
// at most. What the system tells of a child from outside counts its parent's memory in.
const peakOf = "VAULTWATCH_TEST_PEAK_OF"

// replayAndTell is the child of TestReplayMemoryDoesNotGrow.
func replayAndTell(path string) int {
	code := run(context.Background(), []string{"replay", "--json", path}, surroundings{Out: io.Discard, Err: os.Stdout})
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return exitFailed
	}
	_, _ = os.Stdout.Write(status)
	return code
}

// Peak memory does not grow with the length of the log: four times as many days take about as much as one time, read in
// the order of a hub and in another.
func TestReplayMemoryDoesNotGrow(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("only Linux tells a process how much memory it took at most")
	}
	short, _ := everyday(t, 8)
	long, _ := everyday(t, 32)
	for _, order := range []string{"hub", "newest day first"} {
		if order != "hub" {
			short, long = backwards(t, short), backwards(t, long)
		}
		small, large := peak(t, short), peak(t, long)
		t.Logf("%s: at most %d KB for 8 days, %d KB for 32", order, small, large)
		if large > small*3/2 {
			t.Errorf("%s: peak memory grew from %d to %d KB", order, small, large)
		}
	}
}

// peak is the most memory, in KB, that a replay has taken in a process of its own.
func peak(t *testing.T, path string) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), peakOf+"="+path)
	status, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, status)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
