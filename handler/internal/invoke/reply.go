package invoke

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Bounds of what is said to the host's log in one reply.
const (
	maxLogLines = 100
	maxLogLine  = 4 << 10 // bytes
)

// success is a reply in the host's shape. All three members are always present: the host waits for ever for the end of
// an invocation that was answered with nothing.
type success struct {
	Outputs     map[string]any
	Logs        []string
	ReturnValue any
}

// writeSuccess completes an invocation. Outputs may be nil; only a wrapped HTTP request has one.
func writeSuccess(w http.ResponseWriter, logs []string, outputs map[string]any) {
	if outputs == nil {
		outputs = map[string]any{}
	}
	body, err := json.Marshal(success{Outputs: outputs, Logs: logLines(logs)})
	if err != nil {
		writeFailure(w, http.StatusInternalServerError, "encode the reply: "+err.Error())
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// writeFailure fails an invocation, or turns away a request. The host discards the text; it is for people with curl.
func writeFailure(w http.ResponseWriter, status int, reason string) {
	body, err := json.Marshal(map[string]string{"error": Redact(reason)})
	if err != nil {
		body = []byte(`{"error":"the reason could not be encoded"}`)
	}
	writeJSON(w, status, body)
}

// writeJSON names the content type itself: what Go would guess from the body is text/plain, which the host refuses.
func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the host has gone: it will send the batch again
}

// logLines keeps attacker-written names from forging lines or flooding the host's log.
func logLines(logs []string) []string {
	out := make([]string, 0, min(len(logs), maxLogLines))
	for _, line := range logs[:min(len(logs), maxLogLines)] {
		line = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, line[:min(len(line), maxLogLine)])
		out = append(out, Redact(line))
	}
	return out
}
