// Command measure runs the detections over organisations made from seeds and says how good their verdicts are:
//
//	go run ./handler/internal/quality/measure -seeds 101-112 > docs/quality.md
//
// With -rivals the public rules judge the same records, with -corpus a labelled corpus in a folder is measured too.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	seeds := flag.String("seeds", "101-112", "first and last seed of the organisations")
	withRivals := flag.Bool("rivals", false, "let the public rules judge the same records")
	corpus := flag.String("corpus", "", "folder of a labelled corpus to measure as a second opinion")
	flag.Parse()
	if err := run(os.Stdout, *seeds, *corpus, *withRivals); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, seeds, corpus string, withRivals bool) error {
	first, last, err := span(seeds)
	if err != nil {
		return err
	}
	var worlds []world
	for seed := first; seed <= last; seed++ {
		made, err := newWorld(seed)
		if err != nil {
			return err
		}
		worlds = append(worlds, made)
	}
	sum := measure(worlds, vaultwatch)
	fmt.Fprintf(w, preface, seeds, last-first+1, seeds)
	if err := sum.Markdown(w); err != nil {
		return err
	}
	if err := withoutLists(w, worlds, sum); err != nil {
		return err
	}
	if withRivals {
		if err := compare(w, worlds, sum); err != nil {
			return err
		}
	}
	if corpus != "" {
		if err := secondOpinion(w, corpus); err != nil {
			return fmt.Errorf("corpus %s: %w", corpus, err)
		}
	}
	_, err = io.WriteString(w, remains)
	return err
}

//go:embed remains.md
var remains string

const preface = `# How good are the verdicts?

Measured on the organisations of seeds %s (%d of them, six weeks each, attacks from the fourth week on), which were not
looked at while the detections were tuned. This page is the output of

    go run ./handler/internal/quality/measure -rivals -seeds %s

and of nothing else (with -corpus FOLDER for the second opinion, where that corpus is at hand). What the words mean
stands in the comments of package quality. A requirement counts as met by an alert of one of the types that it names, for
the right caller on the right vault; the types that an alert took in (its member "also") count, too.
`

func span(text string) (first, last uint64, err error) {
	a, b, ok := strings.Cut(text, "-")
	if !ok {
		b = a
	}
	if first, err = strconv.ParseUint(a, 10, 64); err == nil {
		last, err = strconv.ParseUint(b, 10, 64)
	}
	if err != nil || last < first {
		return 0, 0, fmt.Errorf("seeds %q: must be FIRST-LAST, as in 101-112", text)
	}
	return first, last, nil
}
