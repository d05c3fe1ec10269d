package intel

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// shelfRows is the store partition of the lists that were fetched. A list is a head row and its data in pieces, written
// in one commit under the head's version:
//
//	<name>/head        when to ask the publisher next, why the last try failed, how many pieces there are
//	<name>/data/<nn>   the encoded list
const shelfRows = "lists"

// maxPieces keeps a list within one commit: some 2 MiB encoded, which is some 200,000 labelled entries.
const maxPieces = 3

// Shelf keeps fetched lists in a store, where all instances share them: one fetches, the others read.
type Shelf struct{ Store store.Store }

// Kept is a list as it stands on a shelf. The zero Kept is one that was never fetched.
type Kept struct {
	List List
	// Due is when the publisher may be asked next.
	Due time.Time
	// Problem is why the last try failed, in words for people; empty after a good one.
	Problem string

	version store.Version
	pieces  int
}

type shelfHead struct {
	Due     time.Time `json:"due"`
	Problem string    `json:"problem,omitempty"`
	Pieces  int       `json:"pieces"`
}

// Load reads a list. One that cannot be decoded, because another version wrote it or it was rewritten while it was read,
// comes back as an empty List that is due: it is then fetched anew. Callers that hold a good one go on with that.
func (s Shelf) Load(ctx context.Context, name string) (Kept, error) {
	var k Kept
	var head shelfHead
	var data []byte
	prefix := name + "/"
	for row, err := range s.Store.Rows(ctx, shelfRows, prefix, name+"0") { // '0' follows '/'
		if err != nil {
			return Kept{}, fmt.Errorf("read the list %s: %w", name, err)
		}
		if strings.TrimPrefix(row.Key, prefix) == "head" {
			k.version = row.Version
			if json.Unmarshal(row.Data, &head) != nil {
				head = shelfHead{}
			}
			continue
		}
		data = append(data, row.Data...)
		k.pieces++
	}
	k.Problem = head.Problem
	if head.Pieces == 0 && k.pieces == 0 { // nothing good ever came
		k.Due = head.Due
		return k, nil
	}
	list, err := Decode(data)
	if err == nil && head.Pieces == k.pieces {
		k.List, k.Due = list, head.Due
	}
	return k, nil
}

// Save replaces what was loaded. It gives store.ErrConflict when another instance was here since: load again, it has
// something at least as new.
func (s Shelf) Save(ctx context.Context, name string, k Kept) error {
	data, err := Encode(k.List)
	if err != nil {
		return err
	}
	var writes []store.Write
	n := 0
	for ; len(data) > 0; n++ {
		cut := min(len(data), store.MaxData)
		writes = append(writes, store.Write{Key: pieceKey(name, n), Data: data[:cut], If: store.Any})
		data = data[cut:]
	}
	if n > maxPieces {
		return fmt.Errorf("keep the list %s: %w", name, ErrTooLarge)
	}
	for old := n; old < k.pieces; old++ {
		writes = append(writes, store.Write{Key: pieceKey(name, old), If: store.Any, Delete: true})
	}
	return s.commit(ctx, name, k, shelfHead{Pieces: n}, writes)
}

// Postpone leaves the list as it is and says when to ask again, and why nothing came this time.
func (s Shelf) Postpone(ctx context.Context, name string, k Kept) error {
	return s.commit(ctx, name, k, shelfHead{Pieces: k.pieces}, nil)
}

func (s Shelf) commit(ctx context.Context, name string, k Kept, head shelfHead, writes []store.Write) error {
	head.Due, head.Problem = k.Due.UTC(), k.Problem
	data, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("keep the list %s: %w", name, err)
	}
	writes = append(writes, store.Write{Key: name + "/head", Data: data, If: k.version})
	if err := s.Store.Commit(ctx, shelfRows, writes); err != nil {
		return fmt.Errorf("keep the list %s: %w", name, err)
	}
	return nil
}

func pieceKey(name string, n int) string { return fmt.Sprintf("%s/data/%02d", name, n) }
