// Package store is the port through which everything that must outlive a request is kept: rows of bytes, grouped by
// partition, written all or nothing within one partition. It knows nothing of vaults or alerts.
//
// Adapters (boltfile, tables) are held to the promises below by package storetest. Start reading at [Store].
package store

import (
	"context"
	"errors"
	"iter"
)

// Version is an adapter's opaque mark of one state of a row, as an ETag is. Two states of a row never share one.
type Version string

// Row is one stored value.
type Row struct {
	Key     string
	Data    []byte
	Version Version
}

// Write is one change of a commit. Exactly one of the four forms holds:
//
//	If == Absent        the row must not exist yet
//	If == Any           whatever stands there is replaced
//	If == a Version     the row must still be in that state
//	Delete              the row is removed under the condition If (Any: removing what is not there is no error);
//	                    removing under Absent says nothing sensible and is refused, and so is Data beside Delete
type Write struct {
	Key    string
	Data   []byte
	If     Version
	Delete bool
}

// Conditions of a write that are not a version.
const (
	Absent Version = ""
	Any    Version = "*"
)

// Limits every adapter honours and the callers keep to. They follow Azure Table Storage: an entity-group transaction
// holds at most 100 entities and 4 MiB, an entity at most 1 MiB, a key at most 1 KiB of UTF-16. The sizes may be counted
// on the wire, where data stands in base64 (4 bytes for 3) and every row brings up to 2.5 KiB of headers and keys with
// it; MaxData (11 properties of 64 KiB) and MaxCommit leave room for both.
const (
	MaxWrites = 100       // rows in one commit
	MaxData   = 704 << 10 // bytes of Data in one row
	MaxCommit = 5 << 19   // bytes of Key and Data in one commit: 2.5 MiB
	MaxKey    = 256       // bytes of a key, and of a partition's name; neither may be empty
)

// ErrConflict says that a condition did not hold, so nothing of the commit was written: load again and decide again.
var ErrConflict = errors.New("store: another writer was here first")

// ErrTooLarge says that a commit breaks one of the limits or is no sensible commit (a key twice, an empty key, a delete
// under [Absent]); nothing was written. It is a bug of the caller, not of the moment.
var ErrTooLarge = errors.New("store: commit exceeds the limits of a transaction")

// Store keeps rows. All methods may be called from several goroutines. A method that returns any error but
// ErrConflict and ErrTooLarge may or may not have written; callers load again before they decide.
type Store interface {
	// Rows yields the rows of a partition with from <= key < to in ascending byte order of keys; an empty to means no
	// upper end. It sees every commit that ended before the call. It is no snapshot: of a commit that lands during the
	// iteration, some rows may be seen and others not. An error ends the sequence as its last element. The Data of a
	// row belongs to the receiver. The receiver may stop early, and may commit between two rows.
	Rows(ctx context.Context, partition, from, to string) iter.Seq2[Row, error]
	// Commit applies all writes to one partition, or none. Keys are distinct. After a nil error the rows survive the
	// death of the process and of the machine. A commit of no writes does nothing. A context that is over before the
	// call gives its error and writes nothing. The store keeps no reference to Data.
	Commit(ctx context.Context, partition string, writes []Write) error
	// Close ends the use of the store. What was committed is already safe.
	Close() error
}
