package sweep_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/sweep"
)

// noon is when the tests begin; the clock moves only by hand.
func noon() time.Time { return time.Date(2026, 9, 10, 12, 0, 0, 0, time.UTC) }

func openBolt(t *testing.T) store.Store {
	t.Helper()
	s, err := boltfile.Open(filepath.Join(t.TempDir(), "memory.db"), boltfile.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// publisher serves a list and remembers who asked.
type publisher struct {
	*httptest.Server
	answer http.HandlerFunc
	// asked counts requests, conditional those that named what they had.
	asked, conditional int
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := &publisher{answer: exits(20)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked++
		if r.Header.Get("If-None-Match") != "" {
			p.conditional++
		}
		p.answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// exits answers with a list of n addresses, or that it is still the same.
func exits(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		tag := fmt.Sprintf(`"%d"`, n)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", tag)
		for i := range n {
			fmt.Fprintf(w, "198.51.100.%d\n", i+1)
		}
	}
}

func says(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// reader is one instance's lists, and the book its judge has.
type reader struct {
	*sweep.Lists
	t    *testing.T
	book *intel.Book
}

type world struct {
	t     *testing.T
	store store.Store
	from  *publisher
	now   time.Time
}

func newWorld(t *testing.T) *world {
	return &world{t: t, store: openBolt(t), from: newPublisher(t), now: noon()}
}

func (w *world) reader(path string) *reader {
	w.t.Helper()
	r := &reader{t: w.t}
	var err error
	r.Lists, err = sweep.NewLists(sweep.ListsConfig{
		Store: w.store, Version: "1.2.3", Use: func(b *intel.Book) { r.book = b }, Clock: func() time.Time { return w.now },
		Feeds:  []intel.Feed{{Name: "exits", URL: w.from.URL + path, Kind: intel.Tor}},
		Client: &http.Client{Timeout: 300 * time.Millisecond},
		Spread: func(below time.Duration) time.Duration { return below - 1 },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (r *reader) refresh() sweep.ListAge {
	r.t.Helper()
	if err := r.Refresh(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	return r.Ages()[0]
}

func (r *reader) tor(at time.Time) bool {
	_, ok := r.book.Tor(netip.MustParseAddr("198.51.100.7"), at)
	return ok
}

// One instance asks the publisher, the others read what it got; an hour and some minutes later it is asked again, and only
// whether there is anything new.
func TestListsAreShared(t *testing.T) {
	w := newWorld(t)
	one, two := w.reader("/list"), w.reader("/list")
	if one.tor(w.now) {
		t.Error("an address is listed before any list came")
	}
	for range 3 {
		for _, r := range []*reader{one, two} {
			if age := r.refresh(); age.Entries != 20 || !age.AsOf.Equal(noon()) || !r.tor(w.now) || age.Problem != "" {
				t.Errorf("age %+v, listed %v", age, r.tor(w.now))
			}
		}
		w.now = w.now.Add(20 * time.Minute)
	}
	if w.from.asked != 1 {
		t.Errorf("asked %d times within the hour, want once", w.from.asked)
	}
	w.now = noon().Add(time.Hour + 10*time.Minute)
	if age := one.refresh(); !age.AsOf.Equal(w.now) || w.from.conditional != 1 {
		t.Errorf("age %+v after %d conditional requests", age, w.from.conditional)
	}
	if two.refresh(); w.from.asked != 2 {
		t.Errorf("asked %d times, want twice", w.from.asked)
	}
	third := w.reader("/list") // started anew: it need not ask either
	if third.refresh(); w.from.asked != 2 || !third.tor(w.now) {
		t.Errorf("asked %d times, want twice", w.from.asked)
	}
}

// Whatever the publisher does, the last good list stays in use, its age is told, the publisher is left alone for a
// quarter of an hour by all instances, and the next good answer ends it.
func TestLastGoodListIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		words  string
	}{
		"down":      {says(503, ""), "503"},
		"a page":    {says(200, "<!DOCTYPE html><html><body>log in"), "web page"},
		"empty":     {says(200, "\n\n"), "no usable entry"},
		"shrunk":    {exits(3), "four fifths"},
		"nonsense":  {says(200, strings.Repeat("not an address\n", 50)), "no usable entry"},
		"cut off":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"silent":    {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "imeout"},
		"not there": {says(404, ""), "404"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.reader("/list?key=s3cret")
			r.refresh()
			w.now, w.from.answer = w.now.Add(2*time.Hour), c.answer
			age := r.refresh()
			if !strings.Contains(age.Problem, c.words) || strings.Contains(age.Problem, "s3cret") {
				t.Errorf("problem %q, want words %q and no key", age.Problem, c.words)
			}
			if !r.tor(w.now) || !age.AsOf.Equal(noon()) || age.Entries != 20 {
				t.Errorf("the last good list is not in use: %+v", age)
			}
			asked := w.from.asked
			w.now = w.now.Add(14 * time.Minute)
			other := w.reader("/list?key=s3cret")
			if age := other.refresh(); age.Problem == "" || !other.tor(w.now) {
				t.Errorf("another instance: %+v", age)
			}
			if r.refresh(); w.from.asked != asked {
				t.Error("the publisher was asked again too soon")
			}
			w.now, w.from.answer = w.now.Add(11*time.Minute), exits(25)
			if age := r.refresh(); age.Problem != "" || age.Entries != 25 || !age.AsOf.Equal(w.now) {
				t.Errorf("after the recovery: %+v", age)
			}
		})
	}
}

// An event is judged by the list valid at its time, also after the address left the list and the process was replaced.
func TestListsRememberWhoLeft(t *testing.T) {
	w := newWorld(t)
	w.reader("/list").refresh()
	w.now = w.now.AddDate(0, 0, 5)
	w.from.answer = func(out http.ResponseWriter, _ *http.Request) {
		for i := range 20 {
			fmt.Fprintf(out, "203.0.113.%d\n", i+1)
		}
	}
	w.reader("/list").refresh()
	r := w.reader("/list")
	r.refresh()
	if !r.tor(noon().Add(time.Hour)) {
		t.Error("the exit of five days ago is not known any more")
	}
	if r.tor(w.now) {
		t.Error("the address is still called an exit five days after it left the list")
	}
}

// Another publisher under the same name says nothing about the old one's list: not its size, not when to ask next.
func TestAnotherPublisher(t *testing.T) {
	w := newWorld(t)
	w.reader("/list").refresh()
	w.from.answer = exits(2)
	if age := w.reader("/other").refresh(); age.Entries != 2 || age.Problem != "" {
		t.Errorf("age %+v", age)
	}
}

// A feed that hangs does not keep the others from coming.
func TestFeedsAreIndependent(t *testing.T) {
	w := newWorld(t)
	down := newPublisher(t)
	down.answer = says(500, "")
	lists, err := sweep.NewLists(sweep.ListsConfig{Store: w.store, Version: "1", Use: func(*intel.Book) {}, Clock: func() time.Time { return w.now },
		Feeds: []intel.Feed{{Name: "down", URL: down.URL, Kind: intel.Tor}, {Name: "up", URL: w.from.URL, Kind: intel.Tor}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := lists.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	ages := lists.Ages()
	if ages[0].Problem == "" || ages[1].Entries != 20 {
		t.Errorf("ages %+v", ages)
	}
	w.now = w.now.Add(3 * time.Hour)
	if w.store.Close(); lists.Refresh(t.Context()) == nil {
		t.Error("a store that is gone was not noticed")
	}
}

func TestParseFeeds(t *testing.T) {
	feeds, err := sweep.ParseFeeds([]string{"spamhaus-drop=https://www.spamhaus.org/drop/drop_v4.json", " own=http://lists.example/a?b=c "})
	if err != nil || len(feeds) != 2 || feeds[0].Kind != intel.Suspicious || feeds[1].URL != "http://lists.example/a?b=c" {
		t.Errorf("feeds %+v, error %v", feeds, err)
	}
	for entry, words := range map[string]string{
		"https://lists.example":     "name=https",
		"A B=https://lists.example": "name=https",
		"x=lists.example/drop":      "begins with https",
		"x=ftp://lists.example":     "begins with https",
		"tor-exits=https://x":       "another feed of this name",
	} {
		if _, err := sweep.ParseFeeds([]string{entry}); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v, want words %q", entry, err, words)
		}
	}
	if _, err := sweep.ParseFeeds([]string{"x=https://a", "x=https://b"}); err == nil {
		t.Error("two feeds of one name were taken")
	}
}
