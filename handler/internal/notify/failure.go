package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

// Failure is a delivery that did not happen, and whether the same message may succeed later.
type Failure struct {
	// Retry is true when the way is blocked for now (busy, unreachable, throttled), false when the other side refuses
	// this message or this sender.
	Retry bool
	// After is how long the other side asks us to wait; 0 if it did not say.
	After time.Duration
	// Err says what was attempted and what came back. It holds no secret.
	Err error
}

// Error returns the text of Err, with a word on what follows from it.
func (f *Failure) Error() string {
	if f.Retry {
		return f.Err.Error() + " (will be tried again)"
	}
	return f.Err.Error() + " (refused)"
}

// Unwrap returns Err.
func (f *Failure) Unwrap() error { return f.Err }

// Later is a failure that may succeed on another try.
func Later(err error) *Failure { return &Failure{Retry: true, Err: err} }

// Refused is a failure that stays one as long as nobody changes the message or the settings.
func Refused(err error) *Failure { return &Failure{Err: err} }

// AsFailure reads the failure out of any error of a channel. An error that is none counts as one to try again, since
// losing an alert is worse than telling it twice. It returns nil for nil.
func AsFailure(err error) *Failure {
	if err == nil {
		return nil
	}
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return Later(err)
}

// Answer is what an HTTP service said to a delivery.
type Answer struct {
	// Service names the other side in errors: "sendgrid", "webhook".
	Service string
	Status  int
	Header  http.Header
	// Body is the start of the answer; its text is quoted in errors, cleaned and cut.
	Body string
	// Secrets are texts that must not appear in an error, wherever the service may echo them.
	Secrets []string
	// Now is the clock that dates in the header are measured against.
	Now time.Time
}

// Failure judges the answer by its status: 2xx is delivered (nil); 408, 425, 429 and 5xx may be tried again, as late
// as Retry-After or X-RateLimit-Reset ask; everything else is refused.
func (a Answer) Failure() error {
	if a.Status >= 200 && a.Status <= 299 {
		return nil
	}
	text := fmt.Sprintf("%s answered %d %s", a.Service, a.Status, http.StatusText(a.Status))
	if body := clean.Line(Redact(a.Body, a.Secrets...), 300); strings.TrimSpace(body) != "" {
		text += ": " + body
	}
	f := &Failure{Retry: retriable(a.Status), Err: errors.New(text)}
	if f.Retry {
		f.After = retryAfter(a.Header, a.Now)
	}
	return f
}

func retriable(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// retryAfter reads the two headers services use: Retry-After (seconds or a date) and X-RateLimit-Reset (Unix seconds).
func retryAfter(h http.Header, now time.Time) time.Duration {
	until := time.Time{}
	if v := h.Get("Retry-After"); v != "" {
		if s, err := strconv.Atoi(v); err == nil && s >= 0 && s < 1<<31 {
			return time.Duration(s) * time.Second
		}
		until, _ = http.ParseTime(v) // an unreadable date is no date
	} else if s, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		until = time.Unix(s, 0)
	}
	if until.IsZero() || !until.After(now) {
		return 0
	}
	return until.Sub(now)
}

// Unreached wraps an error of the network on the way to a service. The address is left out of the text: for webhooks
// it is the secret. A cancelled ctx is one to try again.
func Unreached(service string, err error, secrets ...string) *Failure {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Later(fmt.Errorf("reach %s: %w", service, err))
	}
	return Later(fmt.Errorf("reach %s: %s", service, clean.Line(Redact(err.Error(), secrets...), 300)))
}

// Redact replaces every secret in text, also in its URL-escaped and JSON-quoted forms, by a placeholder.
func Redact(text string, secrets ...string) string {
	for _, s := range secrets {
		if s == "" {
			continue
		}
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(strconv.Quote(s), `"`)} {
			text = strings.ReplaceAll(text, form, "[secret]")
		}
	}
	return text
}
