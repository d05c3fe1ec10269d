package intel

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// fetchTimeout bounds one download, connection to last byte.
const fetchTimeout = 60 * time.Second

// Feed is a list that is published at an address.
type Feed struct {
	Name       string
	URL        string // http or https
	Kind       Kind
	Confidence string
	MinEntries int
	AllowWide  bool
}

// TorExits is the feed that is on by default: the exits that run now, with fingerprints, nicknames and IPv6.
// The publisher renews it hourly and asks to be asked no more often, and conditionally.
func TorExits() Feed {
	return Feed{
		Name: "tor-exits",
		Kind: Tor,
		URL: "https://onionoo.torproject.org/details?flag=exit&running=true" +
			"&fields=nickname,fingerprint,last_seen,exit_addresses,or_addresses,exit_policy_v6_summary",
		MinEntries: 100, // there were more than a thousand for years; fewer is a fault of the publisher
	}
}

// Fetcher downloads feeds. Version and Now are required.
type Fetcher struct {
	Client  *http.Client     // nil: one of its own with a timeout
	Version string           // of this program, for the User-Agent
	Now     func() time.Time // the clock; the only place in this package that needs one
	Guard   *Book            // see Options.Guard
}

// Fetched is what came of a successful download.
type Fetched struct {
	List     List // with what the one before still remembers
	Changed  bool // false when the publisher had nothing new
	Problems []Problem
}

// Fetch downloads a feed unless it is still what prev is, and merges it into prev, which is the zero List the first
// time. On an error prev stays the best that is known; the error says what the publisher did, or is one of this
// package's reasons to refuse a list. It does not retry: the next turn of the timer does.
func (f Fetcher) Fetch(ctx context.Context, feed Feed, prev List) (Fetched, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if prev.Source != feed.URL {
		prev = List{} // another publisher's list says nothing about this one's size or tags
	}
	request, err := f.request(ctx, feed, prev)
	if err != nil {
		return Fetched{}, err
	}
	reply, err := f.client().Do(request)
	if err != nil {
		return Fetched{}, fmt.Errorf("fetch list %s: %w", feed.Name, err)
	}
	defer reply.Body.Close()
	switch {
	case reply.StatusCode == http.StatusNotModified && prev.Count > 0:
		return Fetched{List: Confirm(prev, f.Now())}, nil
	case reply.StatusCode != http.StatusOK:
		return Fetched{}, fmt.Errorf("fetch list %s: %s answered %s", feed.Name, request.URL.Host, reply.Status)
	case strings.HasPrefix(reply.Header.Get("Content-Type"), "text/html"):
		return Fetched{}, fmt.Errorf("fetch list %s from %s: %w", feed.Name, request.URL.Host, ErrHTML)
	}
	return f.take(reply, feed, prev)
}

// take reads a reply that claims to be a list.
func (f Fetcher) take(reply *http.Response, feed Feed, prev List) (Fetched, error) {
	l, problems, err := Parse(reply.Body, Options{
		Name: feed.Name, Kind: feed.Kind, Confidence: feed.Confidence, Seen: f.Now(), Previous: prev.Count,
		MinEntries: feed.MinEntries, AllowWide: feed.AllowWide, Guard: f.Guard,
	})
	if err != nil {
		return Fetched{Problems: problems}, err
	}
	l.Source, l.ETag, l.Modified = feed.URL, reply.Header.Get("ETag"), reply.Header.Get("Last-Modified")
	if prev.Count > 0 && (feed.Kind == Tor || feed.Kind == Suspicious) {
		l = Merge(prev, l) // of Azure's and known networks only today's count
	}
	return Fetched{List: l, Changed: true, Problems: problems}, nil
}

func (f Fetcher) request(ctx context.Context, feed Feed, prev List) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, feed.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch list %s: %w", feed.Name, err)
	}
	if r.URL.Scheme != "https" && r.URL.Scheme != "http" || r.URL.Host == "" {
		return nil, fmt.Errorf("fetch list %s: want an http or https address, got %q", feed.Name, feed.URL)
	}
	r.Header.Set("User-Agent", fmt.Sprintf("vaultwatch/%s (+https://github.com/vaultwatch/vaultwatch)", f.Version))
	if prev.ETag != "" {
		r.Header.Set("If-None-Match", prev.ETag)
	}
	if prev.Modified != "" {
		r.Header.Set("If-Modified-Since", prev.Modified)
	}
	return r, nil
}

func (f Fetcher) client() *http.Client {
	if f.Client != nil {
		return f.Client
	}
	return &http.Client{Timeout: fetchTimeout}
}
