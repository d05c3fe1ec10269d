// Package boltfile keeps rows in one local file, a bbolt database: the store of a laptop, and the store of tests.
//
// Every commit is synced to the disk before it is reported, so that neither a kill nor a power cut can undo or halve it.
// One process owns the file at a time. The package refuses files that are not its own, and files of a newer format.
// Start reading at [Open]; rows.go holds the two verbs, open.go what can be wrong with a file.
package boltfile

import (
	"encoding/binary"

	"go.etcd.io/bbolt"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

var _ store.Store = (*Store)(nil)

// Store is an open file. It is safe for several goroutines; commits are written one after the other.
type Store struct {
	db     *bbolt.DB
	noSync bool
}

// Close writes what is not yet on the disk and frees the file for others. It waits for running calls.
func (s *Store) Close() error {
	if s.noSync {
		if err := s.db.Sync(); err != nil {
			return explain("sync", s.db.Path(), err)
		}
	}
	return explain("close", s.db.Path(), s.db.Close())
}

// rowKey is where a row stands in the one bucket of rows: length of the partition's name, the name, the key. The length
// goes first so that no partition's rows lie in another's range, whatever bytes the names hold.
func rowKey(partition, key string) []byte {
	out := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(partition)+len(key)), uint16(len(partition)))
	return append(append(out, partition...), key...)
}

// A value is 8 bytes of version and then the data. The version is the bucket's sequence number of the commit that wrote
// the row; it only grows, so a row that is deleted and written again does not get an old version back.
const versionSize = 8

func value(version uint64, data []byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, versionSize+len(data)), version), data...)
}
