package tables

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

const batchType = "multipart/mixed; boundary=batchresponse_1"

// answer builds what the service answers, with one part for each text.
func answer(parts ...string) string {
	out := "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n"
	for _, part := range parts {
		out += "--changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n" + part + "\r\n"
	}
	return out + "--changesetresponse_1--\r\n--batchresponse_1--\r\n"
}

const done = "HTTP/1.1 204 No Content\r\nContent-ID: 1\r\nDataServiceVersion: 3.0;\r\nETag: W/\"datetime'2026-01-01'\"\r\n\r\n"

func failed(status int, code string) string {
	body := fmt.Sprintf(`{"odata.error":{"code":%q,"message":{"lang":"en-US","value":"0:some words"}}}`, code)
	return fmt.Sprintf("HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

func TestVerdict(t *testing.T) {
	whole := answer(done, done)
	for _, c := range []struct {
		name, body string
		conflict   bool
		words      string // of the error; empty: no error
	}{
		{"accepted", whole, false, ""},
		{"row exists", answer(failed(409, "EntityAlreadyExists")), true, "EntityAlreadyExists"},
		{"stale version", answer(failed(412, "UpdateConditionNotSatisfied")), true, "UpdateConditionNotSatisfied"},
		{"row gone", answer(failed(404, "ResourceNotFound")), true, "ResourceNotFound"},
		{"row gone, other words", answer(failed(404, "EntityNotFound")), true, "EntityNotFound"},
		{"table gone", answer(failed(404, "TableNotFound")), false, "TableNotFound"},
		{"table going", answer(failed(409, "TableBeingDeleted")), false, "TableBeingDeleted"},
		{"bad input", answer(failed(400, "EntityTooLarge")), false, "some words"},
		{"busy", answer(failed(503, "ServerBusy")), false, "ServerBusy"},
		{"no reason", answer("HTTP/1.1 500 x\r\nContent-Length: 4\r\n\r\noops"), false, "oops"},
		{"one part too few", answer(done), false, "1 writes, not of 2"},
		{"one part too many", answer(done, done, done), false, "3 writes, not of 2"},
		{"no parts", answer(), false, "0 writes, not of 2"},
		{"empty", "", false, "read the answer"},
		{"a page of some proxy", "<html>welcome</html>", false, "read the answer"},
		{"cut in a part", whole[:strings.LastIndex(whole, "ETag")], false, "read"},
		{"cut between parts", whole[:strings.LastIndex(whole, "--changesetresponse_1--")], false, "read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := verdict(batchType, []byte(c.body), 2)
			if c.words == "" && err != nil {
				t.Fatalf("got %v, want no error", err)
			}
			if c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)) {
				t.Errorf("got %v, want words %q", err, c.words)
			}
			if errors.Is(err, store.ErrConflict) != c.conflict {
				t.Errorf("conflict is %v, want %v: %v", !c.conflict, c.conflict, err)
			}
		})
	}
}

// Whatever comes, the verdict is an error unless every write is told to be done.
func FuzzVerdict(f *testing.F) {
	f.Add(batchType, []byte(answer(done, done)))
	f.Add(batchType, []byte(answer(failed(412, "UpdateConditionNotSatisfied"))))
	f.Add("text/html", []byte("<html>"))
	f.Add("multipart/mixed", []byte(""))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		if verdict(contentType, body, 2) == nil && strings.Count(string(body), "HTTP/") < 2 {
			t.Errorf("two writes done, told by %q", body)
		}
	})
}
