//go:build !amd64

package bench

import "encoding/base64"

// fastest is nothing: sonic does not build on every machine.
func fastest() []library { return nil }

func decode64(out, src []byte) (int, error) { return base64.StdEncoding.Decode(out, src) }
