//go:build !amd64

package bench

// fastest is nothing: sonic does not build on every machine.
func fastest() []library { return nil }
