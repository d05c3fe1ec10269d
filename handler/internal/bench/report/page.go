package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
	"github.com/vaultwatch/vaultwatch/handler/internal/bench/flame"
)

// page is docs/performance.md.
type page struct {
	options
	records int
	race    []bench.Result
	mix     bench.Mix
	peaks   []peak
	curves  []curve

	latencies []stored
	replays   bench.Replays
	cpu       *profile.Profile
	top       string

	instructions counts
}

type curve struct {
	name   string
	points []bench.Growth
}

func (p page) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Performance

Written by `+"`make bench`"+`; nothing here was typed in. One core of %s/%s, %s. The log is invented but mixed as in life:
%d vaults over %d days with attacks among everyday traffic, %d records measured after as many that warmed the memory up,
1,000 records in 10 messages an invocation, as the Functions host posts them (*binary*: a list of base64; *text*: a list
of JSON strings). Contestants run in turn, %d rounds, and the best round counts, in processor time of the process with
garbage collection. Rates drift with the machine; ratios are what to compare.

`, runtime.GOOS, runtime.GOARCH, runtime.Version(), p.vaults, p.days, p.records, p.rounds)
	p.ratios(&b)
	p.table(&b)
	p.memory(&b)
	p.latency(&b)
	p.replay(&b)
	p.growth(&b)
	p.where(&b)
	return b.String()
}

// write puts the page and its pictures where they belong.
func (p page) write() error {
	for name, text := range map[string][]byte{
		"performance.md":     []byte(p.String()),
		"pictures/flame.svg": flame.Draw(p.cpu, picture()),
	} {
		if err := os.WriteFile(filepath.Join(p.docs, name), text, 0o644); err != nil {
			return fmt.Errorf("write the page: %w", err)
		}
	}
	return nil
}

func (p page) where(b *strings.Builder) {
	b.WriteString("## Where the time goes\n\nThe whole job, binary, warm, by a processor profile: [![flame graph](pictures/flame.svg)](pictures/flame.svg)\n\n" +
		"Each frame is as wide as its share of the time and hangs below its caller. A room's share in the legend holds what it\nspent " +
		"in libraries and the runtime. The functions, by `go tool pprof -top`; *cum* holds what a function calls:\n\n")
	fmt.Fprintf(b, "```\n%s```\n", p.top)
}

// find is the result of a contestant.
func (p page) find(name, form string) bench.Result {
	for _, r := range p.race {
		if r.Name == name && r.Form == form {
			return r
		}
	}
	return bench.Result{}
}

func (p page) ratios(b *strings.Builder) {
	b.WriteString("## Ratios\n\nHow many times as fast as each library that only parses the same bodies:\n\n| | encoding/json | encoding/json/v2 | sonic |\n|---|---:|---:|---:|\n")
	for _, of := range []struct{ name, form string }{{bench.Parse, "binary"}, {bench.Whole, "binary"}, {bench.WholeCold, "binary"}, {bench.WholeFile, "binary"}, {bench.Parse, "text"}, {bench.Whole, "text"}} {
		fmt.Fprintf(b, "| %s, %s |", of.name, of.form)
		for _, rival := range []string{"encoding/json", "encoding/json/v2", "sonic"} {
			fmt.Fprintf(b, " %.2f |", p.find(of.name, of.form).Rate()/p.find(rival, of.form).Rate())
		}
		b.WriteString("\n")
	}
	b.WriteString("\nThe whole job is: open the host's body, parse, queue, judge by all detections, absorb into memory; with the local\nfile also to make records, memory and alerts durable, synced to the disk.\n\n")
	store := p.find(bench.WholeFile, "binary").Time - p.find(bench.Whole, "binary").Time
	fmt.Fprintf(b, "So the local file takes %.1f ms of processor time for 1,000 records.\n\n", millis(1000*store))
}

func (p page) table(b *strings.Builder) {
	b.WriteString("## Rates\n\n| | form | records/s | µs/record | instructions/record | allocations/record | bytes/record |\n|---|---|---:|---:|---:|---:|---:|\n")
	for _, r := range p.race {
		fmt.Fprintf(b, "| %s | %s | %.0f | %.2f | %s | %.2f | %.0f |\n", r.Name, r.Form, r.Rate(), micros(r.Time), p.instructions.of(r.Contestant), r.Allocations, r.Bytes)
	}
	if p.instructions == nil {
		b.WriteString("\nInstructions were not counted: there was no valgrind.\n\n")
		return
	}
	b.WriteString("\nInstructions are counted in valgrind (cachegrind) over every other invocation, and hardly drift.\n\n")
}

func (p page) memory(b *strings.Builder) {
	b.WriteString("## Memory\n\nThe most memory a process took (VmHWM, the program itself included) that did the whole job:\n\n| vaults | days | MiB |\n|---:|---:|---:|\n")
	for _, m := range p.peaks {
		fmt.Fprintf(b, "| %d | %d | %.0f |\n", m.vaults, m.days, float64(m.kib)/1024)
	}
	b.WriteString("\n")
}

func (p page) latency(b *strings.Builder) {
	fmt.Fprintf(b, "## Latency\n\nThe handler as a process of its own, by the clock: from its start on an empty store to its first answer, and how long\ninvocations of 1,000 records take through HTTP, one after the other. The local file is judged at once and synced to the\ndisk; on tables an invocation makes the records durable, and a sweep judges them. Tables are measured where `%s`\nholds a connection string.\n\n| store | first answer, ms | median, ms | p99, ms | invocations |\n|---|---:|---:|---:|---:|\n", tables)
	for _, l := range p.latencies {
		fmt.Fprintf(b, "| %s | %.0f | %.1f | %.1f | %d |\n", l.store, millis(l.First), millis(l.Median), millis(l.P99), l.Requests)
	}
	b.WriteString("\n")
}

func (p page) replay(b *strings.Builder) {
	r := p.replays
	fmt.Fprintf(b, "## Replay\n\nA file of %d records, by the clock, from the start of the program to its end: %.2f s on one core, %.2f s on two, which is\n%.2f times as fast, with the same %d alerts in the same order. Two cores must be idle for this to be worth reading.\n\n",
		r.Records, r.One.Seconds(), r.Two.Seconds(), r.One.Seconds()/r.Two.Seconds(), r.Alerts)
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (p page) growth(b *strings.Builder) {
	b.WriteString("## Growth\n\nWhat judging and absorbing one parsed record costs as a synthetic estate grows in one direction, and the live heap that\nis remembered. The last column holds the cost against the first line's.\n\n")
	for _, c := range p.curves {
		fmt.Fprintf(b, "### %s\n\n| vaults | principals on each | days | µs/record | allocations/record | heap, MiB | KiB per vault | cost |\n|---:|---:|---:|---:|---:|---:|---:|---:|\n", strings.ToUpper(c.name[:1])+c.name[1:])
		for _, g := range c.points {
			fmt.Fprintf(b, "| %d | %d | %d | %.2f | %.2f | %.1f | %.0f | %.2f |\n", g.Vaults, g.Principals, g.Days, micros(g.Time), g.Allocations,
				float64(g.Memory)/(1<<20), float64(g.Memory)/1024/float64(g.Vaults), float64(g.Time)/float64(c.points[0].Time))
		}
		b.WriteString("\n")
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
