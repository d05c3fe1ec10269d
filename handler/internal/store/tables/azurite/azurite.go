// Package azurite starts Azurite, Microsoft's local stand-in for Azure Table Storage, for tests. It runs what npm has
// installed in tools/azurite and installs nothing itself: without it, tests skip and say which command to run.
//
// Start reading at [Start].
package azurite

import (
	"bufio"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/tools/npm"
)

// Start runs Azurite's table service, empty and in memory, until the test ends. It returns a connection string. It skips
// the test when Azurite is not installed.
func Start(t testing.TB) (connectionString string) {
	t.Helper()
	return tables.AzuriteAt(Origin(t))
}

// Origin is [Start] for those who write the connection string themselves; it returns http://HOST:PORT.
func Origin(t testing.TB) string {
	t.Helper()
	return "http://" + start(t)
}

// start runs the service and returns its host and port. The port is free when it is chosen; should another program take
// it before Azurite does, another is tried.
func start(t testing.TB, flags ...string) (address string) {
	t.Helper()
	program := filepath.Join(npm.Find(t, "azurite", "azurite"), "node_modules", "azurite", "dist", "src", "table", "main.js")
	var said string
	for range 3 {
		address = freeAddress(t)
		ok := false
		if said, ok = run(t, address, append([]string{program}, flags...)); ok {
			return address
		}
	}
	t.Fatalf("azurite does not start; it said:\n%s", said)
	return ""
}

// leashed runs the program named by the first argument, and ends when its standard input does: Azurite must not outlive
// a test process that was killed.
const leashed = `process.stdin.resume().on("end", () => process.exit()); require(process.argv[1])`

// run starts one Azurite and waits until it says that it listens. Its tests end it.
func run(t testing.TB, address string, command []string) (said string, ok bool) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-e", leashed}, command...)
	args = append(args, "--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck",
		"--tableHost", host, "--tablePort", port)
	node := exec.Command("node", args...)
	node.Dir = t.TempDir()
	leash, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	node.Stderr = node.Stdout
	if err := node.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	stop := func() {
		leash.Close()
		node.Process.Kill()
		node.Wait() // an error tells of the kill
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "successfully") {
			t.Cleanup(stop)
			return said, true
		}
	}
	stop()
	return said, false
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
