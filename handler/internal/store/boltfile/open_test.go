package boltfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

// What can be wrong with a file, and the words a person must find in the error.
func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, path string)
		words string
	}{
		{"a file in use", func(t *testing.T, path string) {
			s := open(t, path, boltfile.Options{})
			t.Cleanup(func() { closeStore(t, s) })
		}, "vaultwatch already runs on this file; stop it or choose another file"},
		{"a text file", func(t *testing.T, path string) {
			writeFile(t, path, []byte(strings.Repeat("some notes, no database\n", 1000)))
		}, "not a file of vaultwatch"},
		{"a short text file", func(t *testing.T, path string) {
			writeFile(t, path, []byte("notes"))
		}, "not a file of vaultwatch"},
		{"a bolt file of another program", func(t *testing.T, path string) {
			editBolt(t, path, func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket([]byte("recipes"))
				return err
			})
		}, "not a file of vaultwatch"},
		{"a bolt file that only looks like ours", func(t *testing.T, path string) {
			setFormat(t, path, "eggs")
		}, "not a file of vaultwatch"},
		{"a newer format", func(t *testing.T, path string) { setFormat(t, path, "2") }, "update vaultwatch"},
		{"a missing folder", func(t *testing.T, path string) {
			if err := os.Remove(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
		}, "make the folder"},
		{"a folder in place of a file", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "name a file, not a folder"},
		{"a file that was cut short", func(t *testing.T, path string) {
			closeStore(t, open(t, path, boltfile.Options{}))
			if err := os.Truncate(path, 3*int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
		}, "restore it from a copy"},
		{"a folder one may not write", func(t *testing.T, path string) {
			if os.Geteuid() == 0 {
				t.Skip("the super-user may write everywhere")
			}
			if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
				t.Fatal(err)
			}
		}, "allow this user to write"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "folder", "memory.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, path)
			s, err := boltfile.Open(path, boltfile.Options{})
			if err == nil {
				closeStore(t, s)
				t.Fatal("opened without an error")
			}
			if !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %q names not both the file and %q", err, c.words)
			}
		})
	}
}

// A refused file is left as it was.
func TestRefusalChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	notes := strings.Repeat("some notes, no database\n", 1000)
	writeFile(t, path, []byte(notes))
	if _, err := boltfile.Open(path, boltfile.Options{}); err == nil {
		t.Fatal("opened a text file")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != notes {
		t.Errorf("the text file was changed (%v)", err)
	}
}

// A process that died while making the file leaves an empty one; it must not lock its owner out.
func TestOpenClaimsEmptyFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	writeFile(t, path, nil)
	closeStore(t, open(t, path, boltfile.Options{}))

	path = filepath.Join(t.TempDir(), "unclaimed.db")
	editBolt(t, path, func(*bbolt.Tx) error { return nil })
	closeStore(t, open(t, path, boltfile.Options{}))
}

func TestOnlyTheOwnerReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	closeStore(t, open(t, path, boltfile.Options{}))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v", info.Mode())
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func editBolt(t *testing.T, path string, edit func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(edit); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func setFormat(t *testing.T, path, format string) {
	t.Helper()
	closeStore(t, open(t, path, boltfile.Options{}))
	editBolt(t, path, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("vaultwatch")).Put([]byte("format"), []byte(format))
	})
}
