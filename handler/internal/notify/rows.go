package notify

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

const (
	alertPrefix   = "alert:"
	toldPrefix    = "told:"
	markPrefix    = "mark:"
	channelPrefix = "channel:"
	leaseKey      = "lease"
)

var safeKey = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,80}$`)

// part is an id as a piece of a row's key: as it is where stores take it, else its digest.
func part(id string) string {
	if safeKey.MatchString(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "x" + hex.EncodeToString(sum[:])
}

func alertKey(id string) string { return alertPrefix + part(id) }

func markKey(channel, key string) string { return markPrefix + channel + ":" + key }

// toldKey begins with the alert's day, so that old ones are forgotten in one range. The day is the event's own, which a
// repeated Put shares; only where the record's clock is absurd is it ours.
func toldKey(a detection.Alert, now time.Time) string {
	day := a.Time.UTC()
	if day.Before(now.Add(-tellOnceFor).AddDate(0, 0, 1)) || day.After(now.AddDate(0, 0, 2)) {
		day = now.UTC()
	}
	return toldPrefix + day.Format(time.DateOnly) + ":" + part(a.ID)
}

// maxRow leaves room below the store's limit of a row.
const maxRow = store.MaxData - 1<<10

// packEntry writes an entry that fits a row. An alert of very many, very odd object names is cut to what fits; the
// objects cut are counted in MoreObjects.
func packEntry(e Entry) ([]byte, error) {
	for {
		data, err := pack(e)
		if err != nil || len(data) <= maxRow {
			return data, err
		}
		if len(e.Alert.Objects) == 0 {
			return nil, fmt.Errorf("alert takes %d bytes without objects: %w", len(data), store.ErrTooLarge)
		}
		e.Alert = FewerObjects(e.Alert)
	}
}

// format is the first byte of every packed row, raised when the form changes.
const format = 1

func pack(v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte(format)
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode row: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress row: %w", err)
	}
	return b.Bytes(), nil
}

// maxUnpacked bounds what a row may grow to when read, far above anything pack was given.
const maxUnpacked = 64 << 20

func unpack(data []byte, v any) error {
	if len(data) == 0 || data[0] != format {
		return errors.New("row is of another version of this program")
	}
	r := flate.NewReader(bytes.NewReader(data[1:]))
	return json.NewDecoder(io.LimitReader(r, maxUnpacked)).Decode(v)
}

// books is all that a drain reads, in one pass over the partition's live rows.
type books struct {
	entries    []Entry
	versions   map[string]store.Version        // of the entries' rows, by key
	marks      map[string]map[string]row[Mark] // by channel, then by key
	pauses     map[string]pause                // by channel
	unreadable int
}

// row is a decoded row together with the version it was read at.
type row[T any] struct {
	value   T
	version store.Version
}

func (o *Outbox) load(ctx context.Context) (*books, error) {
	b := &books{versions: map[string]store.Version{}, marks: map[string]map[string]row[Mark]{}, pauses: map[string]pause{}}
	for _, prefix := range []string{alertPrefix, markPrefix, channelPrefix} {
		for r, err := range o.config.Store.Rows(ctx, o.config.Partition, prefix, after(prefix)) {
			if err != nil {
				return nil, fmt.Errorf("read outbox: %w", err)
			}
			if err := b.take(prefix, r); err != nil {
				b.unreadable++
			}
		}
	}
	return b, nil
}

func (b *books) take(prefix string, r store.Row) error {
	name := strings.TrimPrefix(r.Key, prefix)
	switch prefix {
	case alertPrefix:
		var e Entry
		if err := unpack(r.Data, &e); err != nil {
			return err
		}
		b.entries = append(b.entries, e)
		b.versions[r.Key] = r.Version
	case markPrefix:
		var m Mark
		if err := unpack(r.Data, &m); err != nil {
			return err
		}
		channel, key, _ := strings.Cut(name, ":")
		if b.marks[channel] == nil {
			b.marks[channel] = map[string]row[Mark]{}
		}
		b.marks[channel][key] = row[Mark]{m, r.Version}
	case channelPrefix:
		var p pause
		if err := unpack(r.Data, &p); err != nil {
			return err
		}
		b.pauses[name] = p
	}
	return nil
}

// after is the first key behind all keys with a prefix.
func after(prefix string) string {
	return prefix[:len(prefix)-1] + string(prefix[len(prefix)-1]+1)
}
