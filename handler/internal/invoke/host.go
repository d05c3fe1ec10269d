package invoke

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// HostRequest builds the whole request with which the host would deliver the batch to a handler at base, such as
// "http://127.0.0.1:7071". It fails when base is no URL.
func HostRequest(ctx context.Context, base string, b Batch) (*http.Request, error) {
	return hostRequest(ctx, base, b.Function, HostBody(b))
}

// TimerRequest is the same for a timer's function that is due.
func TimerRequest(ctx context.Context, base, function string) (*http.Request, error) {
	return hostRequest(ctx, base, function, fmt.Appendf(nil,
		`{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}},"Metadata":{"sys":{"MethodName":%s}}}`, quote(function)))
}

func hostRequest(ctx context.Context, base, function string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(base, "/")+"/"+function, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("build the host's request for %s: %w", function, err)
	}
	const version = "4.1052.200.26312" // any will do; the handler does not look at it
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Azure-Functions-Host/"+version)
	r.Header.Set("X-Azure-Functions-HostVersion", version)
	r.Header.Set(invocationHeader, uuid.NewString())
	return r, nil
}

// Deliver sends a request of the host's and reads the answer. Every error means what it means to the real host: the
// invocation failed, and a batch is to be delivered again.
func Deliver(client *http.Client, r *http.Request) error {
	response, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("call the handler: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("read the handler's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the handler answered %s: %.300s", response.Status, answer)
	}
	return nil
}
