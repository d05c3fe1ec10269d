package intel

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// codecVersion is the first byte of an encoded list; what follows is compressed JSON.
const codecVersion = 1

// wireList and wireEntry fix the names on disk, apart from the names in the code. Times are Unix seconds, 0 for none.
type wireList struct {
	Name       string      `json:"name"`
	Kind       Kind        `json:"kind"`
	Source     string      `json:"source,omitempty"`
	Confidence string      `json:"confidence,omitempty"`
	Taken      int64       `json:"taken,omitempty"`
	Count      int         `json:"count"`
	ETag       string      `json:"etag,omitempty"`
	Modified   string      `json:"modified,omitempty"`
	Entries    []wireEntry `json:"entries"`
}

type wireEntry struct {
	Prefix netip.Prefix `json:"p"`
	First  int64        `json:"f,omitempty"`
	Last   int64        `json:"l,omitempty"`
	Label  string       `json:"n,omitempty"`
}

// Encode writes a list for keeping. Times lose what is below a second. It cannot fail on a list that Parse, Merge,
// Confirm or Decode returned.
func Encode(l List) ([]byte, error) {
	w := wireList{Name: l.Name, Kind: l.Kind, Source: l.Source, Confidence: l.Confidence, Taken: seconds(l.Taken),
		Count: l.Count, ETag: l.ETag, Modified: l.Modified, Entries: make([]wireEntry, len(l.Entries))}
	for i, e := range l.Entries {
		w.Entries[i] = wireEntry{Prefix: e.Prefix, First: seconds(e.First), Last: seconds(e.Last), Label: e.Label}
	}
	var out bytes.Buffer
	out.WriteByte(codecVersion)
	z := gzip.NewWriter(&out)
	if err := errors.Join(json.NewEncoder(z).Encode(w), z.Close()); err != nil {
		return nil, fmt.Errorf("encode list %s: %w", l.Name, err)
	}
	return out.Bytes(), nil
}

// Decode reads what Encode wrote. It fails on other versions, damage, and more than MaxBytes or MaxEntries of content;
// entries come out canonical and sorted whatever was read.
func Decode(data []byte) (List, error) {
	if len(data) == 0 || data[0] != codecVersion {
		return List{}, fmt.Errorf("decode a list: want version %d, got %x; fetch the list again", codecVersion, data[:min(len(data), 1)])
	}
	z, err := gzip.NewReader(bytes.NewReader(data[1:]))
	if err != nil {
		return List{}, fmt.Errorf("decode a list: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, MaxBytes+1))
	if err != nil {
		return List{}, fmt.Errorf("decode a list: %w", err)
	}
	var w wireList
	if len(text) > MaxBytes {
		return List{}, fmt.Errorf("decode a list: %w", ErrTooLarge)
	}
	if err := json.Unmarshal(text, &w); err != nil {
		return List{}, fmt.Errorf("decode a list: %w", err)
	}
	return w.list()
}

func (w wireList) list() (List, error) {
	l := List{Name: w.Name, Kind: w.Kind, Source: w.Source, Confidence: w.Confidence, Taken: instant(w.Taken),
		Count: w.Count, ETag: w.ETag, Modified: w.Modified}
	if len(w.Entries) > MaxEntries {
		return List{}, fmt.Errorf("decode list %s: %w", w.Name, ErrTooLarge)
	}
	entries := make([]Entry, 0, len(w.Entries))
	for i, e := range w.Entries {
		prefix, err := parsePrefix(e.Prefix.String())
		if err != nil {
			return List{}, fmt.Errorf("decode list %s: entry %d: %w", w.Name, i, err)
		}
		entries = append(entries, Entry{Prefix: prefix, First: instant(e.First), Last: instant(e.Last), Label: cleanLabel(e.Label)})
	}
	l.Entries = normalise(entries)
	return l, nil
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// instant keeps to years that times can be compared and printed in.
func instant(seconds int64) time.Time {
	const year3000 = 32503680000
	if seconds <= 0 || seconds >= year3000 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
