package main

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/tools/package/pack"
)

// What is published answers: the zip is made, unpacked with its modes as the host does, started by host.json's path and
// arguments, and called by every function.json with what its trigger sends.
func TestPackageAnswersEveryFunction(t *testing.T) {
	out := t.TempDir()
	o := pack.Options{Root: "..", Main: "./handler", Dist: filepath.Join(out, "dist"), Zip: filepath.Join(out, "dist.zip")}
	if err := pack.Assemble(o); err != nil {
		t.Fatal(err)
	}
	contents, err := pack.Verify(o.Zip)
	if err != nil {
		t.Fatal(err)
	}
	folders, err := os.ReadDir(filepath.Join("..", "functions"))
	if err != nil || len(folders) == 0 || len(folders) != len(contents.Functions) {
		t.Fatalf("%d functions in the zip, %d in functions/ (%v)", len(contents.Functions), len(folders), err)
	}
	site := unpack(t, o.Zip)
	base := startSite(t, site, contents.Executable)
	for name, text := range contents.Functions {
		var function struct {
			Bindings []struct{ Type string }
		}
		if err := json.Unmarshal(text, &function); err != nil {
			t.Fatal(err)
		}
		switch kind := function.Bindings[0].Type; kind {
		case "eventHubTrigger":
			request, err := invoke.HostRequest(t.Context(), base, hubBatch(t, name))
			answersTrigger(t, request, err)
		case "timerTrigger":
			request, err := invoke.TimerRequest(t.Context(), base, name)
			answersTrigger(t, request, err)
		case "httpTrigger": // forwarded as it came, and answered as a browser wants it
			if body, status := read(t, base+pagePath); status != http.StatusOK || !strings.Contains(body, "<html") {
				t.Errorf("%s: status %d: %.300s", name, status, body)
			}
		default:
			t.Errorf("%s: no test knows the trigger %s", name, kind)
		}
	}
}

// hubBatch is a batch of one record for a function.
func hubBatch(t *testing.T, function string) (batch invoke.Batch) {
	t.Helper()
	r := theft(t)[0]
	h := &host{partitions: 1, batch: 1}
	for b := range h.deliveries(func(yield func(month.Message) bool) {
		yield(month.Message{Arrived: r.Time, Body: single(t, r)})
	}) {
		batch = b
	}
	batch.Function = function
	return batch
}

// answersTrigger wants the answer that the host takes for success: 200 and an object of JSON.
func answersTrigger(t *testing.T, request *http.Request, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]any
	err = json.NewDecoder(response.Body).Decode(&answer)
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || err != nil || !strings.HasPrefix(kind, "application/json") {
		t.Errorf("%s: status %d, %s, %v (%v)", request.URL, response.StatusCode, kind, answer, err)
	}
}

// unpack writes a zip's files with the modes they have in it.
func unpack(t *testing.T, path string) string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	site := t.TempDir()
	for _, f := range archive.File {
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(from)
		from.Close()
		target := filepath.Join(site, filepath.FromSlash(f.Name))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(target), 0o700)
		}
		if err == nil {
			err = os.WriteFile(target, data, f.Mode())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return site
}

// startSite runs what host.json names, in the folder of the site, on the port that the host's variable tells.
func startSite(t *testing.T, site, executable string) (base string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(site, "host.json"))
	if err != nil {
		t.Fatal(err)
	}
	var settings struct {
		CustomHandler struct{ Description struct{ Arguments []string } }
	}
	if err := json.Unmarshal(text, &settings); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	c := exec.Command(filepath.Join(site, executable), settings.CustomHandler.Description.Arguments...)
	c.Dir = site
	c.Env = append(os.Environ(), invoke.PortSetting+"="+port, "VAULTWATCH_STORE=file:"+filepath.Join(t.TempDir(), "memory.db"), "VAULTWATCH_TOR=off")
	c.Stderr = os.Stderr
	lines, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	scanner := bufio.NewScanner(lines)
	for scanner.Scan() {
		if strings.Contains(scanner.Text(), `"listening"`) {
			go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the process
			return "http://127.0.0.1:" + port
		}
	}
	t.Fatal("the packaged program ended before it listened")
	return ""
}
