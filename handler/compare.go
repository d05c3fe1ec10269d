package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// difference is one alert that other settings would have changed.
type difference struct {
	// Change is "raised", "gone", "louder", "quieter", "suppressed" or "delivered".
	Change string          `json:"change"`
	Alert  detection.Alert `json:"alert"`
}

// comparing judges the same log once more, under other settings, and shows what they would have changed: a change can
// be tried on the past before it is trusted with the future.
func (r request) comparing(ctx context.Context, s surroundings, other string) error {
	if r.store != "" || slices.Contains(r.paths, "-") {
		return misused("--compare judges the log twice: give it as files or folders, and without --store")
	}
	before, err := r.judge(ctx, s)
	if err != nil {
		return err
	}
	if r.engine.Settings, err = judgeSettings(other, r.bait); err != nil {
		return err
	}
	after, err := r.judge(ctx, s)
	if err != nil {
		return err
	}
	changes := compare(before.list(), after.list())
	if err := r.show(s, changes); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "%d alerts before, %d with %s: %s.\n", len(before.alerts), len(after.alerts), printable(other), inNumbers(changes))
	after.summary(s.Err, time.Since(r.started))
	return nil
}

// compare finds what differs between two judgements of one log, in order of time.
func compare(before, after []detection.Alert) (out []difference) {
	old := map[string]detection.Alert{}
	for _, a := range before {
		old[a.ID] = a
	}
	for _, a := range after {
		b, there := old[a.ID]
		delete(old, a.ID)
		if change := changed(b, a, there); change != "" {
			out = append(out, difference{change, a})
		}
	}
	for _, a := range old {
		out = append(out, difference{"gone", a})
	}
	slices.SortFunc(out, func(x, y difference) int {
		if c := x.Alert.Time.Compare(y.Alert.Time); c != 0 {
			return c
		}
		return strings.Compare(x.Alert.ID, y.Alert.ID)
	})
	return out
}

func changed(before, after detection.Alert, there bool) string {
	switch {
	case !there:
		return "raised"
	case before.Suppressed == "" && after.Suppressed != "":
		return "suppressed"
	case before.Suppressed != "" && after.Suppressed == "":
		return "delivered"
	case after.Severity > before.Severity:
		return "louder"
	case after.Severity < before.Severity:
		return "quieter"
	}
	return ""
}

func (r request) show(s surroundings, changes []difference) error {
	encoder := json.NewEncoder(s.Out)
	for _, d := range changes {
		if r.json {
			if err := encoder.Encode(d); err != nil {
				return err
			}
			continue
		}
		a := d.Alert
		vault := "several vaults"
		if a.Vault != "" {
			vault = a.Vault[strings.LastIndexByte(a.Vault, '/')+1:]
		}
		fmt.Fprintf(s.Out, "%-10s %s %-6s %s, %s on %s\n", d.Change, a.Time.Format(time.DateTime), a.Severity, a.Type, printable(nameOf(a)), printable(vault))
	}
	return nil
}

// inNumbers counts the changes by kind.
func inNumbers(changes []difference) string {
	counts := map[string]int{}
	for _, d := range changes {
		counts[d.Change]++
	}
	if len(counts) == 0 {
		return "no difference"
	}
	text := ""
	for _, kind := range []string{"raised", "gone", "louder", "quieter", "suppressed", "delivered"} {
		if counts[kind] > 0 {
			text += fmt.Sprintf(", %d %s", counts[kind], kind)
		}
	}
	return text[2:]
}

func nameOf(a detection.Alert) string {
	for _, name := range []string{a.CallerName, a.Caller, a.IP} {
		if name != "" {
			return name
		}
	}
	return "nobody known"
}
