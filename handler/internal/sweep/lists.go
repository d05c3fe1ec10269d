package sweep

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Times of fetching. The publishers ask to be asked no more than hourly; the random part keeps the world's detectors from
// asking in the same second.
const (
	fetchEvery  = time.Hour
	fetchRetry  = 15 * time.Minute
	fetchSpread = 10 * time.Minute
	// fetchLimit bounds one feed's share of the step, so that one that hangs does not starve those behind it for ever:
	// it is put off, and the next run begins with them.
	fetchLimit = 20 * time.Second
)

// ListsConfig is what Lists is made of. Store, Use and Version are required.
type ListsConfig struct {
	Store store.Store
	Feeds []intel.Feed
	// Fixed lists are known from the start and never fetched; no feed may call their own networks suspicious.
	Fixed []intel.List
	// Use is given every new book, before Refresh returns.
	Use func(*intel.Book)
	// Version is the program's, for the User-Agent.
	Version string
	// Client and Clock may be nil: then it is one of the fetcher's own, and the machine's.
	Client *http.Client
	Clock  func() time.Time
	// Spread chooses the random part of a waiting time below a bound; nil: evenly.
	Spread func(below time.Duration) time.Duration
}

// Lists keeps fetched address lists up to date, in the store for all instances and in the judge's book. On failure the
// last good list stays in use.
type Lists struct {
	config  ListsConfig
	shelf   intel.Shelf
	fetcher intel.Fetcher

	mu    sync.Mutex
	known map[string]intel.Kept // by feed; the zero Kept is due at once
}

// ListAge is how old one list is.
type ListAge struct {
	Name    string `json:"name"`
	Entries int    `json:"entries"`
	// AsOf is when it was last known to be current, zero if it never came; Due is when its publisher is asked next.
	AsOf time.Time `json:"asOf,omitzero"`
	Due  time.Time `json:"due,omitzero"`
	// Problem is why the last try failed; empty if it went well.
	Problem string `json:"problem,omitempty"`
}

func (l ListAge) problem() string {
	if l.Problem == "" {
		return "it was not asked for since"
	}
	return l.Problem
}

// NewLists makes the lists and puts the fixed ones to use.
func NewLists(c ListsConfig) (*Lists, error) {
	if c.Store == nil || c.Use == nil || c.Version == "" {
		return nil, errors.New("lists: a store, a user of the book and the program's version are required")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Spread == nil {
		c.Spread = func(below time.Duration) time.Duration { return rand.N(below) }
	}
	l := &Lists{config: c, shelf: intel.Shelf{Store: c.Store}, known: map[string]intel.Kept{}}
	l.fetcher = intel.Fetcher{Client: c.Client, Version: c.Version, Now: c.Clock, Guard: intel.NewBook(c.Fixed...)}
	c.Use(intel.NewBook(c.Fixed...))
	return l, nil
}

// Refresh brings up to date what is due: by what another instance fetched, or else by asking the publisher. A publisher's
// failure is remembered beside the list, see [Lists.Ages]; the error is the store's.
func (l *Lists) Refresh(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	changed := false
	for _, feed := range l.config.Feeds {
		if ctx.Err() != nil {
			break
		}
		if l.config.Clock().Before(l.known[feed.Name].Due) {
			continue
		}
		before := l.known[feed.Name].List.Taken
		errs = append(errs, l.refresh(ctx, feed))
		changed = changed || !l.known[feed.Name].List.Taken.Equal(before)
	}
	if changed {
		l.config.Use(l.book())
	}
	return errors.Join(errs...)
}

func (l *Lists) refresh(ctx context.Context, feed intel.Feed) error {
	kept, err := l.shelf.Load(ctx, feed.Name)
	if err != nil {
		return err
	}
	if mine := l.known[feed.Name].List; mine.Taken.After(kept.List.Taken) {
		kept.List = mine // what stands in the store is damaged, or was never written
	}
	if kept.List.Source != "" && kept.List.Source != feed.URL { // the setting names another publisher by now
		kept.List, kept.Due = intel.List{}, time.Time{}
	}
	if l.config.Clock().Before(kept.Due) {
		l.known[feed.Name] = kept
		return nil
	}
	return l.fetch(ctx, feed, kept)
}

func (l *Lists) fetch(ctx context.Context, feed intel.Feed, kept intel.Kept) error {
	limited, cancel := context.WithTimeout(ctx, fetchLimit)
	fetched, err := l.fetcher.Fetch(limited, feed, kept.List)
	cancel()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("fetch list %s: %w", feed.Name, ctx.Err()) // our time is over, which says nothing about the publisher
	}
	write := l.shelf.Save
	if err != nil {
		write = l.shelf.Postpone
		kept.Due, kept.Problem = l.in(fetchRetry), problem(err)
	} else {
		kept.List, kept.Due, kept.Problem = fetched.List, l.in(fetchEvery), ""
	}
	l.known[feed.Name] = kept
	err = write(ctx, feed.Name, kept)
	if errors.Is(err, store.ErrConflict) {
		return nil // another instance fetched in the same moment
	}
	return err
}

// problem says why a fetch failed. It leaves out the address, which may hold a key.
func problem(err error) string {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return clean.Line(err.Error(), maxProblem)
}

// maxProblem bounds what is remembered of a failure: a publisher may answer with anything.
const maxProblem = 300

func (l *Lists) in(wait time.Duration) time.Time {
	return l.config.Clock().Add(wait + l.config.Spread(fetchSpread))
}

func (l *Lists) book() *intel.Book {
	all := slices.Clone(l.config.Fixed)
	for _, feed := range l.config.Feeds {
		if list := l.known[feed.Name].List; len(list.Entries) > 0 {
			all = append(all, list)
		}
	}
	return intel.NewBook(all...)
}

// Ages tells how old the fetched lists are, in the order of the feeds.
func (l *Lists) Ages() []ListAge {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []ListAge
	for _, feed := range l.config.Feeds {
		k := l.known[feed.Name]
		out = append(out, ListAge{Name: feed.Name, Entries: k.List.Count, AsOf: k.List.Taken, Due: k.Due, Problem: k.Problem})
	}
	return out
}
