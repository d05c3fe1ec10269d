// Command count reads what go test -json says, shows failures as they were told, and says at the end how many tests ran:
//
//	go test -json ./... | go run ./tools/count
//
// It ends with 1 if anything failed, so that a pipe does not hide it, and if no test ran at all.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

func main() {
	if !count(os.Stdin, os.Stdout) {
		os.Exit(1)
	}
}

// counter follows one run of go test.
type counter struct {
	out                     io.Writer
	passed, failed, skipped int
	broken                  int // packages that failed without a test that did
	said                    map[string][]string
	reasons                 []string
	failedIn                map[string]bool
}

// count reads the events and writes the report. It is true if tests ran and none failed.
func count(in io.Reader, out io.Writer) bool {
	c := &counter{out: out, said: map[string][]string{}, failedIn: map[string]bool{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(out, lines.Text()) // what go itself has to say
			continue
		}
		c.take(e)
	}
	for _, reason := range c.reasons {
		fmt.Fprintln(out, reason)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(out, "count: read the tests' output:", err)
		return false
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", c.passed, c.failed+c.broken, c.skipped)
	return c.passed > 0 && c.failed+c.broken == 0
}

func (c *counter) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		c.said[key] = append(c.said[key], e.Output)
	case "build-output":
		fmt.Fprint(c.out, e.Output)
	case "pass", "skip", "fail":
		c.end(e, key)
		delete(c.said, key)
	}
}

func (c *counter) end(e event, key string) {
	if e.Action == "fail" {
		fmt.Fprint(c.out, strings.Join(c.said[key], ""))
	}
	if e.Test == "" {
		if e.Action == "fail" && !c.failedIn[e.Package] {
			c.broken++ // it does not build, or died
		}
		fmt.Fprintf(c.out, "%-4s %s %.1fs\n", e.Action, e.Package, e.Elapsed)
		return
	}
	switch e.Action {
	case "pass":
		c.passed++
	case "skip":
		c.skipped++
		c.reasons = append(c.reasons, "skipped "+e.Test+": "+reason(c.said[key]))
	case "fail":
		c.failed++
		c.failedIn[e.Package] = true
	}
}

// reason is why a test was skipped: the last thing it said before go did.
func reason(said []string) string {
	for _, line := range said {
		if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "===") && !strings.HasPrefix(text, "---") {
			return text
		}
	}
	return "no reason given"
}
