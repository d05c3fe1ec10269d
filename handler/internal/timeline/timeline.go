// Package timeline puts records into the order of their event times when they come in another, as exports and folders of
// logs do. It holds one day in memory at a time; the rest waits in temporary files, in the compact form of the inbox.
//
// It refuses to judge, to drop duplicates and to keep anything: Close removes what it wrote.
//
// Start reading at [Sorter].
package timeline

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// DefaultBuffer is how many records wait in memory before they go to files; they take some 6 MB.
const DefaultBuffer = 10_000

// Sorter takes records in any order and gives them back in that of their times. It is not safe for concurrent use.
type Sorter struct {
	// Buffer is how many records wait in memory before they go to files; [DefaultBuffer] if 0. Set it before Add.
	Buffer int

	days    map[int64][]audit.Record // by days since 1970, UTC
	waiting int
	count   int
	folder  string // of the files, empty until one is needed
}

// Add takes records. The slice stays the caller's.
func (s *Sorter) Add(records []audit.Record) error {
	if s.days == nil {
		s.days = map[int64][]audit.Record{}
	}
	for i := range records {
		day := dayOf(records[i].Time)
		s.days[day] = append(s.days[day], records[i])
	}
	s.waiting += len(records)
	s.count += len(records)
	if s.waiting < cmp.Or(s.Buffer, DefaultBuffer) {
		return nil
	}
	return s.spill()
}

// Len is how many records were added.
func (s *Sorter) Len() int { return s.count }

func dayOf(t time.Time) int64 { return int64(t.Sub(time.Unix(0, 0)) / (24 * time.Hour)) }

// Days yields the records day by day, those of a day in order of time, equal times by digest. A slice is the receiver's
// to keep. An error ends the sequence. Nothing may be added after.
func (s *Sorter) Days() iter.Seq2[[]audit.Record, error] {
	return func(yield func([]audit.Record, error) bool) {
		for _, day := range slices.Sorted(maps.Keys(s.days)) {
			records, err := s.read(day)
			if err != nil {
				yield(nil, fmt.Errorf("read back the records of a day: %w", err))
				return
			}
			records = append(records, s.days[day]...)
			delete(s.days, day)
			slices.SortFunc(records, func(a, b audit.Record) int {
				return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Digest, b.Digest))
			})
			if !yield(records, nil) {
				return
			}
		}
	}
}

// Close removes the files.
func (s *Sorter) Close() error {
	if s.folder == "" {
		return nil
	}
	if err := os.RemoveAll(s.folder); err != nil {
		return fmt.Errorf("remove the temporary files of the sorting: %w", err)
	}
	return nil
}

// spill moves what waits in memory to the files, one a day.
func (s *Sorter) spill() error {
	if s.folder == "" {
		folder, err := os.MkdirTemp("", "vaultwatch-sort-")
		if err != nil {
			return fmt.Errorf("sort the records: make a temporary folder: %w; TMPDIR says where", err)
		}
		s.folder = folder
	}
	for day, records := range s.days {
		if len(records) == 0 {
			continue
		}
		if err := s.write(day, records); err != nil {
			return fmt.Errorf("sort the records: %w; TMPDIR says where temporary files go", err)
		}
		s.days[day] = nil
	}
	s.waiting = 0
	return nil
}

var errDamaged = errors.New("a temporary file of the sorting was changed or cut off")
