package pack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"
)

// Contents is what the host would find in a package.
type Contents struct {
	Executable string            // path of the handler
	Functions  map[string][]byte // function.json by function name
	SHA256     string            // of the whole zip, in hex
}

// Verify opens a zip as the host does: host.json at its root, functions one folder deep with names and bindings that the
// host accepts, and the handler where host.json says, executable, for Linux on amd64 and in need of no C library. It
// names the first thing that is wrong.
func Verify(zipPath string) (Contents, error) {
	data, err := os.ReadFile(zipPath)
	if err != nil {
		return Contents{}, fmt.Errorf("read zip: %w", err)
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Contents{}, fmt.Errorf("open zip: %w", err)
	}
	files, err := readAll(archive)
	if err != nil {
		return Contents{}, err
	}
	sum := sha256.Sum256(data)
	c := Contents{Functions: map[string][]byte{}, SHA256: hex.EncodeToString(sum[:])}
	if c.Executable, err = executablePath(files["host.json"].data); err != nil {
		return c, err
	}
	if err := handlerRuns(files[c.Executable]); err != nil {
		return c, fmt.Errorf("handler %s: %w", c.Executable, err)
	}
	return c, c.addFunctions(files)
}

type packed struct {
	data []byte
	mode os.FileMode
}

func readAll(archive *zip.Reader) (map[string]packed, error) {
	files := map[string]packed{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", f.Name, err)
		}
		data, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		files[f.Name] = packed{data: data, mode: f.Mode()}
	}
	return files, nil
}

func handlerRuns(f packed) error {
	if f.data == nil {
		return errors.New("not in the zip, though host.json names it")
	}
	if f.mode&0o111 == 0 {
		return errors.New("not executable: the app would start with insufficient permissions")
	}
	binary, err := elf.NewFile(bytes.NewReader(f.data))
	if err != nil {
		return fmt.Errorf("no Linux program: %w", err)
	}
	if binary.Machine != elf.EM_X86_64 {
		return fmt.Errorf("built for %v, wanted is amd64", binary.Machine)
	}
	for _, segment := range binary.Progs {
		if segment.Type == elf.PT_INTERP {
			return errors.New("needs a dynamic linker: build with CGO_ENABLED=0")
		}
	}
	return nil
}

// The host's own rule for names, without regard to case.
var functionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,127}$`)

func (c Contents) addFunctions(files map[string]packed) error {
	for name, f := range files {
		folder, base := path.Split(name)
		folder = strings.TrimSuffix(folder, "/")
		switch {
		case name == "host.json", name == c.Executable:
		case base != "function.json" || folder == "" || strings.Contains(folder, "/"):
			return fmt.Errorf("%s: only function.json files, one folder deep, belong into the package", name)
		case !functionName.MatchString(folder) || strings.EqualFold(folder, "host"):
			return fmt.Errorf("%s: the host refuses the function name %s", name, folder)
		default:
			if err := oneTrigger(f.data); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			c.Functions[folder] = f.data
		}
	}
	if len(c.Functions) == 0 {
		return errors.New("no function in the zip")
	}
	return nil
}

func oneTrigger(data []byte) error {
	var function struct{ Bindings []struct{ Type string } }
	if err := json.Unmarshal(data, &function); err != nil {
		return fmt.Errorf("read function.json: %w", err)
	}
	triggers := 0
	for _, b := range function.Bindings {
		if strings.HasSuffix(strings.ToLower(b.Type), "trigger") {
			triggers++
		}
	}
	if triggers != 1 {
		return fmt.Errorf("%d triggers, the host wants exactly one", triggers)
	}
	return nil
}
