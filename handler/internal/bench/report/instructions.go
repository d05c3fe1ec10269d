package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

// counts are instructions per record by contestant, as "name/form".
type counts map[string]float64

func key(c bench.Contestant) string { return c.Name + "/" + c.Form }

// of is what a contestant takes, for a table.
func (n counts) of(c bench.Contestant) string {
	if count, ok := n[key(c)]; ok {
		return fmt.Sprintf("%.0f", count)
	}
	return "–"
}

// instructions counts what each contestant executes; nothing where there is no valgrind.
func instructions(all []bench.Contestant, l *bench.Load) (counts, error) {
	out := counts{}
	return out, counting(func(n counter) (err error) {
		for _, c := range all {
			if out[key(c)], err = n.perRecord(c, l); err != nil {
				return fmt.Errorf("count the instructions of %s: %w", key(c), err)
			}
		}
		return nil
	})
}

// counting lends a counter, unless there is no valgrind.
func counting(use func(counter) error) error {
	if _, err := exec.LookPath("valgrind"); errors.Is(err, exec.ErrNotFound) {
		return nil
	}
	folder, err := os.MkdirTemp("", "vaultwatch-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return use(counter{program, folder})
}

// counter lets this program (its path) run in valgrind's cachegrind, which counts as callgrind does and is quicker.
type counter struct{ program, folder string }

// forValgrind switches off what valgrind 3.19 does not know or counts wrongly: it refuses RDTSCP, takes each byte that
// a REP MOVSB or STOSB moves for an instruction, and loses its way in signals that preempt.
const forValgrind = "GODEBUG=cpu.rdtscp=off,cpu.erms=off,asyncpreemptoff=1"

// perRecord lets the contestant get ready and take the load, and get ready only. The difference is what the records cost,
// whatever it took to read them from a file.
func (n counter) perRecord(c bench.Contestant, l *bench.Load) (float64, error) {
	load := filepath.Join(n.folder, "load")
	if err := writeLoad(load, l.Only(c.Form)); err != nil {
		return 0, err
	}
	return n.difference(l.Records(), "-once", key(c), "-load", load)
}

// ofEstate lets an estate grow up and speak on, and only grow up.
func (n counter) ofEstate(e bench.Estate) (float64, error) {
	return n.difference(bench.Measured, "-walk", fmt.Sprintf(estateForm, e.Vaults, e.Principals, e.Days, e.Daily))
}

// estateForm is how an estate stands on the command line: vaults, principals on each, days, records of each a day.
const estateForm = "%d,%d,%d,%d"

// difference is what each of so many records takes: what this program does by the arguments beyond what it does if it is to be
// idle. Both run at the same time, which makes no difference to a count.
func (n counter) difference(records int, args ...string) (float64, error) {
	var counts [2]int
	var both errgroup.Group
	for i, more := range [][]string{nil, {"-idle"}} {
		both.Go(func() (err error) {
			counts[i], err = n.run(slices.Concat(args, more), filepath.Join(n.folder, fmt.Sprint("told", i)))
			return err
		})
	}
	err := both.Wait()
	return float64(counts[0]-counts[1]) / float64(records), err
}

func (n counter) run(args []string, told string) (int, error) {
	child := exec.Command("valgrind", append([]string{"--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", "--log-file=" + told, n.program}, args...)...)
	// One processor from the start, since threads that wait for each other spin; and no collector, since how often it runs is
	// chance, and its work on the whole heap is more than that on the records.
	child.Env = append(os.Environ(), forValgrind, "GOMAXPROCS=1", "GOGC=off")
	if said, err := child.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("in valgrind: %w\n%s", err, said)
	}
	text, err := os.ReadFile(told)
	if err != nil {
		return 0, err
	}
	return total(string(text))
}

var totalLine = regexp.MustCompile(`(?m)^==\d+== I\s+refs:\s+([0-9,]+)$`)

// total reads the sum from what cachegrind tells.
func total(told string) (int, error) {
	found := totalLine.FindStringSubmatch(told)
	if found == nil {
		return 0, fmt.Errorf("cachegrind told no sum:\n%s", told)
	}
	return strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
}
