package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

// laps is how many times the whole job is profiled: a lap is a tenth of a second.
const laps = 40

// profile tells in which functions the whole job, warm, spends its time.
func profile(l *bench.Load) (string, error) {
	dir, err := os.MkdirTemp("", "vaultwatch-profile")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	args := []string{"tool", "pprof", "-top", "-nodecount=25"}
	for _, c := range bench.Contestants() {
		if c.Name != bench.Whole || c.Form != "binary" {
			continue
		}
		for i := range laps {
			file := filepath.Join(dir, strconv.Itoa(i))
			if err := profiled(c, l, file); err != nil {
				return "", err
			}
			args = append(args, file)
		}
	}
	c := exec.Command("go", args...)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("read the profiles: %w", err)
	}
	// What comes before the table names the machine and the minute.
	_, table, _ := strings.Cut(string(out), "flat%")
	return "      flat  flat%" + table, nil
}

func profiled(c bench.Contestant, l *bench.Load, file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	var started error
	_, err = c.Lap(l, func() { started = pprof.StartCPUProfile(f) }, pprof.StopCPUProfile)
	return errors.Join(err, started, f.Close())
}
