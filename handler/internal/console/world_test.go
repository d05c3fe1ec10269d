package console

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// world is a console on a real pipeline, a real store and a real server.
type world struct {
	*httptest.Server
	pipeline *pipeline.Pipeline
	store    store.Store
	path     string // of the store
	now      time.Time
	lists    detection.Addresses // of the stories if nil
}

// thief is the story that most tests look at: a theft over two vaults, and an everyday to hold it against.
const thief = `
every day 09:00 for 20 days: mi-web sdk azure kv-pay get db-password, api-key
every workday 10:00 for 20 days: alice portal office kv-pay get db-password
every day 02:00 for 20 days: app-scan sdk azure kv-hr list secrets
every day 12:00 for 20 days: mi-hr sdk azure kv-hr get h1, h2
day 19 10:00 bob portal office kv-pay get db-password = denied
day 20 03:05 alice cli tor kv-pay list secrets
day 20 03:05:30 alice cli tor kv-pay get s01..s12
day 20 03:07 alice cli tor kv-hr list secrets
day 20 03:09 alice cli tor kv-hr get h1..h4
day 20 03:12 alice cli tor kv-hr get h9 = denied`

// storyLists are the address lists of the stories' world.
type storyLists struct{}

func (storyLists) Tor(a netip.Addr, _ time.Time) (detection.Listing, bool) {
	return detection.Listing{List: "tor"}, a.String() == scenario.TorExit
}
func (storyLists) Suspicious(netip.Addr, time.Time) (detection.Listing, bool) {
	return detection.Listing{}, false
}
func (storyLists) Azure(a netip.Addr) bool {
	return netip.MustParsePrefix(scenario.AzureRange).Contains(a)
}
func (storyLists) Known(a netip.Addr) bool {
	return netip.MustParsePrefix(scenario.OfficeRange).Contains(a)
}
func (storyLists) HasAzure() bool { return true }

// tell makes a world in which a story has just ended.
func tell(t testing.TB, text string, change ...func(*Options)) *world {
	t.Helper()
	story, err := scenario.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{}
	for _, r := range story.Records {
		if r.Time.After(w.now) {
			w.now = r.Time
		}
	}
	w.now = w.now.Add(5 * time.Minute)
	w.open(t, change...)
	w.deliver(t, scenario.Body(story.Records))
	if _, err := w.pipeline.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) open(t testing.TB, change ...func(*Options)) {
	t.Helper()
	if w.path == "" {
		w.path = filepath.Join(t.TempDir(), "console.db")
	}
	file, err := boltfile.Open(w.path, boltfile.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	w.store = file
	clock := func() time.Time { return w.now }
	if w.lists == nil {
		w.lists = storyLists{}
	}
	w.pipeline, err = pipeline.Open(context.Background(), pipeline.Options{Store: w.store, Clock: clock, Lessons: func(ctx context.Context, settled time.Time) ([]detection.Lesson, error) {
		return triage.Lessons(ctx, w.store, settled)
	}, Engine: detection.Config{Catalogue: catalogue.All(), Addresses: w.lists}})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Viewer: w.pipeline.Viewer(), Store: w.store, Catalogue: catalogue.All(), Clock: clock, Access: Access{Hosts: Local(), Anonymous: "the user of this computer"}}
	o.Taught = func(ctx context.Context) {
		if err := w.pipeline.Learn(ctx); err != nil {
			t.Error(err)
		}
	}
	for _, c := range change {
		c(&o)
	}
	handler, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = httptest.NewServer(handler)
	t.Cleanup(w.Close)
}

// deliver posts one event of a stream partition.
func (w *world) deliver(t testing.TB, body []byte) {
	t.Helper()
	b := invoke.Batch{Namespace: "ns", Hub: "keyvault-logs", ConsumerGroup: "c", Partition: "0", Events: []invoke.Event{{Body: body}}}
	if _, err := w.pipeline.Batch(context.Background(), b); err != nil {
		t.Fatal(err)
	}
}

// get reads a page below /api/ and expects a status.
func (w *world) get(t testing.TB, path string, status int) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, w.URL+"/api/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.do(t, r, status)
}

func (w *world) do(t testing.TB, r *http.Request, status int) string {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != status {
		t.Fatalf("%s %s: %s, want %d\n%.600s", r.Method, r.URL, response.Status, status, body)
	}
	return string(body)
}

// post sends a form, and returns the page.
func (w *world) post(t testing.TB, path string, form url.Values, status int) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.URL+"/api/"+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(t, r, status)
}

// alerts are all alerts of the world.
func (w *world) alerts(t testing.TB) []detection.Alert {
	t.Helper()
	list, err := w.pipeline.Alerts(context.Background(), time.Time{}, time.Time{})
	if err != nil || len(list) == 0 {
		t.Fatalf("the story raised %d alerts, %v", len(list), err)
	}
	return list
}

// one is the alert of a type.
func (w *world) one(t testing.TB, kind string) detection.Alert {
	t.Helper()
	var types []string
	for _, a := range w.alerts(t) {
		if a.Type == kind {
			return a
		}
		types = append(types, a.Type)
	}
	t.Fatalf("no %s among %v", kind, types)
	return detection.Alert{}
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// tokenOf is the form token of a page.
func tokenOf(t testing.TB, page string) string {
	t.Helper()
	m := tokenField.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no token on the page\n%.400s", page)
	}
	return m[1]
}
