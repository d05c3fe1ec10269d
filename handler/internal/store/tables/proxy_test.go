package tables_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
)

// mishap is what happens to one request between us and the table service.
type mishap int

const (
	fine         mishap = iota
	lostRequest         // the connection is reset, the service saw nothing
	lostAnswer          // the service did it, the connection is reset
	cutAnswer           // the service did it, half of the answer comes, then the reset
	sentTwice           // the request reaches the service twice; the first answer comes back
	answerTwice         // the answer stands twice on the connection
	throttled           // 429, the service saw nothing
	busy                // 503, the service saw nothing
	busyAfter           // the service did it, 503 comes
	timeoutAfter        // the service did it, 500 comes
	invented            // a transaction is refused with 412, the service saw nothing
	mishaps
)

// proxy stands between a store and Azurite and lets requests suffer a plan.
type proxy struct {
	t      *testing.T
	target string // origin of Azurite
	server *httptest.Server

	mu     sync.Mutex
	plan   func(number int, r *http.Request) mishap
	number int
	seen   map[mishap]int
}

// behindProxy starts Azurite and a proxy before it, without mishaps yet.
func behindProxy(t *testing.T) (p *proxy, options tables.Options, direct tables.Options) {
	t.Helper()
	direct = tables.Options{ConnectionString: azurite.Start(t)}
	target, _, _ := strings.Cut(direct.ConnectionString[strings.Index(direct.ConnectionString, "http://"):], "/devstore")
	p = &proxy{t: t, target: target, seen: map[mishap]int{}}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	log.SetOutput(io.Discard) // net/http tells of every second answer there
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	transport := &http.Transport{} // of its own: connections that mishaps spoil concern nobody else
	t.Cleanup(transport.CloseIdleConnections)
	options = tables.Options{
		ConnectionString: tables.AzuriteAt(p.server.URL),
		Transport:        &http.Client{Transport: transport},
	}
	options.Retry.RetryDelay = 1 // a nanosecond: patience is azcore's business, not the test's
	return p, options, direct
}

// suffer replaces the plan and counts anew.
func (p *proxy) suffer(plan func(number int, r *http.Request) mishap) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan, p.number, p.seen = plan, 0, map[mishap]int{}
}

// count returns how many requests came since suffer.
func (p *proxy) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.number
}

// addSeen adds how often each mishap happened since suffer.
func (p *proxy) addSeen(sum map[mishap]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for what, count := range p.seen {
		sum[what] += count
	}
}

// transactions lets the first transactions suffer in order, and nothing else.
func transactions(script ...mishap) func(int, *http.Request) mishap {
	next := 0
	return func(_ int, r *http.Request) mishap {
		if !isTransaction(r) || next == len(script) {
			return fine
		}
		next++
		return script[next-1]
	}
}

// seeded lets so many percent of the requests suffer anything.
func seeded(seed uint64, percent int) func(int, *http.Request) mishap {
	return func(number int, _ *http.Request) mishap {
		random := rand.New(rand.NewPCG(seed, uint64(number)))
		if random.IntN(100) >= percent {
			return fine
		}
		return 1 + mishap(random.IntN(int(mishaps)-1))
	}
}

func isTransaction(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "$batch") }

// choose asks the plan; what makes no sense for the request becomes fine.
func (p *proxy) choose(r *http.Request) mishap {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.plan == nil {
		return fine
	}
	what := p.plan(p.number, r)
	p.number++
	if what == invented && !isTransaction(r) {
		what = fine
	}
	p.seen[what]++
	return what
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	what := p.choose(r)
	switch what {
	case lostRequest:
		reset(w, nil)
		return
	case throttled, busy:
		refuse(w, map[mishap]int{throttled: http.StatusTooManyRequests, busy: http.StatusServiceUnavailable}[what])
		return
	case invented:
		answerRefused(w)
		return
	}
	status, header, answer := p.forward(r, body)
	switch what {
	case sentTwice:
		p.forward(r, body)
	case lostAnswer:
		reset(w, nil)
		return
	case cutAnswer:
		reset(w, rawAnswer(status, header, answer)[:half(status, header, answer)])
		return
	case answerTwice:
		raw := rawAnswer(status, header, answer)
		reset(w, append(raw, raw...))
		return
	case busyAfter:
		refuse(w, http.StatusServiceUnavailable)
		return
	case timeoutAfter:
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	for name := range header {
		w.Header().Set(name, header.Get(name))
	}
	w.WriteHeader(status)
	w.Write(answer)
}

// forward gives the request to Azurite and returns its whole answer.
func (p *proxy) forward(r *http.Request, body []byte) (int, http.Header, []byte) {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, p.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		p.t.Error(err)
		return http.StatusBadGateway, nil, nil
	}
	request.Header = r.Header.Clone()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return http.StatusBadGateway, nil, nil // the client went away, or the test is over
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Error(err)
	}
	for _, name := range []string{"Transfer-Encoding", "Content-Length", "Connection", "Keep-Alive"} {
		response.Header.Del(name)
	}
	echo(r, response.Header)
	return response.StatusCode, response.Header, answer
}

// echo does what Azure documents for all answers; Azurite leaves it out of those to transactions.
func echo(r *http.Request, answer http.Header) {
	answer.Set("x-ms-client-request-id", r.Header.Get("x-ms-client-request-id"))
}

func rawAnswer(status int, header http.Header, body []byte) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", status, http.StatusText(status), len(body))
	header.Write(&out)
	out.WriteString("\r\n")
	out.Write(body)
	return out.Bytes()
}

// half is a place within the body, or within the headers of an answer without one.
func half(status int, header http.Header, body []byte) int {
	return len(rawAnswer(status, header, body)) - max(1, len(body)/2)
}

// reset writes some bytes and breaks the connection.
func reset(w http.ResponseWriter, raw []byte) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err) // httptest's connections can be hijacked
	}
	connection.Write(raw)
	if tcp, ok := connection.(*net.TCPConn); ok && raw == nil {
		tcp.SetLinger(0) // reset at once; after bytes, close in order, lest they are thrown away
	}
	connection.Close()
}

func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("x-ms-retry-after-ms", "1")
	w.WriteHeader(status)
}

// answerRefused says what Azure says when a version is stale.
func answerRefused(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "multipart/mixed; boundary=batchresponse_1")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, strings.ReplaceAll(refusedAnswer, "\n", "\r\n"))
}

const refusedAnswer = `--batchresponse_1
Content-Type: multipart/mixed; boundary=changesetresponse_1

--changesetresponse_1
Content-Type: application/http
Content-Transfer-Encoding: binary

HTTP/1.1 412 Precondition Failed
Content-Type: application/json;odata=minimalmetadata;streaming=true;charset=utf-8

{"odata.error":{"code":"UpdateConditionNotSatisfied","message":{"lang":"en-US","value":"0:The update condition specified in the request was not satisfied."}}}
--changesetresponse_1--
--batchresponse_1--
`
