package boltfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Options change how a file is used; the zero value is the safe choice.
type Options struct {
	// NoSync leaves it to the operating system when commits reach the disk (and syncs at Close). A power cut may then
	// destroy the file; the death of the process alone does not. For files that can be made again, as replay does.
	NoSync bool
}

const (
	format       = 1 // of the file; rises when an older program could misread it
	lockPatience = time.Second
)

func metaBucket() []byte { return []byte("vaultwatch") }
func rowsBucket() []byte { return []byte("rows") }
func formatKey() []byte  { return []byte("format") }

// Open opens the file at path and makes it if it is missing (its folder must exist). Only the owner may read it. Errors
// say what is wrong with the file and what to do: another process holds it, it is not a vaultwatch file, it is damaged,
// it comes from a newer version, its folder cannot be written.
func Open(path string, options Options) (*Store, error) {
	db, err := openBolt(path, options)
	if err != nil {
		return nil, explain("open", path, err)
	}
	if err := errors.Join(checkLength(db), claim(db)); err != nil {
		return nil, explain("open", path, errors.Join(err, db.Close()))
	}
	return &Store{db: db, noSync: options.NoSync}, nil
}

// openBolt opens the database. A file that was cut short makes bbolt read beyond its end, which the system answers with
// a fault; here, where a file's first pages are judged, the fault becomes an error instead of the end of the process.
func openBolt(path string, options Options) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			db, err = nil, fmt.Errorf("%w: %v", errDamaged, fault)
		}
	}()
	return bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      lockPatience,
		NoSync:       options.NoSync,
		FreelistType: bbolt.FreelistMapType,
	})
}

var (
	errDamaged = errors.New("file is damaged or cut short")
	errForeign = errors.New("a bolt file of another program")
	errNewer   = errors.New("file has a newer format")
)

// checkLength compares the pages the database counts with the bytes the file has.
func checkLength(db *bbolt.DB) error {
	info, err := os.Stat(db.Path())
	if err != nil {
		return err
	}
	return db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: %d bytes of at least %d", errDamaged, info.Size(), tx.Size())
		}
		return nil
	})
}

// claim checks the format of a file, or writes it into an empty one. A process that died between making the file and
// claiming it leaves an empty file, which the next one claims.
func claim(db *bbolt.DB) error {
	return db.Update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(metaBucket())
		if meta != nil {
			return checkFormat(string(meta.Get(formatKey())))
		}
		if name, _ := tx.Cursor().First(); name != nil {
			return fmt.Errorf("%w (it holds a bucket %q)", errForeign, name)
		}
		meta, err := tx.CreateBucket(metaBucket())
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucket(rowsBucket()); err != nil {
			return err
		}
		return meta.Put(formatKey(), []byte(strconv.Itoa(format)))
	})
}

func checkFormat(found string) error {
	number, err := strconv.Atoi(found)
	switch {
	case err != nil || number < 1:
		return fmt.Errorf("%w (its format is %q)", errForeign, found)
	case number > format:
		return fmt.Errorf("%w %d, this program reads up to %d", errNewer, number, format)
	}
	return nil
}

// explain says what was attempted on which file, and what a person can do about it.
func explain(attempt, path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s store file %s: %w%s", attempt, path, err, hint(path, err))
}

func hint(path string, err error) string {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return "; vaultwatch already runs on this file; stop it or choose another file"
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch),
		errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, errForeign):
		return "; this is not a file of vaultwatch; choose another path"
	case errors.Is(err, errDamaged):
		return "; restore it from a copy, or choose another path to begin anew"
	case errors.Is(err, errNewer):
		return "; update vaultwatch or choose another file"
	case errors.Is(err, syscall.EISDIR):
		return "; name a file, not a folder"
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("; make the folder %s first", filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("; allow this user to write the file and the folder %s, or choose another path", filepath.Dir(path))
	}
	return ""
}
