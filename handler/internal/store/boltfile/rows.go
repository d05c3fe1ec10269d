package boltfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"

	"go.etcd.io/bbolt"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// A page of an iteration ends after so many rows or bytes, whichever comes first.
const (
	pageRows  = 256
	pageBytes = 4 << 20
)

// Rows implements [store.Store]. It copies a page of rows at a time and holds no transaction while the caller works: an
// open read transaction would keep every page freed meanwhile from being used again, so the file would grow, and once it
// had to be mapped anew, a caller that commits between two rows would wait for itself.
func (s *Store) Rows(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
	return func(yield func(store.Row, error) bool) {
		for next := from; ; {
			page, more, err := s.page(ctx, span{partition, next, to})
			if err != nil {
				yield(store.Row{}, explain("read", s.db.Path(), err))
				return
			}
			for _, row := range page {
				if !yield(row, nil) {
					return
				}
			}
			if !more {
				return
			}
			next = page[len(page)-1].Key + "\x00" // the least key above
		}
	}
}

// span is a range of one partition's keys, from <= key < to; an empty to means no upper end.
type span struct{ partition, from, to string }

// page reads the first rows of a span; more says that the page was full before the span was done.
func (s *Store) page(ctx context.Context, of span) (page []store.Row, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		prefix, end := rowKey(of.partition, ""), rowKey(of.partition, of.to)
		cursor, size := tx.Bucket(rowsBucket()).Cursor(), 0
		for k, v := cursor.Seek(rowKey(of.partition, of.from)); bytes.HasPrefix(k, prefix); k, v = cursor.Next() {
			if of.to != "" && bytes.Compare(k, end) >= 0 {
				return nil
			}
			if more = len(page) == pageRows || size >= pageBytes; more {
				return nil
			}
			row, err := decode(k[len(prefix):], v)
			if err != nil {
				return err
			}
			page, size = append(page, row), size+len(v)
		}
		return nil
	})
	return page, more, err
}

// decode copies a row out of the mapped file, which changes under the slices when the transaction is over.
func decode(key, value []byte) (store.Row, error) {
	if len(value) < versionSize {
		return store.Row{}, fmt.Errorf("row %q of %d bytes: %w", key, len(value), errDamaged)
	}
	return store.Row{Key: string(key), Data: bytes.Clone(value[versionSize:]), Version: version(value)}, nil
}

func version(value []byte) store.Version {
	return store.Version(strconv.FormatUint(binary.BigEndian.Uint64(value), 10))
}

// Commit implements [store.Store].
func (s *Store) Commit(ctx context.Context, partition string, writes []store.Write) error {
	if err := ctx.Err(); err != nil {
		return explain("commit to", s.db.Path(), err)
	}
	if err := store.Check(partition, writes); err != nil || len(writes) == 0 {
		return err
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		if err := ctx.Err(); err != nil { // it may have ended while other commits were ahead of this one
			return err
		}
		rows := tx.Bucket(rowsBucket())
		number, err := rows.NextSequence()
		if err != nil {
			return err
		}
		for _, w := range writes {
			if err := apply(rows, w, place{rowKey(partition, w.Key), number}); err != nil {
				return err // rolls back
			}
		}
		return nil
	})
	return explain("commit to", s.db.Path(), err)
}

// place is where a write goes and the version it gets.
type place struct {
	key    []byte
	number uint64
}

func apply(rows *bbolt.Bucket, w store.Write, at place) error {
	if !holds(w.If, rows.Get(at.key)) {
		return fmt.Errorf("row %q: %w", w.Key, store.ErrConflict)
	}
	if w.Delete {
		return rows.Delete(at.key)
	}
	return rows.Put(at.key, value(at.number, w.Data))
}

// holds says whether a condition is true of what stands at the key (nil: nothing).
func holds(condition store.Version, standing []byte) bool {
	switch condition {
	case store.Any:
		return true
	case store.Absent:
		return standing == nil
	}
	return len(standing) >= versionSize && version(standing) == condition
}
