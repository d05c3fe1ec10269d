package notifytest

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// HTTPSide is a channel that posts to a web service.
type HTTPSide struct {
	// Open makes the channel, pointed at a server on this machine.
	Open func(t *testing.T, url string, client *http.Client) notify.Channel
	// Secrets are texts that no error may contain.
	Secrets []string
	// Success is the status of the service's friendly answer.
	Success int
	// Read turns a body into what a person or a program reads, nil for the body itself.
	Read     func(t *testing.T, body []byte) string
	Readable bool
}

// HTTP tests a channel with Run, with every status a service can answer, and with the headers that ask to wait.
func HTTP(t *testing.T, side HTTPSide) {
	Run(t, func(t *testing.T) Rig { rig, _ := side.start(t); return rig })
	t.Run("judges every status", func(t *testing.T) { statuses(t, side) })
	t.Run("waits as long as it is asked to", func(t *testing.T) { waits(t, side) })
	t.Run("shows no secret that the service echoes", func(t *testing.T) {
		rig, server := side.start(t)
		server.set(http.StatusBadRequest, nil, "you sent "+strings.Join(rig.Secrets, " and "))
		wantFailure(t, rig, rig.Channel.Send(t.Context(), Messages()[0]), false)
	})
}

// Requests gives a server that answers Success, and the requests it has got; for what a channel promises beyond Run.
func (side HTTPSide) Requests(t *testing.T) (notify.Channel, func() []Request) {
	rig, server := side.start(t)
	return rig.Channel, server.requests
}

// Request is one that arrived.
type Request struct {
	Header http.Header
	Path   string
	Body   []byte
}

func statuses(t *testing.T, side HTTPSide) {
	rig, server := side.start(t)
	for status := 200; status < 600; status++ {
		server.set(status, nil, "")
		err := rig.Channel.Send(t.Context(), Messages()[0])
		switch {
		case status < 300:
			if err != nil {
				t.Errorf("status %d: %v", status, err)
			}
		default:
			wantFailure(t, rig, err, status >= 500 || status == 408 || status == 425 || status == 429)
			if err != nil && !strings.Contains(err.Error(), fmt.Sprint(status)) {
				t.Errorf("the error for status %d does not name it: %v", status, err)
			}
		}
	}
}

func waits(t *testing.T, side HTTPSide) {
	rig, server := side.start(t)
	for header, least := range map[string]time.Duration{"Retry-After": 30 * time.Second, "X-RateLimit-Reset": time.Hour} {
		value := "30"
		if header == "X-RateLimit-Reset" {
			value = fmt.Sprint(time.Now().Add(2 * time.Hour).Unix())
		}
		server.set(http.StatusTooManyRequests, http.Header{http.CanonicalHeaderKey(header): {value}}, "")
		f := notify.AsFailure(rig.Channel.Send(t.Context(), Messages()[0]))
		if f == nil || !f.Retry || f.After < least {
			t.Errorf("%s %s: failure %+v, want a wait of at least %s", header, value, f, least)
		}
	}
}

func (side HTTPSide) start(t *testing.T) (Rig, *server) {
	s := &server{arrived: make(chan struct{}, 100), quit: make(chan struct{}), success: side.Success, status: side.Success}
	web := httptest.NewTLSServer(s)
	t.Cleanup(web.Close)
	t.Cleanup(func() { close(s.quit) })
	client := web.Client()
	client.CheckRedirect = notify.NewHTTPClient().CheckRedirect
	rig := Rig{
		Channel: side.Open(t, web.URL, client), Secrets: side.Secrets, SetMood: s.setMood, Arrived: s.arrived, Readable: side.Readable,
		Delivered: func() []string { return side.texts(t, s.accepted()) },
	}
	return rig, s
}

func (side HTTPSide) texts(t *testing.T, bodies [][]byte) []string {
	var list []string
	for _, b := range bodies {
		if side.Read == nil {
			list = append(list, string(b))
			continue
		}
		list = append(list, side.Read(t, b))
	}
	return list
}

// server is the other side.
type server struct {
	arrived chan struct{}
	quit    chan struct{}
	success int

	mutex  sync.Mutex
	mood   Mood
	status int
	header http.Header
	body   string
	got    []Request
	taken  [][]byte
}

func (s *server) setMood(m Mood) {
	status := map[Mood]int{Friendly: s.success, Busy: http.StatusServiceUnavailable, Refusing: http.StatusBadRequest}[m]
	s.set(status, nil, "")
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.mood = m
}

func (s *server) set(status int, header http.Header, body string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.mood, s.status, s.header, s.body = Friendly, status, header, body
}

func (s *server) requests() []Request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.got
}

func (s *server) accepted() [][]byte {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.taken
}

// ServeHTTP answers in the mood of the moment.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := read(r)
	if err != nil {
		return // the client went away
	}
	s.mutex.Lock()
	mood, status, header, answer := s.mood, s.status, s.header, s.body
	s.got = append(s.got, Request{r.Header.Clone(), r.URL.Path, body})
	if status >= 200 && status < 300 && mood == Friendly {
		s.taken = append(s.taken, body)
	}
	s.mutex.Unlock()
	switch mood {
	case HangingUp:
		panic(http.ErrAbortHandler)
	case Silent:
		s.arrived <- struct{}{}
		<-s.quit
		return
	}
	for k, v := range header {
		w.Header()[k] = v
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer) // statuses without a body take none
}

func read(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	unpacked, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unpacked)
}
