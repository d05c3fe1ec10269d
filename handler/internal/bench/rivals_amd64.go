package bench

import "github.com/bytedance/sonic"

// fastest is sonic, where it builds.
func fastest() []library { return []library{{"sonic", sonic.Unmarshal}} }
