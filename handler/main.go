// Command handler is Vaultwatch: what the Functions host starts, and what a person runs on a laptop, over the same code.
//
// This package wires and prints; it decides nothing. Each verb has a file of its own, named after it; wiring.go puts
// the parts together, settings.go holds every setting of the environment.
//
// Start reading at [run], then at the file of a verb.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], surroundings{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: environment(os.Environ())})
	stop()
	os.Exit(code)
}

func environment(list []string) map[string]string {
	out := map[string]string{}
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		out[name] = value
	}
	return out
}
