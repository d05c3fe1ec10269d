package tables

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// requestID is the header that Azure Storage echoes in its answers and keeps in its own logs. (Azurite leaves it out of
// the answers to transactions, as a gateway's own errors may; an answer without it is taken as it is.)
const requestID = "x-ms-client-request-id"

var errStrayAnswer = errors.New("the answer belongs to another request")

// tries is the step of the pipeline that every single try passes. It counts the try, and makes sure that the answer is
// the one to this request: a proxy that answers twice on one connection would otherwise make the second answer pass for
// that of the next request, and a commit that was never written for a success.
type tries struct{ counter *counter }

// Do implements [policy.Policy].
func (p tries) Do(request *policy.Request) (*http.Response, error) {
	raw := request.Raw()
	p.counter.add(raw)
	id := rand.Text()
	raw.Header.Set(requestID, id)
	answer, err := request.Next()
	if err != nil {
		return nil, err
	}
	if echo := answer.Header.Get(requestID); echo != "" && echo != id {
		answer.Body.Close()
		return nil, errStrayAnswer
	}
	return answer, nil
}

func (c *counter) add(r *http.Request) {
	switch {
	case r.Method == http.MethodGet:
		c.reads.Add(1)
	case strings.HasSuffix(r.URL.Path, "/$batch"):
		c.commits.Add(1)
	default:
		c.others.Add(1)
	}
}
