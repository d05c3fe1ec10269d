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

// page is docs/performance.md, with its pictures.
type page struct {
	options
	mix                bench.Mix
	attacked, everyday raced
	cpu                *profile.Profile
	peaks              []peak
	latencies          []stored
	replays            bench.Replays
	curves             []curve
}

// raced is what a race over one load gave.
type raced struct {
	results      []bench.Result
	instructions counts
	records      int
}

// find is the result of a contestant; ok is false where it did not run.
func (r raced) find(name, form string) (result bench.Result, ok bool) {
	for _, r := range r.results {
		if r.Name == name && r.Form == form {
			return r, true
		}
	}
	return bench.Result{}, false
}

// write puts the page and its pictures where they belong.
func (p page) write() error {
	text, err := p.text()
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"performance.md":      []byte(text),
		"pictures/flame.svg":  flame.Draw(p.cpu, picture()),
		"pictures/growth.svg": draw(p.curves),
	} {
		if err := os.WriteFile(filepath.Join(p.docs, name), text, 0o644); err != nil {
			return fmt.Errorf("write the page: %w", err)
		}
	}
	return nil
}

func (p page) text() (string, error) {
	functions, err := top(p.cpu, 12)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `# Performance

Written by `+"`make bench`"+`; no figure was typed in. One core of %s/%s, %s. Rates drift with the machine, so ratios come first.

`, runtime.GOOS, runtime.GOARCH, runtime.Version())
	p.ratios(&b)
	p.rates(&b)
	p.load(&b)
	p.where(&b, functions)
	p.growth(&b)
	p.memory(&b)
	p.latency(&b)
	p.replay(&b)
	return b.String(), nil
}

// load says what all that was measured on.
func (p page) load(b *strings.Builder) {
	fmt.Fprintf(b, `## What it was measured on

An invented organisation's log, mixed as in life: %d vaults, %d callers from %d addresses with %d user agents, %d operations on
%d objects, attacks and unusual days among everyday traffic. Records come in %d shapes (lists of members); %.0f %%
of them name their members in another order than the service does today, some vaults' in that of 2016, some sorted by name,
both without blanks. %d days warm the memory up, %d records of the %d after are measured. 1,000 records in 10 messages are
an invocation, as the Functions host posts it: *binary* is a list of base64, *text* one of JSON strings.

The libraries decode into structures of the fields that we read, too. Contestants run in turn, %d rounds; the round with the
least processor time counts, garbage collection included. Instructions are counted over every other invocation%s

`, p.mix.Vaults, p.mix.Callers, p.mix.Addresses, p.mix.Agents, p.mix.Operations, p.mix.Objects, p.mix.Shapes,
		100*p.mix.Reordered, p.days/2, p.attacked.records, p.days-p.days/2, p.rounds, p.counting())
}

func (p page) counting() string {
	if p.attacked.instructions == nil {
		return " where\nthere is valgrind; here was none."
	}
	return " by\nvalgrind's cachegrind, with the collector off."
}

func (p page) where(b *strings.Builder, functions string) {
	b.WriteString(`## Where the time goes

[![A flame graph of the whole job](pictures/flame.svg)](pictures/flame.svg)

The whole job, binary, warm, by a processor profile of the measured half. Each frame is as wide as its share of the time and
hangs below its caller; the legend counts to each room what it spent in libraries and the runtime. By function, as
` + "`go tool pprof -top`" + ` tells it (*cum* holds what a function calls):

`)
	fmt.Fprintf(b, "```\n%s```\n\n", functions)
}

func (p page) memory(b *strings.Builder) {
	b.WriteString("## Memory\n\nThe most memory a process took (VmHWM, the program itself included) that did the whole job, with the collector at a server's pace:\n\n| vaults | days | MiB |\n|---:|---:|---:|\n")
	for _, m := range p.peaks {
		fmt.Fprintf(b, "| %d | %d | %.0f |\n", m.vaults, m.days, float64(m.kib)/1024)
	}
	b.WriteString("\n")
}

func (p page) latency(b *strings.Builder) {
	fmt.Fprintf(b, `## Latency

The handler as a process of its own, by the clock: from its start on an empty store to its first answer, and how long
invocations of 1,000 records take through HTTP, one after the other. The local file is judged at once and synced to the
disk; on tables an invocation makes the records durable, and a sweep judges them. Tables are measured where
`+"`%s`"+` holds a connection string.

| store | first answer, ms | median, ms | p99, ms | invocations |
|---|---:|---:|---:|---:|
`, tables)
	for _, l := range p.latencies {
		fmt.Fprintf(b, "| %s | %.0f | %.1f | %.1f | %d |\n", l.store, millis(l.First), millis(l.Median), millis(l.P99), l.Requests)
	}
	b.WriteString("\n")
}

func (p page) replay(b *strings.Builder) {
	r := p.replays
	fmt.Fprintf(b, `## Replay

A file of %d records, by the clock, from the start of the program to its end: %.2f s on one core, %.2f s on two, which is
%.2f times as fast, with the same %d alerts in the same order. Two cores must be idle for this to be worth reading.
`, r.Records, r.One.Seconds(), r.Two.Seconds(), r.One.Seconds()/r.Two.Seconds(), r.Alerts)
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
