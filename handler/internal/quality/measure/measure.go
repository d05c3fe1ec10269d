package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality"
	"github.com/vaultwatch/vaultwatch/handler/internal/quality/rivals"
)

// measure lets a judge judge all worlds and adds the reports up.
func measure(worlds []world, judge func(world) []quality.Finding) quality.Report {
	return quality.JudgeAll(func(yield func(quality.Trial) bool) {
		for _, w := range worlds {
			if !yield(quality.Trial{Labels: w.labels, Findings: judge(w)}) {
				return
			}
		}
	}, quality.Options{})
}

// withoutLists writes what is left when the operator gives no table of Azure's networks and none of the own.
func withoutLists(w io.Writer, worlds []world, with quality.Report) error {
	bare := make([]world, len(worlds))
	for i, x := range worlds {
		bare[i] = x
		bare[i].book = x.bare
	}
	fmt.Fprintln(w, "\n## Without knowing Azure's networks and your own")
	return quality.Compare(w, []quality.Named{{Name: "with both tables", Report: with}, {Name: "with neither", Report: measure(bare, vaultwatch)}})
}

// compare writes the table against the public rules, which are scored generously: an alert without a caller or a vault
// counts for any.
func compare(w io.Writer, worlds []world, ours quality.Report) error {
	table := []quality.Named{{Name: "Vaultwatch", Report: ours}}
	for _, r := range rivals.All() {
		judge := func(x world) []quality.Finding {
			return r.Judge(records(x), rivals.World{Indicators: x.indicators})
		}
		var trials []quality.Trial
		for _, x := range worlds {
			trials = append(trials, quality.Trial{Labels: x.labels, Findings: judge(x)})
		}
		table = append(table, quality.Named{Name: r.Name, Report: quality.JudgeAll(slices.Values(trials), quality.Options{Generous: true})})
	}
	fmt.Fprintln(w, "\n## Against the public rules\n\nOn the same records, each with the thresholds its authors published:")
	for _, r := range rivals.All() {
		fmt.Fprintf(w, "- **%s**: %s (%s)\n", r.Name, r.About, r.Source)
	}
	return quality.Compare(w, table)
}

// records are a world's records in order of event time, each once.
func records(w world) iter.Seq[*audit.Record] {
	p := audit.NewParser(audit.Limits{})
	var all []*audit.Record
	seen := map[uint64]bool{}
	for body := range w.bodies {
		list, _ := p.Body(body, nil)
		for i := range list {
			if !seen[list[i].Digest] {
				seen[list[i].Digest] = true
				all = append(all, &list[i])
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *audit.Record) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Digest, b.Digest)) })
	return slices.Values(all)
}

// measureCorpus measures a folder with messages.ndjson.gz, labels.json and address lists.
func measureCorpus(dir string) (quality.Report, error) {
	w := world{}
	f, err := os.Open(filepath.Join(dir, "labels.json"))
	if err != nil {
		return quality.Report{}, err
	}
	defer f.Close()
	if w.labels, err = quality.ReadLabels(f); err != nil {
		return quality.Report{}, err
	}
	read := func(name string) string {
		data, _ := os.ReadFile(filepath.Join(dir, name)) // a list that is not there is empty
		return string(data)
	}
	if w.book, err = bookOf(map[intel.Kind]string{intel.Tor: read("tor-exits.txt"), intel.Suspicious: read("suspicious-ips.txt"),
		intel.Azure: read("azure-ranges.txt"), intel.Known: read("known-ranges.txt")}); err != nil {
		return quality.Report{}, err
	}
	w.settings = canaries(strings.Split(read("canaries.txt"), "\n"))
	inputs, err := logfile.Files(filepath.Join(dir, "messages.ndjson.gz"))
	if err != nil {
		return quality.Report{}, err
	}
	w.bodies = func(yield func([]byte) bool) {
		for i := range inputs {
			for body, problem := range inputs[i].Bodies() {
				if problem != nil {
					err = problem
					return
				}
				if !yield(body) {
					return
				}
			}
		}
	}
	report := quality.Judge(w.labels, quality.Findings(alerts(w)), quality.Options{})
	return report, err
}

// secondOpinion writes what a corpus made by others says, by our measure and by its own.
func secondOpinion(w io.Writer, dir string) error {
	report, err := measureCorpus(dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\n## A second opinion\n\nA labelled corpus made by others, of another organisation with other attacks:")
	if err := report.Markdown(w); err != nil {
		return err
	}
	return ownScorer(w, dir)
}

// ownScorer lets the corpus' scorer judge what replay prints, if both are there.
func ownScorer(w io.Writer, dir string) error {
	file := func(name string) string { return filepath.Join(dir, name) }
	if _, err := os.Stat(file("score.py")); err != nil {
		return nil
	}
	out, err := os.CreateTemp("", "alerts-*.ndjson")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	replay := exec.Command("go", "run", "./handler", "replay", "--json", "--tor", file("tor-exits.txt"), "--suspicious", file("suspicious-ips.txt"),
		"--azure-ranges", file("azure-ranges.txt"), "--known-networks", file("known-ranges.txt"), "--canaries", file("canaries.txt"), file("messages.ndjson.gz"))
	replay.Stdout = out
	if err := errors.Join(replay.Run(), out.Close()); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	score, err := exec.Command("python3", file("score.py"), file("labels.json"), out.Name()).Output()
	if err != nil {
		return fmt.Errorf("score.py: %w", err)
	}
	_, err = fmt.Fprintf(w, ownScore, score)
	return err
}

const ownScore = `
The corpus' own scorer says of

    go run ./handler replay --json --tor tor-exits.txt --suspicious suspicious-ips.txt --azure-ranges azure-ranges.txt \
      --known-networks known-ranges.txt --canaries canaries.txt messages.ndjson.gz > alerts.ndjson
    python3 score.py labels.json alerts.ndjson

this:

    %s`
