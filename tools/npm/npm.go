// Package npm finds what npm has put below tools/, for the stand-ins that tests run with node. It installs nothing: where
// something is missing, the test skips and says which command to run.
//
// Start reading at [Find].
package npm

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Install is the command, from the module's root, after which tests find what the folder tools/TOOL names in its lock file.
func Install(tool string) string {
	return "npm ci --no-audit --no-fund --prefix tools/" + tool
}

// Find returns the folder tools/TOOL, looked for from the test's folder up to the module's root. It skips the test when
// the package is not installed in it, or node is missing.
func Find(t testing.TB, tool, pack string) (folder string) {
	t.Helper()
	folder = filepath.Join(root(t), "tools", tool)
	if !exists(filepath.Join(folder, "node_modules", pack)) {
		t.Skipf("%s is not installed; run: %s", pack, Install(tool))
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skipf("%s needs node, which is not installed", pack)
	}
	return folder
}

func root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(folder, "go.mod")) {
		if folder == filepath.Dir(folder) {
			t.Fatal("no go.mod above the test's folder")
		}
		folder = filepath.Dir(folder)
	}
	return folder
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
