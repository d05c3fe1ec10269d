// Package hubtest is the other side of the event hub channel: a hub on this machine, written with the AMQP library that
// npm has installed in tools/hub. It installs nothing itself: without it, tests skip and say which command to run.
//
// It refuses to be Azure: it takes any token, knows one hub, and keeps nothing.
//
// Start reading at [Start].
package hubtest

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"github.com/vaultwatch/vaultwatch/tools/npm"
)

// Event is one that the hub took, its body as it came.
type Event struct {
	ID         string
	Type       string // of its content
	Properties map[string]any
	Body       string
}

// Hub is a running one.
type Hub struct {
	address string

	mutex  sync.Mutex // one question at a time
	ask    io.Writer
	lines  *bufio.Scanner
	events []Event
}

// Start runs a hub until the test ends. It skips the test when the library or node is not installed.
func Start(t testing.TB) *Hub {
	t.Helper()
	node := exec.Command("node", filepath.Join(npm.Find(t, "hub", "rhea"), "hub.js"))
	leash, err := node.StdinPipe() // it must not outlive a test process that was killed
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	node.Stderr = &said
	if err := node.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	t.Cleanup(func() {
		leash.Close()
		if err := node.Wait(); err != nil {
			t.Errorf("the hub ended with %v; it said:\n%s", err, said.String())
		}
	})
	h := &Hub{ask: leash, lines: bufio.NewScanner(out)}
	h.lines.Buffer(nil, maxLine)
	if !h.lines.Scan() {
		t.Fatal("the hub does not start")
	}
	h.address = net.JoinHostPort("127.0.0.1", h.lines.Text())
	return h
}

// maxLine has room for the largest event that a hub takes, as JSON within JSON.
const maxLine = 8 << 20

// Events are those taken so far.
func (h *Hub) Events(t testing.TB) []Event {
	t.Helper()
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if _, err := io.WriteString(h.ask, "\n"); err != nil {
		t.Fatalf("ask the hub for its events: %v", err)
	}
	for h.lines.Scan() && len(h.lines.Bytes()) > 0 {
		var e Event
		if err := json.Unmarshal(h.lines.Bytes(), &e); err != nil {
			t.Fatalf("read an event of the hub: %v", err)
		}
		h.events = append(h.events, e)
	}
	if err := h.lines.Err(); err != nil {
		t.Fatalf("read the hub's events: %v", err)
	}
	return append([]Event(nil), h.events...)
}

// Client makes a producer connect to this hub whatever its namespace is called.
func (h *Hub) Client() *azeventhubs.ProducerClientOptions {
	return &azeventhubs.ProducerClientOptions{NewWebSocketConn: func(ctx context.Context, _ azeventhubs.WebSocketConnParams) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", h.address)
	}}
}
