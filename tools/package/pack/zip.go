package pack

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Files of dist/ that are for the publishing tools and not for the host.
var notShipped = []string{"local.settings.json", ".funcignore"}

// The modes that func azure functionapp publish gives: only the handler may run.
const (
	executableMode fs.FileMode = 0o777
	fileMode       fs.FileMode = 0o666
)

// The earliest time that a zip can hold, for all files alike. A zip without times has the impossible month 0.
func epoch() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

// writeZip writes the package with names in order and without its own times, owners or modes.
func writeZip(o Options, executable string) error {
	names, err := shipped(o.Dist)
	if err != nil {
		return err
	}
	file, err := os.Create(o.Zip)
	if err != nil {
		return fmt.Errorf("create zip: %w", err)
	}
	defer file.Close()
	w := zip.NewWriter(file)
	for _, name := range names {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch()}
		header.SetMode(fileMode)
		if name == executable {
			header.SetMode(executableMode)
		}
		if err := addFile(w, header, filepath.Join(o.Dist, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("finish zip: %w", err)
	}
	return file.Close()
}

func addFile(w *zip.Writer, header *zip.FileHeader, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("read package: %w", err)
	}
	entry, err := w.CreateHeader(header)
	if err != nil {
		return fmt.Errorf("zip %s: %w", header.Name, err)
	}
	if _, err := entry.Write(data); err != nil {
		return fmt.Errorf("zip %s: %w", header.Name, err)
	}
	return nil
}

// shipped lists the files of the package, with slashes, in order.
func shipped(dist string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dist, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dist, path)
		if name := filepath.ToSlash(relative); !slices.Contains(notShipped, name) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list package: %w", err)
	}
	slices.Sort(names)
	return names, nil
}
