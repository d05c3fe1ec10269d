// Package vaultwatch holds nothing but the test of who may import whom.
package vaultwatch

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/vaultwatch/vaultwatch/"

// bans say which room must not reach what, and why. A room's tests may.
var bans = []struct{ room, reach, why string }{
	{"detection", "net/http", "the judge has no network: what it says must depend on records alone"},
	{"detection", "os", "the judge reads no files and no environment"},
	{"detection", "github.com/rs/zerolog", "the judge returns what it has to say"},
	{"detection", "github.com/Azure/", "the judge knows no service"},
	{"detection", module + "handler", "the judge does not know its house-mates"},
	{"detection/audit", module + "detection/baseline", "records come before memory"},
	{"detection/baseline", module + "detection/catalogue", "memory judges nothing"},
	{"handler/internal/store", "github.com/vaultwatch/vaultwatch/detection", "stores keep bytes"},
	{"handler/internal/invoke", module + "detection", "the host's wire knows no records"},
	{"handler/internal/pipeline", "github.com/Azure/", "the pipeline knows ports"},
	{"handler/internal/pipeline", module + "handler/internal/notify", "alerts are durable first and told after"},
	{"handler/internal/notify", module + "handler/internal/pipeline", "whoever tells does not judge"},
	{"handler/internal/console", "github.com/Azure/", "the console knows ports"},
}

type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Doc        string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,Doc", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// Imports point inward, and every room says what it is for.
func TestRooms(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment", room)
		}
		for _, b := range bans {
			if room != b.room && !strings.HasPrefix(room, b.room+"/") {
				continue
			}
			for _, i := range p.Imports {
				if i == b.reach || strings.HasPrefix(i, strings.TrimSuffix(b.reach, "/")+"/") {
					t.Errorf("%s imports %s: %s", room, i, b.why)
				}
			}
		}
	}
}

// The judge has no clock: verdicts depend on the records' own times.
func TestJudgeHasNoClock(t *testing.T) {
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.ImportPath, module+"detection") {
			continue
		}
		for _, name := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, clock := range []string{"time.Now(", "time.Since(", "time.Until(", "time.After("} {
				if strings.Contains(string(text), clock) {
					t.Errorf("%s/%s asks what time it is", p.ImportPath, name)
				}
			}
		}
	}
}
