package intel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// publisher is a real server whose answer a test may change between fetches.
type publisher struct {
	*httptest.Server
	answer func(w http.ResponseWriter, r *http.Request)
	now    time.Time
}

func newPublisher(t *testing.T, answer http.HandlerFunc) *publisher {
	t.Helper()
	p := &publisher{answer: answer, now: day(10, 12, 0, 0)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.answer(w, r) }))
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) fetch(t *testing.T, prev List) (Fetched, error) {
	t.Helper()
	f := Fetcher{Client: p.Client(), Version: "1.2.3", Now: func() time.Time { return p.now }}
	return f.Fetch(t.Context(), Feed{Name: "exits", URL: p.URL + "/list", Kind: Tor}, prev)
}

func exits(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "198.51.100.%d\n", i)
	}
	return out.String()
}

func TestFetchTakesAListAndAsksConditionallyAfter(t *testing.T) {
	p := newPublisher(t, func(w http.ResponseWriter, r *http.Request) {
		if agent := r.Header.Get("User-Agent"); agent != "vaultwatch/1.2.3 (+https://github.com/vaultwatch/vaultwatch)" {
			t.Errorf("user agent %q", agent)
		}
		if r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != "" {
			t.Error("the first request is conditional")
		}
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Last-Modified", "Thu, 10 Sep 2026 11:00:00 GMT")
		_, _ = io.WriteString(w, exits(10)+"oops\n")
	})
	first, err := p.fetch(t, List{})
	if err != nil {
		t.Fatal(err)
	}
	if !first.Changed || first.List.Count != 10 || len(first.Problems) != 1 || !first.List.Taken.Equal(p.now) || first.List.Source != p.URL+"/list" {
		t.Fatalf("got %+v", first)
	}
	p.now = day(10, 13, 0, 0)
	p.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != `"one"` || r.Header.Get("If-Modified-Since") != "Thu, 10 Sep 2026 11:00:00 GMT" {
			t.Errorf("not conditional: %v", r.Header)
		}
		w.WriteHeader(http.StatusNotModified)
	}
	second, err := p.fetch(t, first.List)
	if err != nil {
		t.Fatal(err)
	}
	if e := second.List.Entries[0]; second.Changed || !second.List.Taken.Equal(p.now) || !e.Last.Equal(p.now) || !e.First.Equal(day(10, 12, 0, 0)) {
		t.Errorf("got %+v", second)
	}
}

func TestFetchRemembersExitsThatWentAway(t *testing.T) {
	p := newPublisher(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, exits(10)) })
	first, err := p.fetch(t, List{})
	if err != nil {
		t.Fatal(err)
	}
	p.now = day(12, 12, 0, 0)
	p.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, exits(5)) }
	second, err := p.fetch(t, first.List)
	if err != nil {
		t.Fatal(err)
	}
	book := NewBook(second.List)
	gone, stays := netip.MustParseAddr("198.51.100.9"), netip.MustParseAddr("198.51.100.1")
	if _, ok := book.Tor(gone, day(11, 0, 0, 0)); !ok {
		t.Error("the exit that went away is not known for the time it was there")
	}
	if _, ok := book.Tor(gone, day(15, 0, 0, 0)); ok {
		t.Error("the exit that went away counts for ever")
	}
	if _, ok := book.Tor(stays, day(15, 0, 0, 0)); !ok || second.List.Count != 5 {
		t.Errorf("the exit that stays is not known; count %d", second.List.Count)
	}
}

func TestFetchOfAzureKeepsOnlyWhatIsThereToday(t *testing.T) {
	p := newPublisher(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "20.33.0.0/16\n20.40.0.0/16\n") })
	f := Fetcher{Version: "1", Now: func() time.Time { return p.now }} // with its own client
	feed := Feed{Name: "azure", URL: p.URL, Kind: Azure}
	first, err := f.Fetch(t.Context(), feed, List{})
	if err != nil {
		t.Fatal(err)
	}
	p.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "20.33.0.0/16\n") }
	second, err := f.Fetch(t.Context(), feed, first.List)
	if err != nil || len(second.List.Entries) != 1 {
		t.Errorf("%v, %v", second.List.Entries, err)
	}
}

func TestFetchRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error  // if any
		says   string // in the error
	}{
		"page": {answer: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>sign in</html>") }, want: ErrHTML},
		"page by header": {answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "hello")
		}, want: ErrHTML},
		"empty":  {answer: func(http.ResponseWriter, *http.Request) {}, want: ErrEmpty},
		"shrunk": {answer: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, exits(2)) }, want: ErrShrank},
		"500":    {answer: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, exits(20), 500) }, says: "500"},
		"429":    {answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, says: "429"},
		"404":    {answer: http.NotFound, says: "404"},
		"204":    {answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, says: "204"},
		"truncated": {answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, exits(20))
		}, want: io.ErrUnexpectedEOF},
		"broken off": {answer: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, exits(20))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, want: io.ErrUnexpectedEOF},
		"endless": {answer: func(w http.ResponseWriter, _ *http.Request) {
			line := []byte(strings.Repeat("# padding\n", 1<<16))
			for written := 0; written <= MaxBytes; written += len(line) {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		}, want: ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPublisher(t, c.answer)
			prev := List{Source: p.URL + "/list", Count: 10, ETag: `"one"`}
			got, err := p.fetch(t, prev)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "exits") {
				t.Errorf("got %v, want %v %q", err, c.want, c.says)
			}
			if len(got.List.Entries) > 0 {
				t.Error("there is a list nonetheless")
			}
		})
	}
}

func TestFetchDoesNotCompareDifferentPublishers(t *testing.T) {
	p := newPublisher(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			t.Error("the tag of another publisher was sent")
		}
		_, _ = io.WriteString(w, exits(2))
	})
	if got, err := p.fetch(t, List{Source: "https://example.org", Count: 1000, ETag: `"x"`}); err != nil || got.List.Count != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFetchEndsWithItsContextAndRefusesOddAddresses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := newPublisher(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	f := Fetcher{Now: func() time.Time { return p.now }}
	if _, err := f.Fetch(ctx, Feed{Name: "exits", URL: p.URL}, List{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, url := range []string{"", "file:///etc/passwd", "ftp://example.org/x", "https://", "::"} {
		if _, err := f.Fetch(t.Context(), Feed{Name: "exits", URL: url}, List{}); err == nil {
			t.Errorf("%q was fetched", url)
		}
	}
}

func TestTheBuiltInFeedIsComplete(t *testing.T) {
	feed := TorExits()
	if feed.Kind != Tor || feed.MinEntries == 0 || !strings.HasPrefix(feed.URL, "https://") || feed.AllowWide {
		t.Errorf("got %+v", feed)
	}
}
