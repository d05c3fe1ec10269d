package invoke

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

const invocationHeader = "X-Azure-Functions-InvocationId"

// maxDrain bounds how much of an over-large body is read and thrown away, so that the host gets to read the reply.
const maxDrain = 1 << 30

type server struct {
	Config
	web     http.Handler // the one HTTP route, if any
	webName string
	rooms   sync.Pool // of *room
}

// room is the memory in which an invocation is read and decoded. The next one gets it once this is answered and logged.
type room struct {
	body    bytes.Buffer
	decoder Decoder
}

// ServeHTTP sorts by exact path. A ServeMux would clean paths and answer with redirects, which the host follows, and
// could be led from the public prefix to an invocation route.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if path == "/" {
		writeJSON(w, http.StatusOK, []byte(`{"ready":true}`))
		return
	}
	if s.web != nil && (strings.HasPrefix(path, s.Prefix) || path+"/" == s.Prefix) {
		s.forwarded(w, r)
		return
	}
	name := strings.TrimPrefix(path, "/")
	route, ok := s.Routes[name]
	switch {
	case !ok:
		writeFailure(w, http.StatusNotFound, "there is no such path")
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		writeFailure(w, http.StatusMethodNotAllowed, "functions are invoked with POST")
	case invocationID(r) == "":
		// No page in a browser can set this header without asking first, and we never answer that question.
		writeFailure(w, http.StatusBadRequest, "the header "+invocationHeader+" is missing: only the Functions host may invoke")
	default:
		s.invoke(w, r, call{name: name, route: route, id: invocationID(r), started: time.Now()})
	}
}

// call is one invocation on its way through the handler.
type call struct {
	name    string
	route   Route
	id      string
	started time.Time
	room    *room
	line    line // what the log will say
}

// invoke runs one invocation and writes one reply and one log line, whatever happens.
func (s *server) invoke(w http.ResponseWriter, r *http.Request, c call) {
	ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
	defer cancel()
	c.room, _ = s.rooms.Get().(*room)
	if c.room == nil {
		c.room = new(room)
	}
	defer s.rooms.Put(c.room)
	result, outputs, err := s.run(ctx, r, &c)
	c.line.numbers = result.Numbers
	s.log(&c, err)
	if err != nil {
		writeFailure(w, failureStatus(err), err.Error())
		return
	}
	writeSuccess(w, result.Logs, outputs)
}

// failureStatus tells people what went wrong; to the host every status but 2xx is the same.
func failureStatus(err error) int {
	switch {
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrShape):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// run reads, decodes and calls. A panic becomes an error: one poisonous batch must not take down the handler with all
// the other partitions' invocations in it.
func (s *server) run(ctx context.Context, r *http.Request, c *call) (result Result, outputs map[string]any, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.line.stack = string(debug.Stack())
			err = fmt.Errorf("%s panicked: %v", c.name, p)
		}
	}()
	body, size, err := readBody(&c.room.body, r, s.MaxBody)
	c.line.bytes = size
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return Result{}, nil, fmt.Errorf("read the invocation of %s: %w", c.name, err)
	}
	switch {
	case c.route.Events != nil:
		result, err = s.events(ctx, c, body, err)
	case err != nil:
	case c.route.Timer != nil:
		var t Timer
		if t, err = DecodeTimer(body); err == nil {
			result, err = c.route.Timer(ctx, t)
		}
	default:
		outputs, err = s.wrapped(ctx, c, body)
	}
	return result, outputs, err
}

// events decodes a batch and hands it on; what cannot be decoded goes to Reject, since it will never be better.
func (s *server) events(ctx context.Context, c *call, body []byte, tooLarge error) (Result, error) {
	var b Batch
	reason := tooLarge
	if reason == nil {
		b, reason = c.room.decoder.Batch(body)
	}
	if reason == nil {
		b.Function = c.name // the path is the host's word, the metadata may be the sender's
		c.line.batch = &b
		return c.route.Events(ctx, b)
	}
	c.line.rejected = reason.Error()
	if s.Reject == nil {
		return Result{}, fmt.Errorf("decode the invocation of %s: %w", c.name, reason)
	}
	head := bytes.Clone(body[:min(len(body), HeadBytes)])
	result, err := s.Reject(ctx, Rejected{Function: c.name, Invocation: c.id, Reason: reason, Size: c.line.bytes, Head: head})
	if err != nil {
		return Result{}, fmt.Errorf("set aside an invocation of %s that cannot be decoded (%w): %w", c.name, reason, err)
	}
	return result, nil
}

func (s *server) wrapped(ctx context.Context, c *call, body []byte) (map[string]any, error) {
	r, err := DecodeHTTP(ctx, body)
	if err != nil {
		return nil, fmt.Errorf("decode the invocation of %s: %w", c.name, err)
	}
	a := &answer{header: http.Header{}}
	c.route.HTTP.ServeHTTP(a, r)
	c.line.request, c.line.status = r, a.status
	return map[string]any{OutputName: a.output()}, nil
}

// readBody reads at most limit bytes into the buffer. When there is more it returns the first part with ErrTooLarge and the whole
// size, after having read the rest: the host must have sent everything before it listens to a reply.
func readBody(buffer *bytes.Buffer, r *http.Request, limit int64) ([]byte, int64, error) {
	buffer.Reset()
	if r.ContentLength > 0 {
		buffer.Grow(int(min(r.ContentLength, limit)) + bytes.MinRead)
	}
	size, err := buffer.ReadFrom(io.LimitReader(r.Body, limit))
	if err != nil {
		return nil, size, err
	}
	more, err := io.Copy(io.Discard, io.LimitReader(r.Body, maxDrain))
	if err != nil {
		return nil, size + more, err
	}
	if more > 0 {
		return buffer.Bytes(), size + more, fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, size+more, limit)
	}
	return buffer.Bytes(), size, nil
}

// invocationID takes the last value of the header: on forwarded requests the client's own comes before the host's.
func invocationID(r *http.Request) string {
	all := strings.Split(strings.Join(r.Header.Values(invocationHeader), ","), ",")
	id := strings.TrimSpace(all[len(all)-1])
	return id[:min(len(id), 64)]
}
