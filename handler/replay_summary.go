package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// shownReasons is how many reasons for malformed records the summary tells.
const shownReasons = 5

// summary says what became of every record. Its numbers add up to those read.
func (r *replaying) summary(w io.Writer, took time.Duration) {
	c := &r.counts
	duplicates := r.after.Duplicates - r.before.Duplicates
	judged := c.kept - duplicates
	inputs := plural(len(r.inputs), "file")
	fmt.Fprintf(w, "%s read from %s in %s, %s a second%s\n", plural(c.read(), "record"), inputs,
		took.Round(10*time.Millisecond), grouped(int(float64(c.read())/max(took.Seconds(), 1e-3))), r.how())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, line := range []struct {
		n    int
		what string
	}{
		{judged, "judged"},
		{duplicates, "duplicates, judged once"},
		{c.skipped, "skipped, not about key vaults"},
		{c.malformed, "malformed"},
		{c.outside, "outside of --since, --until and --vault"},
	} {
		fmt.Fprintf(table, "  %s\t  %s\n", grouped(line.n), line.what)
	}
	table.Flush()
	if again := r.after.Judged - r.before.Judged - judged; again > 0 {
		fmt.Fprintf(w, "and %s that an earlier run had left open\n", plural(again, "record"))
	}
	if late := r.after.Late - r.before.Late; late > 0 {
		fmt.Fprintf(w, "and %s older than what the store remembers of: judged all the same, and twice if an earlier run had them\n", plural(late, "record"))
	}
	r.reasons(w)
	fmt.Fprintln(w, verdict(r.list()))
	if span := c.last.Sub(c.first); c.kept > 0 && r.before.Judged == 0 && span < detection.ProvisionalDays*24*time.Hour {
		fmt.Fprintf(w, "The log spans %s. Rules speak at once, statistics after %d days of a vault, with full confidence after %d.\n",
			days(span), detection.LearningDays, detection.ProvisionalDays)
	}
}

func (r *replaying) how() string {
	if r.resorted {
		return ", sorted by time first"
	}
	return ""
}

func days(span time.Duration) string {
	if span < 48*time.Hour {
		return plural(int(span.Hours()), "hour")
	}
	return plural(int(span.Hours()/24), "day")
}

// reasons tells why records were malformed, the most frequent reason first.
func (r *replaying) reasons(w io.Writer) {
	all := r.counts.reasons
	ordered := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(all[b], all[a]), strings.Compare(a, b))
	})
	for _, reason := range ordered[:min(len(ordered), shownReasons)] {
		fmt.Fprintf(w, "  malformed: %s (%s)\n", printable(reason), plural(all[reason], "time"))
	}
	if more := len(ordered) - shownReasons; more > 0 {
		fmt.Fprintf(w, "  malformed: %s\n", plural(more, "further reason"))
	}
}

// verdict counts alerts by severity.
func verdict(alerts []detection.Alert) string {
	if len(alerts) == 0 {
		return "No alerts."
	}
	by := map[detection.Severity]int{}
	for _, a := range alerts {
		by[a.Severity]++
	}
	var parts []string
	for s := detection.High; s > detection.Informational; s-- {
		if by[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", by[s], s))
		}
	}
	return fmt.Sprintf("%s in %s: %s.", plural(len(alerts), "alert"), plural(len(notify.Group(alerts)), "incident"), strings.Join(parts, ", "))
}
