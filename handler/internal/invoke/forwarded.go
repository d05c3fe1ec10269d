package invoke

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"time"
)

// forwarded serves a client's request that the host passes through as it is. Whatever is answered, the host takes the
// invocation for a success.
func (s *server) forwarded(w http.ResponseWriter, r *http.Request) {
	c := call{name: s.webName, id: invocationID(r), started: time.Now()}
	seen := &statusWriter{ResponseWriter: w}
	r.Body = http.MaxBytesReader(w, r.Body, s.MaxBody)
	var failed error
	defer func() {
		if p := recover(); p != nil {
			c.line.stack = string(debug.Stack())
			failed = fmt.Errorf("%s panicked: %v", c.name, p)
			if seen.status == 0 {
				writeFailure(seen, http.StatusInternalServerError, "something went wrong; the log says what")
			}
		}
		c.line.request, c.line.status = r, seen.status
		s.log(&c, failed)
	}()
	s.web.ServeHTTP(seen, r)
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
