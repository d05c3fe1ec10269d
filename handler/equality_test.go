package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

// build is the program as a file, built once for all tests that start it as a process.
type build struct {
	folder string // set by TestMain, which removes it
	make   func() (string, error)
}

var built build

func TestMain(m *testing.M) {
	if path := os.Getenv(peakOf); path != "" {
		os.Exit(replayAndTell(path))
	}
	folder, err := os.MkdirTemp("", "vaultwatch-test-")
	if err != nil {
		panic(err)
	}
	built = build{folder, sync.OnceValues(func() (string, error) {
		path := filepath.Join(folder, "handler")
		out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("build: %w\n%s", err, out)
		}
		return path, nil
	})}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// child is a serving process.
type child struct {
	command *exec.Cmd
	base    string
}

// start runs "serve --port" on the memory and returns once it listens.
func start(t *testing.T, memory string, settings ...string) *child {
	t.Helper()
	path, err := built.make()
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	c := exec.Command(path, "serve", "--port", port)
	c.Env = append(append(os.Environ(), "VAULTWATCH_STORE=file:"+memory, "VAULTWATCH_TOR=off"), settings...)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s := &child{c, "http://127.0.0.1:" + port}
	t.Cleanup(s.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"listening"`) {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
			return s
		}
	}
	t.Fatalf("serve ended before it listened")
	return nil
}

// kill ends the process as the platform does: at once.
func (c *child) kill() {
	_ = c.command.Process.Kill()
	_ = c.command.Wait()
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

const kills = 5

// serveAll posts messages as the host would: dealt over four partitions, every 300th batch delivered twice, and the
// process killed and started again five times on the way, in the midst of a batch whose answer is then awaited in vain.
func serveAll(t *testing.T, memory string, messages []month.Message, settings ...string) {
	t.Helper()
	h := &host{client: &http.Client{Timeout: time.Minute}, partitions: 4, batch: 3}
	batches := slices.Collect(h.deliveries(slices.Values(messages)))
	if len(batches) < 600 {
		t.Fatalf("only %d batches: too few to deliver every 300th twice and to kill between them", len(batches))
	}
	s := start(t, memory, settings...)
	for i, b := range batches {
		h.base = s.base
		if (i+1)%(len(batches)/(kills+1)+1) == 0 {
			s.killDuring(t, h, b)
			s = start(t, memory, settings...)
			h.base = s.base
		}
		times := 1
		if i%300 == 299 {
			times = 2
		}
		for range times {
			if err := h.post(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.kill()
}

// killDuring kills the process while it handles a batch. Whether it finished that is left to chance, as in life.
func (c *child) killDuring(t *testing.T, h *host, b invoke.Batch) {
	t.Helper()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_ = h.post(t.Context(), b) // nobody will hear the answer
	}()
	time.Sleep(time.Millisecond) // so that some are killed before, some within and some after the commit
	c.kill()
	<-answered
}

// served reads what the killed process left in its store, and lets the end of the log be judged.
func served(t *testing.T, memory string, bait []string) []detection.Alert {
	t.Helper()
	held, err := boltfile.Open(memory, boltfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	canaries, err := parseCanaries(bait)
	if err != nil {
		t.Fatal(err)
	}
	in := &lists{}
	p, err := pipeline.Open(context.Background(), pipeline.Options{Store: held,
		Engine: detection.Config{Catalogue: catalogue.All(), Addresses: in, Settings: &detection.Settings{Canaries: canaries}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	alerts, err := p.Alerts(context.Background(), time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range alerts {
		alerts[i].Seen = time.Time{}
	}
	slices.SortFunc(alerts, func(a, b detection.Alert) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return alerts
}

// equal holds the promise that whatever the host and the machine do, the handler raises what a replay of the log does.
func equal(t *testing.T, messages []month.Message, bait []string) {
	t.Helper()
	var log bytes.Buffer
	for _, m := range messages {
		log.Write(m.Body)
		log.WriteByte('\n')
	}
	path := writeFile(t, "log.ndjson", log.String())
	replayed := good(t, surroundings{}, "replay", "--json", "--canaries", writeFile(t, "bait.txt", strings.Join(bait, "\n")), path)
	want := alertsOf(t, replayed.out)
	if len(want) < 3 {
		t.Fatalf("the log raises only %d alerts; it no longer tells much", len(want))
	}
	memory := filepath.Join(t.TempDir(), "memory.db")
	serveAll(t, memory, messages, "VAULTWATCH_CANARIES="+strings.Join(bait, ","))
	same(t, want, served(t, memory, bait))
}

// A short month of the project's own, with attacks in it.
func TestServeEqualsReplay(t *testing.T) {
	tale, err := month.Make(month.Plan{Seed: 7, Days: 24, LearnDays: 16, Vaults: 5, Pace: 0.3,
		Stories: []string{"stolen_token", "joiner", "on_call_at_three"}})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, slices.Collect(tale.Messages()), tale.Lists().Canaries)
}

// The labelled corpus, for whoever has it and some minutes: VAULTWATCH_CORPUS=1.
func TestServeEqualsReplayOfCorpus(t *testing.T) {
	if os.Getenv("VAULTWATCH_CORPUS") == "" {
		t.Skip("takes minutes; set VAULTWATCH_CORPUS=1 to run it")
	}
	root := cmp.Or(os.Getenv("VAULTWATCH_SHARED"), filepath.Join("..", "..", "shared"))
	path := filepath.Join(root, "corpus", "dev", "messages.ndjson.gz")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the labelled corpus is not here; set VAULTWATCH_SHARED to the folder that holds corpus/dev")
	}
	canaries, err := readCanaries(filepath.Join(root, "corpus", "dev", "canaries.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var bait []string
	for c := range canaries {
		bait = append(bait, c.Vault+"/"+c.Object)
	}
	equal(t, slices.Collect(corpusMessages(t, path)), bait)
}

// corpusMessages are the lines of a file, each one message. They arrive as they stand.
func corpusMessages(t *testing.T, path string) iter.Seq[month.Message] {
	inputs, err := logfile.Files(path)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(month.Message) bool) {
		for body, err := range inputs[0].Bodies() {
			if err != nil {
				t.Fatal(err)
			}
			var records []json.RawMessage
			if err := json.Unmarshal(body, &records); err != nil {
				t.Fatal(err)
			}
			for part := range slices.Chunk(records, 30) {
				text, err := json.Marshal(map[string]any{"records": part})
				if err != nil {
					t.Fatal(err)
				}
				if !yield(month.Message{Body: text}) {
					return
				}
			}
		}
	}
}
