package timeline

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

// records are some of a story, with equal times among them, shuffled by the seed.
func records(t *testing.T, seed uint64) (shuffled, sorted []audit.Record) {
	t.Helper()
	story, err := scenario.Parse("every day 23:59 for 9 days: mi-web sdk azure kv-pay get a..c\nday 3 00:00 alice portal office kv-pay list secrets\nday 5 10:00 alice portal office kv-pay grant bob")
	if err != nil {
		t.Fatal(err)
	}
	sorted = story.Records
	slices.SortFunc(sorted, func(a, b audit.Record) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Digest, b.Digest))
	})
	shuffled = slices.Clone(sorted)
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	return shuffled, sorted
}

// Whatever the order and wherever the memory ends, records come back in that of their times, each as often as it came,
// with everything that was in it, and a day at a time.
func TestSorts(t *testing.T) {
	for _, buffer := range []int{1, 7, 1000} {
		t.Run("", func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			shuffled, want := records(t, uint64(buffer))
			s := &Sorter{Buffer: buffer}
			for part := range slices.Chunk(shuffled, 4) {
				if err := s.Add(part); err != nil {
					t.Fatal(err)
				}
			}
			if s.Len() != len(want) {
				t.Errorf("%d records were added, Len says %d", len(want), s.Len())
			}
			var got []audit.Record
			for day, err := range s.Days() {
				if err != nil {
					t.Fatal(err)
				}
				if first, last := day[0].Time, day[len(day)-1].Time; !first.Truncate(24 * time.Hour).Equal(last.Truncate(24 * time.Hour)) {
					t.Errorf("one day holds %s and %s", first, last)
				}
				got = append(got, day...)
			}
			if diff := gocmp.Diff(want, got, cmpopts.EquateComparable(want[0].Address)); diff != "" {
				t.Errorf("records differ (-want +got):\n%s", diff)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// A file that was cut off is an error, not a shorter day.
func TestNoticesDamage(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	shuffled, _ := records(t, 1)
	s := &Sorter{Buffer: 1}
	defer s.Close()
	if err := s.Add(shuffled); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(s.folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files to damage: %v", err)
	}
	for _, cut := range []int64{3, 10} {
		if err := os.Truncate(files[0], cut); err != nil {
			t.Fatal(err)
		}
		var failed error
		for _, err := range s.Days() {
			failed = err
			if err != nil {
				break
			}
		}
		if !errors.Is(failed, errDamaged) {
			t.Errorf("cut to %d bytes: got error %v", cut, failed)
		}
	}
}

// Without room for files the error says which setting moves them.
func TestSaysWhereFilesGo(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	shuffled, _ := records(t, 1)
	err := (&Sorter{Buffer: 1}).Add(shuffled)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
