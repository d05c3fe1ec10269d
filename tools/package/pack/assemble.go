package pack

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// Options say what to package. All are paths; Main is a Go package pattern relative to Root.
type Options struct {
	Root string // folder with host.json, functions/ and go.mod
	Main string // Go package of the handler, "./handler"
	Dist string // folder to fill
	Zip  string // file to write, empty for none
}

// What func and azd need to know that this is a custom handler. It never enters the zip.
const localSettings = `{
  "IsEncrypted": false,
  "Values": {
    "FUNCTIONS_WORKER_RUNTIME": "custom"
  }
}
`

// Assemble fills Dist with host.json, one folder a function, .funcignore, local.settings.json and the handler, built for
// Linux without cgo at exactly the path that host.json names, and writes the zip.
func Assemble(o Options) error {
	host, err := os.ReadFile(filepath.Join(o.Root, "host.json"))
	if err != nil {
		return fmt.Errorf("read host.json: %w (run this from the root of the repository)", err)
	}
	executable, err := executablePath(host)
	if err != nil {
		return err
	}
	if err := emptyDist(o.Dist); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(o.Dist, "host.json"), host); err != nil {
		return err
	}
	if err := copyFunctions(o); err != nil {
		return err
	}
	if err := copyIgnore(o); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(o.Dist, "local.settings.json"), []byte(localSettings)); err != nil {
		return err
	}
	if err := build(o, executable); err != nil {
		return err
	}
	if o.Zip == "" {
		return nil
	}
	return writeZip(o, executable)
}

// executablePath gives customHandler.description.defaultExecutablePath. Publishing compares it as text with the paths in
// the package and makes only the equal one executable, so "./handler" would arrive without its mode.
func executablePath(host []byte) (string, error) {
	var settings struct {
		CustomHandler struct {
			Description struct{ DefaultExecutablePath string }
		}
	}
	if err := json.Unmarshal(host, &settings); err != nil {
		return "", fmt.Errorf("read host.json: %w", err)
	}
	p := settings.CustomHandler.Description.DefaultExecutablePath
	if p == "" {
		return "", errors.New("host.json names no customHandler.description.defaultExecutablePath")
	}
	if path.IsAbs(p) || path.Clean(p) != p || strings.HasPrefix(p, "..") || strings.Contains(p, `\`) {
		return "", fmt.Errorf("host.json: defaultExecutablePath %q must be a plain relative path such as handler or bin/handler", p)
	}
	return p, nil
}

// emptyDist removes an earlier package, and refuses to remove anything that does not look like one.
func emptyDist(dist string) error {
	entries, err := os.ReadDir(dist)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read %s: %w", dist, err)
	}
	if _, err := os.Stat(filepath.Join(dist, "host.json")); len(entries) > 0 && err != nil {
		return fmt.Errorf("%s holds something else than a package (no host.json in it): choose another folder or empty it", dist)
	}
	if err := os.RemoveAll(dist); err != nil {
		return fmt.Errorf("remove earlier package: %w", err)
	}
	return nil
}

// copyFunctions copies each functions/NAME/function.json. The host looks one folder deep only, so functions/ itself
// disappears; nothing else of those folders is shipped.
func copyFunctions(o Options) error {
	paths, err := filepath.Glob(filepath.Join(o.Root, "functions", "*", "function.json"))
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("no functions/*/function.json under %s", o.Root)
	}
	for _, from := range paths {
		data, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("read function: %w", err)
		}
		name := filepath.Base(filepath.Dir(from))
		if err := writeFile(filepath.Join(o.Dist, name, "function.json"), data); err != nil {
			return err
		}
	}
	return nil
}

func copyIgnore(o Options) error {
	data, err := os.ReadFile(filepath.Join(o.Root, ".funcignore"))
	if errors.Is(err, os.ErrNotExist) {
		data, err = []byte("local.settings.json\n"), nil
	}
	if err != nil {
		return fmt.Errorf("read .funcignore: %w", err)
	}
	return writeFile(filepath.Join(o.Dist, ".funcignore"), data)
}

// build compiles the handler so that the same source gives the same bytes wherever it lies: no paths, no build id, no
// state of the working copy.
func build(o Options, executable string) error {
	out, err := filepath.Abs(filepath.Join(o.Dist, filepath.FromSlash(executable)))
	if err != nil {
		return fmt.Errorf("place of the handler: %w", err)
	}
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out, o.Main)
	command.Dir = o.Root
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOAMD64=v1", "GOFLAGS=")
	if message, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", o.Main, err, message)
	}
	return nil
}

func writeFile(to string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		return fmt.Errorf("write package: %w", err)
	}
	return nil
}
