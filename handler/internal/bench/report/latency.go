package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

// tables names the variable that holds the connection string of a table service to be measured, too: an Azurite's.
const tables = "VAULTWATCH_BENCH_TABLES"

// stored is the latency on one store.
type stored struct {
	store string
	bench.Latency
}

// latencies builds the handler and measures it on each store there is.
func latencies() ([]stored, error) {
	dir, err := os.MkdirTemp("", "vaultwatch-latency")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "handler")
	if said, err := exec.Command("go", "build", "-o", program, "github.com/vaultwatch/vaultwatch/handler").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the handler: %w\n%s", err, said)
	}
	stores := []struct{ name, setting string }{{"local file", "file:" + filepath.Join(dir, "memory.db")}}
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
