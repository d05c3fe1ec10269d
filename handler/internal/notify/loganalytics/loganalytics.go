// Package loganalytics writes alerts into a custom table of a Log Analytics workspace, with the column names of the
// table SecurityAlert, so that queries written for Defender need only another table name.
//
// It refuses to be the memory of anything: delivery is at least once, so queries take the latest row by SystemAlertId.
// The table SecurityAlert itself cannot be written to by anyone but Microsoft.
//
// Start reading at [Row], then [Channel.Send].
package loganalytics

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/monitor/ingestion/azlogs"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// Config is what a channel needs. Endpoint, Rule, Stream and Credential are required.
type Config struct {
	// Name of the channel; "loganalytics" if empty.
	Name string
	// Endpoint is the data collection rule's own address for logs ("https://….ingest.monitor.azure.com"), Rule its
	// immutable id ("dcr-…"), Stream the declared stream ("Custom-…").
	Endpoint, Rule, Stream string
	Credential             azcore.TokenCredential
	Links                  notify.Links
	// Transport is the HTTP client of the service; nil for the SDK's.
	Transport policy.Transporter
	// Now is the clock that dates in answers are read against; nil for time.Now.
	Now func() time.Time
}

// Channel is one table.
type Channel struct {
	config Config
	client *azlogs.Client
}

var _ notify.Channel = (*Channel)(nil)

// New checks the settings. It connects nowhere.
func New(c Config) (*Channel, error) {
	if c.Name == "" {
		c.Name = "loganalytics"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rule == "" || c.Stream == "" || c.Credential == nil {
		return nil, errors.New("log analytics: the rule's immutable id, the stream and a credential are required: the deployment's outputs name them")
	}
	if err := notify.CheckURL("log analytics endpoint", c.Endpoint); err != nil {
		return nil, err
	}
	options := &azlogs.ClientOptions{}
	// One try: when to try again is the outbox's business, which survives a restart.
	options.Retry = policy.RetryOptions{MaxRetries: -1}
	options.Transport = c.Transport
	client, err := azlogs.NewClient(c.Endpoint, c.Credential, options)
	if err != nil {
		return nil, fmt.Errorf("log analytics client: %w", err)
	}
	return &Channel{c, client}, nil
}

// Name returns the channel's name.
func (c *Channel) Name() string { return c.config.Name }

// maxCall stays below the service's 1 MB, which counts before and after compression.
const maxCall = 900 << 10

// Send uploads the message's alerts, in several calls if they are many. A failure in a later call repeats the earlier
// ones at the next try.
func (c *Channel) Send(ctx context.Context, m notify.Message) error {
	calls, err := bodies(m, c.config)
	if err != nil {
		return notify.Refused(fmt.Errorf("write rows: %w", err))
	}
	for _, body := range calls {
		if err := c.upload(ctx, body); err != nil {
			return err
		}
	}
	return nil
}

func (c *Channel) upload(ctx context.Context, body []byte) error {
	packed, err := compress(body)
	if err != nil {
		return notify.Refused(err)
	}
	_, err = c.client.Upload(ctx, c.config.Rule, c.config.Stream, packed, &azlogs.UploadOptions{ContentEncoding: to.Ptr("gzip")})
	var answer *azcore.ResponseError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && answer.RawResponse != nil:
		return c.failure(answer)
	}
	return notify.Unreached("log analytics", err)
}

func (c *Channel) failure(answer *azcore.ResponseError) error {
	text := ""
	if body := answer.RawResponse.Body; body != nil {
		read, _ := io.ReadAll(io.LimitReader(body, 4<<10)) // the SDK keeps it for reading again; the status decides
		text = string(read)
	}
	failure := notify.Answer{
		Service: "log analytics", Status: answer.StatusCode, Header: answer.RawResponse.Header, Body: text,
		Secrets: []string{bearer(answer.RawResponse.Request)}, Now: c.config.Now(),
	}.Failure()
	// A role assignment takes minutes to arrive: a fresh deployment is forbidden at first.
	if f := notify.AsFailure(failure); f != nil && answer.StatusCode == http.StatusForbidden {
		f.Err = fmt.Errorf("%w; give the app's identity the role Monitoring Metrics Publisher on the data collection rule and wait some minutes", f.Err)
		return f
	}
	return failure
}

// bearer is the token that the SDK sent.
func bearer(r *http.Request) string {
	if r == nil {
		return ""
	}
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func compress(body []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("compress rows: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress rows: %w", err)
	}
	return b.Bytes(), nil
}

// bodies writes the rows as JSON arrays that each fit one call. One row always fits: its columns are bounded.
func bodies(m notify.Message, c Config) ([][]byte, error) {
	var calls [][]byte
	current := []byte{'['}
	for _, in := range m.Incidents {
		for _, a := range in.Alerts {
			row, err := json.Marshal(NewRow(a, c.Links, c.Now()))
			if err != nil {
				return nil, err
			}
			if len(current) > 1 && len(current)+len(row)+2 > maxCall {
				calls = append(calls, append(current, ']'))
				current = []byte{'['}
			}
			if len(current) > 1 {
				current = append(current, ',')
			}
			current = append(current, row...)
		}
	}
	if len(current) > 1 {
		calls = append(calls, append(current, ']'))
	}
	return calls, nil
}
