package main

import (
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

// ratios are what to look at first: they hold on other machines, too.
func (p page) ratios(b *strings.Builder) {
	rivals := bench.Rivals()
	fmt.Fprintf(b, "## Ratios\n\nHow many times as fast as each library that only parses the same bodies:\n\n| | %s |\n|---|%s\n", strings.Join(rivals, " | "), strings.Repeat("---:|", len(rivals)))
	for _, c := range bench.Contestants() {
		of, ok := p.attacked.find(c.Name, c.Form)
		if !ok || !c.Ours() {
			continue
		}
		fmt.Fprintf(b, "| %s, %s |", c.Name, c.Form)
		for _, name := range rivals {
			rival, _ := p.attacked.find(name, c.Form)
			fmt.Fprintf(b, " %.2f |", of.Rate()/rival.Rate())
		}
		b.WriteString("\n")
	}
	b.WriteString(`
The whole job is: open the host's body, parse, queue, judge by all detections, absorb into memory; with the local
file also to make records, memory and alerts durable, synced to the disk. *Cold* starts on an empty memory.

`)
}

func (p page) rates(b *strings.Builder) {
	b.WriteString("## Rates\n\n")
	p.attacked.table(b)
	b.WriteString("Everyday traffic, from which nothing stands out, is the steady state. ")
	fmt.Fprintf(b, "The same organisation without attacks and unusual\ndays, over %d days, of which the second half (%d records) is measured:\n\n", p.calm().Days, p.everyday.records)
	p.everyday.table(b)
	fmt.Fprintf(b, "The store, which is what the local file takes beyond the whole job in memory, costs %s of processor time for 1,000\nrecords with attacks, %s without.\n\n", p.attacked.store(), p.everyday.store())
}

// store is what the local file takes for 1,000 records.
func (r raced) store() string {
	file, _ := r.find(bench.WholeFile, "binary")
	memory, _ := r.find(bench.Whole, "binary")
	return fmt.Sprintf("%.1f ms", millis(1000*(file.Time-memory.Time)))
}

func (r raced) table(b *strings.Builder) {
	b.WriteString("| | form | records/s | µs/record | instructions/record | allocations/record | bytes/record |\n|---|---|---:|---:|---:|---:|---:|\n")
	for _, c := range r.results {
		fmt.Fprintf(b, "| %s | %s | %.0f | %.2f | %s | %.2f | %.0f |\n", c.Name, c.Form, c.Rate(), micros(c.Time), r.instructions.of(c.Contestant), c.Allocations, c.Bytes)
	}
	b.WriteString("\n")
}
