package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vaultwatch/vaultwatch/detection"
)

// said is what a run of the program left behind.
type said struct {
	out, err string
	code     int
}

// call runs the program as main does, with settings as the environment and a text on standard input.
func call(t *testing.T, s surroundings, args ...string) said {
	t.Helper()
	var out, errs bytes.Buffer
	s.Out, s.Err = &out, &errs
	if s.In == nil {
		s.In = strings.NewReader("")
	}
	code := run(context.Background(), args, s)
	return said{out.String(), errs.String(), code}
}

// good is call for what must work.
func good(t *testing.T, s surroundings, args ...string) said {
	t.Helper()
	got := call(t, s, args...)
	if got.code != exitGood {
		t.Fatalf("%q: exit code %d\n%s", args, got.code, got.err)
	}
	return got
}

// alertsOf reads JSON lines, without the times at which alerts were raised.
func alertsOf(t *testing.T, lines string) []detection.Alert {
	t.Helper()
	var out []detection.Alert
	for line := range strings.Lines(lines) {
		var a detection.Alert
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v in line %s", err, line)
		}
		a.Seen = time.Time{}
		out = append(out, a)
	}
	return out
}

// same compares alerts with those wanted; how empty lists are spelled does not matter.
func same(t *testing.T, want, got []detection.Alert) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("alerts differ (-want +got):\n%s", diff)
	}
}

// clean fails if a text holds anything that a terminal might obey.
func cleanText(t *testing.T, text string) {
	t.Helper()
	for i, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%U at byte %d of the output: %q", r, i, text[max(0, i-40):min(len(text), i+40)])
		}
	}
}

// Whoever does not know the program learns from it what it does; whoever mistypes learns what is meant.
func TestHelpAndMisuse(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		out  string // stands in stdout
		err  string // stands in stderr
	}{
		{"", exitMisused, "", "say what to do"},
		{"-h", exitGood, "go run ./handler demo", ""},
		{"help", exitGood, "replay FILE|FOLDER|- …", ""},
		{"help serve", exitGood, "VAULTWATCH_STORE", ""},
		{"replay -h", exitGood, "--known-networks FILE", ""},
		{"replai", exitMisused, "", `there is no verb "replai"`},
		{"replay", exitMisused, "", "replay what?"},
		{"replay --tro x y", exitMisused, "", "-tro; replay -h lists the flags"},
		{"replay --since yesterday x", exitMisused, "", "want a date"},
		{"replay - -", exitMisused, "", "only once"},
		{"replay /no/such/file", exitFailed, "", "there is no file or folder"},
		{"replay --tor /no/such/file -", exitFailed, "", "TOR exits"},
		{"demo now", exitMisused, "", "takes no arguments"},
		{"sample-alert KV_Nothing", exitMisused, "", "the verb catalogue lists them"},
		{"sample-alert --send KV_TORAccess", exitMisused, "Access from a TOR exit", "no channel is set"},
		{"serve", exitMisused, "", "serve --port 7071"},
		{"serve --port 99999", exitFailed, "", "want a port number"},
		{"alerts --store vault.db", exitFailed, "", "no such file"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Chdir(t.TempDir())
			got := call(t, surroundings{Env: map[string]string{"VAULTWATCH_TOR": "off"}}, strings.Fields(c.args)...)
			if got.code != c.code || !strings.Contains(got.out, c.out) || !strings.Contains(got.err, c.err) {
				t.Errorf("exit code %d, want %d\nstdout, want %q:\n%s\nstderr, want %q:\n%s", got.code, c.code, c.out, got.out, c.err, got.err)
			}
			if c.code == exitGood && got.err != "" {
				t.Errorf("help that was asked for goes to stdout, but stderr says %s", got.err)
			}
		})
	}
}

// A help page fits a screen.
func TestHelpIsOneScreen(t *testing.T) {
	page := good(t, surroundings{}, "-h").out
	if lines := strings.Count(page, "\n"); lines > 30 {
		t.Errorf("%d lines", lines)
	}
	for line := range strings.Lines(page) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// Flags may stand anywhere among the arguments, and "--" ends them.
func TestFlagsAnywhere(t *testing.T) {
	path := writeFile(t, "log.json", ndjson(theft(t)))
	first := good(t, surroundings{}, "replay", "--json", "--vault", "kv-pay", path)
	last := good(t, surroundings{}, "replay", path, "--json", "--vault", "kv-pay")
	same(t, alertsOf(t, first.out), alertsOf(t, last.out))
	t.Chdir(t.TempDir())
	if got := call(t, surroundings{}, "replay", "--", "--json"); !strings.Contains(got.err, `"--json"`) {
		t.Errorf("after -- everything is a file, but: %s", got.err)
	}
}
