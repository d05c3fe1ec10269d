package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"

	"github.com/google/pprof/profile"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
	"github.com/vaultwatch/vaultwatch/handler/internal/bench/flame"
)

// profiled takes the whole job, warm, over the load so many times, and joins the profiles of the measured halves.
func profiled(l *bench.Load, laps int) (*profile.Profile, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var all []*profile.Profile
	for _, c := range bench.Contestants() {
		if c.Name != bench.Whole || c.Form != "binary" {
			continue
		}
		for range laps {
			p, err := lap(c, l)
			if err != nil {
				return nil, fmt.Errorf("profile %s: %w", c.Name, err)
			}
			all = append(all, p)
		}
	}
	return profile.Merge(all)
}

func lap(c bench.Contestant, l *bench.Load) (*profile.Profile, error) {
	var raw bytes.Buffer
	var started error
	_, err := c.Lap(l, func() { runtime.GC(); started = pprof.StartCPUProfile(&raw) }, pprof.StopCPUProfile)
	if err := errors.Join(err, started); err != nil {
		return nil, err
	}
	return profile.Parse(&raw)
}

// picture is the whole job in the colours of the rooms of docs/architecture.md.
func picture() flame.Picture {
	const module = "github.com/vaultwatch/vaultwatch/"
	return flame.Picture{
		Title:    "Where the time of the whole job goes",
		Module:   module,
		Root:     module + "handler/internal/bench.open.func1",
		RootName: "the whole job: bytes of the host in, alerts and memory out",
		Rooms: []flame.Room{
			{Name: "invoke (open)", Package: module + "handler/internal/invoke", Colour: "#9ecae9"},
			{Name: "audit (parse)", Package: module + "detection/audit", Colour: "#ffbf79"},
			{Name: "pipeline (keep, queue)", Package: module + "handler/internal/pipeline", Colour: "#d6c3e8"},
			{Name: "baseline (learn)", Package: module + "detection/baseline", Colour: "#8cd17d"},
			{Name: "catalogue (judge)", Package: module + "detection/catalogue", Colour: "#ff9d98"},
			{Name: "detection (the case)", Package: module + "detection", Colour: "#f1ce63"},
			{Name: "collector", Package: "runtime.gcBgMarkWorker", Colour: "#b9b5b0"},
			{Name: "the rest", Colour: "#dcd9d5"},
		},
	}
}

// top lists the functions in which time was spent, by pprof.
func top(cpu *profile.Profile, count int) (string, error) {
	dir, err := os.MkdirTemp("", "vaultwatch-profile")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	var raw bytes.Buffer
	file := filepath.Join(dir, "cpu")
	if err := errors.Join(cpu.Write(&raw), os.WriteFile(file, raw.Bytes(), 0o600)); err != nil {
		return "", err
	}
	c := exec.Command("go", "tool", "pprof", "-top", fmt.Sprintf("-nodecount=%d", count), file)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("read the profile: %w", err)
	}
	// What comes before the table names the machine and the minute.
	_, table, _ := strings.Cut(string(out), "flat%")
	return "      flat  flat%" + table, nil
}
