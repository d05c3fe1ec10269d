package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// listRows is the store partition of the fetched lists, one row each: instances share them.
const listRows = "lists"

// Times of fetching. The publisher of the TOR list asks to be asked no more than hourly; the random part keeps the world's
// detectors from asking in the same second.
const (
	fetchEvery  = time.Hour
	fetchSpread = 10 * time.Minute
	fetchRetry  = 15 * time.Minute
)

// refresher keeps a fetched list up to date in the store and in the book of the judge.
type refresher struct {
	store   store.Store
	in      *lists
	fixed   []intel.List
	feed    intel.Feed
	fetcher intel.Fetcher

	mu   sync.Mutex
	list intel.List
	next time.Time
}

func newRefresher(s store.Store, in *lists, fixed []intel.List) *refresher {
	return &refresher{store: s, in: in, fixed: fixed, feed: intel.TorExits(),
		fetcher: intel.Fetcher{Version: version(), Now: time.Now, Guard: intel.NewBook(fixed...)}}
}

// run takes over what another instance fetched, or fetches when it is time. On failure the last good list stays in use.
func (r *refresher) run(ctx context.Context, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.next) {
		return nil
	}
	r.next = now.Add(fetchRetry)
	if err := r.load(ctx); err != nil {
		return err
	}
	due := r.list.Taken.Add(fetchEvery)
	if !now.Before(due) {
		if err := r.fetch(ctx); err != nil {
			return err
		}
		due = now.Add(fetchEvery)
	}
	r.next = due.Add(rand.N(fetchSpread))
	return nil
}

func (r *refresher) load(ctx context.Context) error {
	for row, err := range r.store.Rows(ctx, listRows, r.feed.Name, r.feed.Name+"\x00") {
		if err != nil {
			return fmt.Errorf("read the list %s: %w", r.feed.Name, err)
		}
		list, err := intel.Decode(row.Data)
		if err != nil {
			return nil // from another version, or damaged: it is fetched anew and replaced
		}
		if list.Taken.After(r.list.Taken) {
			r.use(list)
		}
	}
	return nil
}

func (r *refresher) fetch(ctx context.Context) error {
	fetched, err := r.fetcher.Fetch(ctx, r.feed, r.list)
	if err != nil {
		return fmt.Errorf("fetch the list %s, the one of %s stays in use: %w", r.feed.Name, r.list.Taken.Format(time.RFC3339), err)
	}
	data, err := intel.Encode(fetched.List)
	if err != nil {
		return fmt.Errorf("encode the list %s: %w", r.feed.Name, err)
	}
	r.use(fetched.List)
	if err := r.store.Commit(ctx, listRows, []store.Write{{Key: r.feed.Name, Data: data, If: store.Any}}); err != nil {
		return fmt.Errorf("keep the list %s: %w", r.feed.Name, err)
	}
	return nil
}

func (r *refresher) use(list intel.List) {
	r.list = list
	r.in.book.Store(intel.NewBook(append(r.fixed[:len(r.fixed):len(r.fixed)], list)...))
}
