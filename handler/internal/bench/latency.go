package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
)

// Latency is how long the host waits for the handler, by the clock, as a process of its own and through HTTP.
type Latency struct {
	// First is from the start of the process on an empty store to its first answer.
	First time.Duration
	// Median and P99 are of Requests invocations of 1,000 records each, one after the other.
	Median, P99 time.Duration
	Requests    int
}

// Serve starts a handler (the program's path) on a store, as in VAULTWATCH_STORE, and posts it a log of so many vaults
// and days. The first tenth warms it up and is not counted. It fails when an invocation does.
func Serve(program, store string, vaults, days int) (latency Latency, err error) {
	address, err := freeAddress()
	if err != nil {
		return Latency{}, err
	}
	from := time.Now()
	stop, err := start(program, store, address)
	if err != nil {
		return Latency{}, fmt.Errorf("start the handler: %w", err)
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := answers("http://" + address + "/"); err != nil {
		return Latency{}, err
	}
	latency.First = time.Since(from)
	var took []time.Duration
	for i, err := range Invocations(Attacked(vaults, days)) {
		if err != nil {
			return Latency{}, err
		}
		d, err := post("http://"+address+"/AuditBatch", i.Binary)
		if err != nil {
			return Latency{}, err
		}
		took = append(took, d)
	}
	took = took[len(took)/10:]
	slices.Sort(took)
	latency.Requests, latency.Median, latency.P99 = len(took), took[len(took)/2], took[len(took)*99/100]
	return latency, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

func start(program, store, address string) (stop func() error, err error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	c := exec.Command(program, "serve")
	c.Env = append(os.Environ(), "FUNCTIONS_CUSTOMHANDLER_PORT="+port, "VAULTWATCH_STORE="+store, "VAULTWATCH_TOR=off")
	if err := c.Start(); err != nil {
		return nil, err
	}
	return func() error {
		if err := c.Process.Kill(); err != nil {
			return err
		}
		_ = c.Wait() // it says that it was killed
		return nil
	}, nil
}

// answers waits until anything is answered.
func answers(url string) error {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		r, err := http.Get(url)
		if err == nil {
			return r.Body.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("the handler does not answer: %w", err)
		}
	}
}

func post(url string, body []byte) (time.Duration, error) {
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("X-Azure-Functions-InvocationId", uuid.NewString())
	from := time.Now()
	err = invoke.Deliver(http.DefaultClient, request)
	return time.Since(from), err
}
