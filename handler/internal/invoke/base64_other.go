//go:build !amd64

package invoke

import "encoding/base64"

// decodeGroups is the standard library, where the fast one does not build.
func decodeGroups(out, src []byte) (int, error) { return base64.StdEncoding.Decode(out, src) }
