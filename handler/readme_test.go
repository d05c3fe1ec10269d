package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the demo's output into README.md")

const (
	excerptStart = "<!-- demo: refreshed by make docs -->\n```\n"
	excerptEnd   = "```\n<!-- end -->\n"
)

// readmeReasons and readmeObjects are how much of each alert the README has room for.
const (
	readmeReasons = 3
	readmeObjects = 4
)

// excerpt is the head of the first incident, the first reasons of its alerts and the first of the objects.
func excerpt(page string) string {
	var b strings.Builder
	items, most := 0, readmeReasons
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "  What to do"):
			return strings.TrimSpace(b.String()) + "\n"
		case strings.HasPrefix(line, "  Touched"):
			items, most = 0, readmeObjects
		case strings.HasPrefix(line, "    - "):
			items++
		case !strings.HasPrefix(line, "      "):
			items = 0
		}
		if items <= most {
			b.WriteString(line)
		} else if items == most+1 && strings.HasPrefix(line, "    - ") {
			b.WriteString("    …\n")
		}
	}
	return b.String()
}

// The README shows what the demo says.
func TestReadmeShowsTheDemo(t *testing.T) {
	path := filepath.Join("..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), excerptStart)
	shown, after, ended := strings.Cut(rest, excerptEnd)
	if !ok || !ended {
		t.Fatal("README.md has no place for the demo's output any more")
	}
	want := excerpt(good(t, surroundings{}, "demo").out)
	if shown == want {
		return
	}
	if !*update {
		t.Fatal("README.md does not show what the demo says; refresh it by\n\tmake docs")
	}
	if err := os.WriteFile(path, []byte(before+excerptStart+want+excerptEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The README names every verb, and no file that is not there.
func TestReadmeIsTrue(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range verbs() {
		if !strings.Contains(string(text), "| `"+v.name) {
			t.Errorf("the verb %s is missing", v.name)
		}
	}
	for _, part := range strings.Split(string(text), "](")[1:] {
		target, _, _ := strings.Cut(part, ")")
		if strings.Contains(target, "://") {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", target)); err != nil {
			t.Errorf("link to %s: %v", target, err)
		}
	}
}
