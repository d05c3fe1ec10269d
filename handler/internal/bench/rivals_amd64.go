package bench

import (
	"github.com/bytedance/sonic"
	"github.com/cloudwego/base64x"
)

// fastest is sonic, where it builds, with all checks off that can be.
func fastest() []library { return []library{{Fastest, sonic.ConfigFastest.Unmarshal}} }

func decode64(out, src []byte) (int, error) { return base64x.StdEncoding.Decode(out, src) }
