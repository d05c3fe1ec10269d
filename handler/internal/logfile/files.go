package logfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Stdin is the path that means standard input.
const Stdin = "-"

// Files lists the logs at the given paths. A folder stands for the logs below it. Files of a storage container
// (…/y=2026/m=04/d=28/h=13/m=00/PT1H.json) come in order of that time, so that hour 13 of all vaults comes before hour
// 14 of any; all others keep the order given, and inside of a folder the order of their names.
//
// It is an error if a path does not exist or cannot be read, or if a folder holds no log.
func Files(paths ...string) ([]Input, error) {
	if len(paths) == 0 {
		return nil, errors.New("no log files given: name files, folders, or - for standard input")
	}
	var inputs []Input
	for _, path := range paths {
		found, err := expand(path)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, found...)
	}
	sortByHour(inputs)
	return inputs, nil
}

func expand(path string) ([]Input, error) {
	if path == Stdin {
		return []Input{FromReader("standard input", os.Stdin)}, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("open log: there is no file or folder %q: %w", path, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("open log %q: %w", path, err)
	case info.IsDir():
		return folder(path)
	}
	return []Input{file(path, info)}, nil
}

func folder(root string) ([]Input, error) {
	var inputs []Input
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || !looksLikeLog(entry.Name()) {
			return nil
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		inputs = append(inputs, file(path, info))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for logs in folder %q: %w", root, err)
	}
	if len(inputs) == 0 {
		return nil, fmt.Errorf("no log in folder %q: expected files ending in %s, or these with .gz",
			root, strings.Join(extensions, ", "))
	}
	return inputs, nil
}

var extensions = []string{".json", ".ndjson", ".jsonl", ".csv", ".log"}

// looksLikeLog picks files of a folder by name; a file named on the command line is read whatever it is called.
func looksLikeLog(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	return !strings.HasPrefix(name, ".") && slices.Contains(extensions, filepath.Ext(name))
}

func file(path string, info fs.FileInfo) Input {
	return Input{Name: path, Size: info.Size(), open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// sortByHour is stable, so that everything but hours keeps its order.
func sortByHour(inputs []Input) {
	hour := regexp.MustCompile(`y=(\d{4})/m=(\d{2})/d=(\d{2})/h=(\d{2})/m=(\d{2})/`)
	key := func(in Input) string {
		return strings.Join(hour.FindStringSubmatch(filepath.ToSlash(in.Name)), "/")
	}
	slices.SortStableFunc(inputs, func(a, b Input) int {
		return strings.Compare(key(a), key(b))
	})
}
