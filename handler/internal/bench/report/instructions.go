package main

import (
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

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

// instructions counts what each contestant executes; nil where there is no valgrind.
func instructions(all []bench.Contestant, l *bench.Load) (counts, error) {
	if _, err := exec.LookPath("valgrind"); errors.Is(err, exec.ErrNotFound) {
		return nil, nil
	}
	folder, err := os.MkdirTemp("", "vaultwatch-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	out := counts{}
	for _, c := range all {
		if out[key(c)], err = (counter{program, folder}).perRecord(c, l); err != nil {
			return nil, fmt.Errorf("count the instructions of %s: %w", key(c), err)
		}
	}
	return out, nil
}

// counter lets this program (its path) run in valgrind's cachegrind, which counts as callgrind does and is quicker.
type counter struct{ program, folder string }

// forValgrind switches off what valgrind 3.19 does not know or counts wrongly: it refuses RDTSCP, takes each byte that
// a REP MOVSB or STOSB moves for an instruction, and loses its way in signals that preempt.
const forValgrind = "GODEBUG=cpu.rdtscp=off,cpu.erms=off,asyncpreemptoff=1"

// perRecord lets the contestant get ready and take the load, and get ready only. The difference is what the records cost,
// whatever it took to read them from a file.
func (n counter) perRecord(c bench.Contestant, l *bench.Load) (float64, error) {
	if err := writeLoad(n.load(), l.Only(c.Form)); err != nil {
		return 0, err
	}
	all, err := n.run(c)
	if err != nil {
		return 0, err
	}
	ready, err := n.run(c, "-idle")
	return float64(all-ready) / float64(l.Records()), err
}

func (n counter) load() string { return filepath.Join(n.folder, "load") }

func (n counter) run(c bench.Contestant, more ...string) (int, error) {
	told := filepath.Join(n.folder, "told")
	args := append([]string{"--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", "--log-file=" + told,
		n.program, "-once", key(c), "-load", n.load()}, more...)
	child := exec.Command("valgrind", args...)
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

func writeLoad(path string, l *bench.Load) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(f).Encode(l), f.Close())
}

// takeOnce is the child: it takes one contestant over a load, or only gets it ready.
func takeOnce(name, path string, idle bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var l bench.Load
	if err := gob.NewDecoder(f).Decode(&l); err != nil {
		return fmt.Errorf("read the load: %w", err)
	}
	if idle {
		l.Hot = nil
	}
	for _, c := range bench.Contestants() {
		if key(c) == name {
			_, err := c.Lap(&l, func() {}, func() {})
			return err
		}
	}
	return fmt.Errorf("there is no contestant %q", name)
}
