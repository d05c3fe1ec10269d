package invoke

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/rs/zerolog"
)

// maxTarget bounds a client-written path in the log, in bytes.
const maxTarget = 512

// line is what one invocation adds to its log line. Headers and bodies never get there.
type line struct {
	batch    *Batch
	bytes    int64
	numbers  map[string]int
	rejected string
	request  *http.Request
	status   int
	stack    string
}

// log writes the one line of an invocation.
func (s *server) log(c *call, err error) {
	e := s.Log.Info()
	if err != nil {
		e = s.Log.Error().Str("error", Redact(err.Error()))
	} else if c.line.rejected != "" {
		e = s.Log.Warn()
	}
	e = e.Str("function", c.name).Str("invocation", c.id)
	e = c.line.describe(e)
	for _, name := range slices.Sorted(maps.Keys(c.line.numbers)) {
		e = e.Int(name, c.line.numbers[name])
	}
	e.Float64("ms", float64(time.Since(c.started).Microseconds())/1000).Msg("invocation")
}

func (l *line) describe(e *zerolog.Event) *zerolog.Event {
	if b := l.batch; b != nil {
		e = e.Str("partition", b.Partition).Int("events", len(b.Events))
		if first, last, ok := b.Span(); ok {
			e = e.Int64("first", first).Int64("last", last)
		}
		if len(b.Notes) > 0 {
			e = e.Strs("notes", b.Notes)
		}
	}
	if l.bytes > 0 {
		e = e.Int64("bytes", l.bytes)
	}
	if l.rejected != "" {
		e = e.Str("rejected", Redact(l.rejected))
	}
	if r := l.request; r != nil {
		target := Redact(r.URL.RequestURI())
		e = e.Str("method", r.Method).Str("target", target[:min(len(target), maxTarget)]).Int("status", l.status)
	}
	if l.stack != "" {
		e = e.Str("stack", l.stack)
	}
	return e
}
