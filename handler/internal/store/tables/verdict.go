package tables

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// refusal is why the service refused a transaction.
type refusal struct {
	Status int
	Code   string
	Text   string
}

// Error implements error.
func (r *refusal) Error() string {
	return fmt.Sprintf("transaction refused: status %d %s %.200q", r.Status, r.Code, r.Text)
}

// Is makes a refusal a conflict when a condition did not hold: the row is there (409), is in another state (412), or is
// gone (404; other codes of that status mean that the table is gone).
func (r *refusal) Is(target error) bool {
	return target == store.ErrConflict && (r.gone() || r.Status == http.StatusPreconditionFailed ||
		r.Status == http.StatusConflict && r.Code == string(aztables.EntityAlreadyExists))
}

func (r *refusal) gone() bool {
	return r.Status == http.StatusNotFound &&
		(r.Code == string(aztables.ResourceNotFound) || r.Code == string(aztables.EntityNotFound))
}

func isGone(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.gone()
}

// judge is the step of the pipeline that reads the answers to transactions before the SDK does. The SDK gives a refusal
// as an error without a code, does not count the parts of an answer, so that a cut one could pass for a success, and
// panics on an empty one.
type judge struct{}

// writesKey is where the context of a transaction carries the number of its writes.
type writesKey struct{}

// Do implements [policy.Policy].
func (judge) Do(request *policy.Request) (*http.Response, error) {
	answer, err := request.Next()
	n, isTransaction := request.Raw().Context().Value(writesKey{}).(int)
	if err != nil || !isTransaction || answer.StatusCode != http.StatusAccepted {
		return answer, err
	}
	body, err := runtime.Payload(answer)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if err := verdict(answer.Header.Get("Content-Type"), body, n); err != nil {
		return nil, err
	}
	return answer, nil
}

// verdict reads the answer to a transaction of n writes. A refused transaction is answered with 202 as an accepted one
// is, and with one part that says why; an accepted one with a part for every write.
func verdict(contentType string, body []byte, n int) error {
	changeset, err := firstPart(contentType, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	done := 0
	for ; ; done++ {
		part, err := changeset.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read part %d of the answer: %w", done, err)
		}
		if err := readPart(part); err != nil {
			return err
		}
	}
	if done != n {
		return fmt.Errorf("the answer tells the end of %d writes, not of %d", done, n)
	}
	return nil
}

// firstPart opens the changeset within a batch.
func firstPart(contentType string, body io.Reader) (*multipart.Reader, error) {
	batch, err := parts(contentType, body)
	if err != nil {
		return nil, err
	}
	outer, err := batch.NextPart()
	if err != nil {
		return nil, err
	}
	return parts(outer.Header.Get("Content-Type"), outer)
}

func parts(contentType string, body io.Reader) (*multipart.Reader, error) {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, fmt.Errorf("content type %q: %w", contentType, err)
	}
	return multipart.NewReader(body, parameters["boundary"]), nil
}

// readPart gives a *refusal when the part says that its write failed.
func readPart(part io.Reader) error {
	response, err := http.ReadResponse(bufio.NewReader(part), nil)
	if err != nil {
		return fmt.Errorf("read a part of the answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode < 300 {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("read a part of the answer: %w", err)
	}
	var body struct {
		Error struct {
			Code    string `json:"code"`
			Message struct {
				Value string `json:"value"`
			} `json:"message"`
		} `json:"odata.error"`
	}
	if json.Unmarshal(text, &body) != nil || body.Error.Code == "" {
		return &refusal{Status: response.StatusCode, Text: string(text)}
	}
	return &refusal{Status: response.StatusCode, Code: body.Error.Code, Text: body.Error.Message.Value}
}
