package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
)

// everyday writes a log of so many days without any story, and counts its records.
func everyday(t testing.TB, days int) (path string, records int) {
	t.Helper()
	tale, err := month.Make(month.Plan{Seed: 3, Days: days, LearnDays: 1, Vaults: 8, Stories: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "log.ndjson")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	log := bufio.NewWriter(f)
	for m := range tale.Messages() {
		records += bytes.Count(m.Body, []byte(`"operationName"`))
		_, _ = log.Write(append(m.Body, '\n')) // Flush tells
	}
	if err := errors.Join(log.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path, records
}

// backwards writes the lines of a log in the opposite order.
func backwards(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	slices.Reverse(lines)
	path += ".backwards"
	if err := os.WriteFile(path, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// BenchmarkReplay is the whole job on one core, to be held against BenchmarkEncodingJSON on the same log.
func BenchmarkReplay(b *testing.B) { benchmarkReplay(b, 1) }

func benchmarkReplay(b *testing.B, cores int) {
	path, records := everyday(b, 14)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	for b.Loop() {
		if code := run(b.Context(), []string{"replay", "--json", path}, surroundings{Out: io.Discard, Err: io.Discard}); code != exitGood {
			b.Fatalf("exit code %d", code)
		}
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkReplayOnTwoCores is the same on two, to be held against BenchmarkReplay.
func BenchmarkReplayOnTwoCores(b *testing.B) { benchmarkReplay(b, 2) }

// BenchmarkEncodingJSON only parses, by the standard library, on one core.
func BenchmarkEncodingJSON(b *testing.B) {
	path, records := everyday(b, 14)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		lines := json.NewDecoder(f)
		for {
			var body any
			if err := lines.Decode(&body); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
