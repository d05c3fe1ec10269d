package timeline

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
)

// A day's file is a list of packs, each with its length in 4 bytes before it. It is opened for each pack anew: a log of
// years has more days than a process may have open files.

func (s *Sorter) path(day int64) string {
	return filepath.Join(s.folder, strconv.FormatInt(day, 10))
}

func (s *Sorter) write(day int64, records []audit.Record) error {
	f, err := os.OpenFile(s.path(day), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	pack := pipeline.Pack(records)
	_, err = f.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(pack))), pack...))
	return errors.Join(err, f.Close())
}

// read returns the records of a day that went to its file.
func (s *Sorter) read(day int64) ([]audit.Record, error) {
	if s.folder == "" {
		return nil, nil
	}
	f, err := os.Open(s.path(day))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []audit.Record
	in := bufio.NewReader(f)
	for {
		records, err := readPack(in)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, records...)
	}
}

func readPack(in io.Reader) ([]audit.Record, error) {
	var size [4]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errDamaged
		}
		return nil, err
	}
	pack := make([]byte, binary.LittleEndian.Uint32(size[:]))
	if _, err := io.ReadFull(in, pack); err != nil {
		return nil, errDamaged
	}
	records, err := pipeline.Unpack(pack)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return records, nil
}
