package boltfile_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

const (
	childFile = "VAULTWATCH_TEST_KILLED_WRITER" // the file the child of TestKilledWriter writes
	childRows = 12
)

// TestKilledWriter lets a child process commit without pause and kills it, again and again on one file. Each time the
// file must hold exactly one whole commit, and none that was reported may be missing.
func TestKilledWriter(t *testing.T) {
	if path := os.Getenv(childFile); path != "" {
		writeUntilKilled(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "memory.db")
	reported := 0
	for round := range 25 {
		reported = max(reported, killAfter(t, path, 1+round%7))
		reported = wholeCommit(t, path, reported)
	}
	if reported < 25 {
		t.Errorf("only %d commits in 25 rounds: the test tested nothing", reported)
	}
}

// killAfter starts the child, waits for so many reports, kills it and returns the last commit that it reported.
func killAfter(t *testing.T, path string, reports int) (last int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
	child.Env = append(os.Environ(), childFile+"="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for i := 0; lines.Scan(); i++ {
		number, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatalf("the child said %q", lines.Text())
		}
		last = number
		if i+1 == reports {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		} // and read on: it may have reported more before it died
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return last
}

// wholeCommit returns the number that all rows carry, and insists that they all carry it and that it is no older than
// the last that was reported.
func wholeCommit(t *testing.T, path string, reported int) int {
	t.Helper()
	s := open(t, path, boltfile.Options{})
	defer closeStore(t, s)
	found := map[string]int{}
	for row, err := range s.Rows(context.Background(), "p", "", "") {
		if err != nil {
			t.Fatal(err)
		}
		found[string(row.Data[:20])]++
	}
	for text, count := range found {
		number, err := strconv.Atoi(text)
		if err != nil || count != childRows || number < reported {
			t.Fatalf("rows of commit %q: %d of %d; the last reported commit is %d", text, count, childRows, reported)
		}
		return number
	}
	t.Fatal("no rows")
	return 0
}

// writeUntilKilled is the child: it replaces all rows with the next number, with data of changing length, and reports.
func writeUntilKilled(t *testing.T, path string) {
	s := open(t, path, boltfile.Options{})
	number := 0
	for row, err := range s.Rows(context.Background(), "p", "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if number, err = strconv.Atoi(string(row.Data[:20])); err != nil {
			t.Fatal(err)
		}
	}
	for {
		number++
		writes := make([]store.Write, childRows)
		for i := range writes {
			data := append(fmt.Appendf(nil, "%020d", number), make([]byte, (number*i*997)%30_000)...)
			writes[i] = store.Write{Key: fmt.Sprint(i), Data: data, If: store.Any}
		}
		if err := s.Commit(context.Background(), "p", writes); err != nil {
			t.Fatal(err)
		}
		fmt.Println(number)
	}
}
