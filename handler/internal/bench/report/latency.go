package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

// tables names the variable that holds the connection string of a table service to be measured, too: an Azurite's.
const tables = "VAULTWATCH_BENCH_TABLES"

// stored is the latency on one store.
type stored struct {
	store string
	bench.Latency
}

// build makes the handler's program in a folder.
func build(folder string) (program string, err error) {
	program = filepath.Join(folder, "handler")
	if said, err := exec.Command("go", "build", "-o", program, "github.com/vaultwatch/vaultwatch/handler").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the handler: %w\n%s", err, said)
	}
	return program, nil
}

// processes measures the program as a process of its own: how long it lets the host wait, and how fast it replays.
func (p *page) processes() error {
	folder, err := os.MkdirTemp("", "vaultwatch-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program, err := build(folder)
	if err != nil {
		return err
	}
	if p.latencies, err = latencies(program, folder); err != nil {
		return err
	}
	p.replays, err = bench.Replay(program, folder, month.Plan{Seed: 7, Vaults: 48, Days: 56, LearnDays: 28}, p.rounds)
	return err
}

// latencies measures the handler on each store there is.
func latencies(program, folder string) ([]stored, error) {
	stores := []struct{ name, setting string }{{"local file", "file:" + filepath.Join(folder, "memory.db")}}
	if s := os.Getenv(tables); s != "" {
		stores = append(stores, struct{ name, setting string }{"tables, in Azurite", s})
	}
	var out []stored
	for _, s := range stores {
		l, err := bench.Serve(program, s.setting, 48, 28)
		if err != nil {
			return nil, fmt.Errorf("measure the latency on the %s: %w", s.name, err)
		}
		out = append(out, stored{s.name, l})
	}
	return out, nil
}
