package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
)

// listCatalogue prints what is detected: a table for the terminal, or the whole documentation page.
func listCatalogue(_ context.Context, s surroundings, flags *flag.FlagSet, args []string) error {
	markdown := flags.Bool("markdown", false, "the page docs/detections.md, with every story")
	if err := noArguments(flags, args); err != nil {
		return err
	}
	if *markdown {
		_, err := io.WriteString(s.Out, detectionsPage(catalogue.All()))
		return err
	}
	table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TYPE\tSEVERITY\tWHAT\tTACTICS")
	for _, d := range catalogue.All() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", d.ID, d.Severity, d.Title, strings.Join(d.Tactics, ", "))
	}
	return table.Flush()
}

const pageHead = `# What is detected

This page is generated from the detections themselves, ` + "`detection/catalogue/`" + `: their papers, and the stories that
prove them. Refresh it by

    go run ./handler catalogue --markdown > docs/detections.md

Types that begin with ` + "`KVX_`" + ` are ours, the others are Microsoft Defender's by their official ids. A story is a test:
` + "`detection/scenario/story.go`" + ` describes the language.

`

// detectionsPage writes the documentation of detections. Equal detections give equal bytes.
func detectionsPage(all []*detection.Detection) string {
	var b strings.Builder
	b.WriteString(pageHead)
	b.WriteString("| Type | Severity | What | Tactics |\n|---|---|---|---|\n")
	for _, d := range all {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", d.ID, strings.ToLower(d.ID), d.Severity, d.Title, strings.Join(d.Tactics, ", "))
	}
	for _, d := range all {
		writeDetection(&b, d)
	}
	return b.String()
}

func writeDetection(b *strings.Builder, d *detection.Detection) {
	fmt.Fprintf(b, "\n## %s\n\n**%s** · %s · %s · %s\n\n%s\n", d.ID, d.Title, d.Severity, strings.Join(d.Tactics, ", "), techniques(d.Techniques), d.Meaning)
	for _, part := range []struct {
		heading string
		lines   []string
		numbers bool
	}{
		{"Harmless causes", d.Harmless, false},
		{"What it misses", d.Blind, false},
		{"What to do", d.Do, true},
	} {
		fmt.Fprintf(b, "\n%s:\n\n", part.heading)
		for i, line := range part.lines {
			mark := "-"
			if part.numbers {
				mark = fmt.Sprintf("%d.", i+1)
			}
			fmt.Fprintf(b, "%s %s\n", mark, line)
		}
	}
	fmt.Fprintf(b, "\n%s\n", relations(d))
	writeStories(b, "Fires on", d.Fires)
	writeStories(b, "Stays silent on", d.Silent)
}

// relations says how the detection goes together with others.
func relations(d *detection.Detection) string {
	text := fmt.Sprintf("Family: %s.", d.Family)
	if len(d.FoldsInto) > 0 {
		text += " Its reasons go into an open alert on the same caller of " + strings.Join(d.FoldsInto, ", ") + "."
	}
	return text
}

func writeStories(b *strings.Builder, heading string, stories []string) {
	fmt.Fprintf(b, "\n%s:\n", heading)
	for _, s := range stories {
		fmt.Fprintf(b, "\n```\n%s\n```\n", strings.TrimSpace(s))
	}
}

// techniques links ATT&CK ids to their pages.
func techniques(ids []string) string {
	links := make([]string, 0, len(ids))
	for _, id := range ids {
		links = append(links, fmt.Sprintf("[%s](https://attack.mitre.org/techniques/%s/)", id, strings.ReplaceAll(id, ".", "/")))
	}
	return strings.Join(links, ", ")
}
