package invoke

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// OutputName is the name of the http output binding in the Console's function.json.
const OutputName = "res"

// DecodeHTTP rebuilds the client's request from a wrapped HTTP invocation, which is how it arrives when the host's
// forwarding is off. The path is the one the client used, with the route prefix.
//
// It fails with ErrShape when there is no request in it. Identity headers (X-MS-CLIENT-PRINCIPAL…) are passed on as
// the client or the platform wrote them: whoever trusts them has to know which of the two.
func DecodeHTTP(ctx context.Context, posted []byte) (*http.Request, error) {
	e, err := open(posted)
	if err != nil {
		return nil, err
	}
	raw, err := e.binding("req")
	if err != nil {
		return nil, err
	}
	var wire struct {
		Url, Method, Body json.RawMessage
		Headers           map[string]json.RawMessage
	}
	if err := json.Unmarshal(unwrap(raw), &wire); err != nil {
		return nil, fmt.Errorf("%w: the HTTP request: %w", ErrShape, err)
	}
	header := http.Header{}
	for name, values := range wire.Headers {
		header[http.CanonicalHeaderKey(name)] = headerValues(values)
	}
	body := wrappedBody(header, wire.Body)
	r, err := http.NewRequestWithContext(ctx, text(wire.Method), text(wire.Url), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: the HTTP request: %w", ErrShape, err)
	}
	r.Header = header
	if host := header.Get("Host"); host != "" {
		r.Host = host
	}
	r.Header.Del("Host") // where a server's request keeps it not
	r.RequestURI = r.URL.RequestURI()
	return r, nil
}

// headerValues reads a header's values, a list in Data but a single string in older spellings.
func headerValues(raw []byte) []string {
	values := list(raw)
	if values == nil {
		return []string{text(raw)}
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = text(v)
	}
	return texts
}

// wrappedBody undoes the base64 in which the host writes what it takes for binary.
func wrappedBody(header http.Header, raw []byte) []byte {
	s := text(raw)
	if s == "" && len(raw) > 0 && raw[0] != '"' {
		return raw // a JSON body that was not wrapped into a string
	}
	kind := header.Get("Content-Type")
	if strings.HasPrefix(kind, "application/octet-stream") || strings.HasPrefix(kind, "multipart/") {
		if b, err := base64.StdEncoding.DecodeString(s); err == nil {
			return b
		}
	}
	return []byte(s)
}

// answer collects what an http.Handler answers, to be wrapped into a reply. It keeps text: the host has no way to
// return bytes that are not UTF-8 from a wrapped function.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// output is the value of the http output binding.
func (a *answer) output() map[string]any {
	a.WriteHeader(http.StatusOK)
	headers := make(map[string]string, len(a.header))
	for name, values := range a.header {
		headers[name] = strings.Join(values, ", ")
	}
	return map[string]any{"statusCode": a.status, "headers": headers, "body": a.body.String()}
}
