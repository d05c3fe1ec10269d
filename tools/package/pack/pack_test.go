package pack

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A project in small, so that the packaging is tested without building the detector.
var fixture = map[string]string{
	"go.mod":                             "module example.test/fixture\n\ngo 1.26\n",
	"handler/main.go":                    "package main\n\nfunc main() { println(\"hello\") }\n",
	"host.json":                          `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"bin/handler"}}}`,
	"functions/AuditBatch/function.json": `{"bindings":[{"type":"eventHubTrigger","direction":"in","name":"events"}]}`,
	"functions/Console/function.json":    `{"bindings":[{"type":"httpTrigger","direction":"in","name":"req"},{"type":"http","direction":"out","name":"res"}]}`,
	"functions/Console/notes.md":         "not to be shipped",
	".funcignore":                        "*.md\n",
}

func project(t *testing.T, changes map[string]string) Options {
	t.Helper()
	root := t.TempDir()
	files := maps.Clone(fixture)
	maps.Copy(files, changes)
	for name, text := range files {
		if err := writeFile(filepath.Join(root, name), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return Options{Root: root, Main: "./handler", Dist: filepath.Join(root, "dist"), Zip: filepath.Join(root, "dist.zip")}
}

func TestPackageIsWhatTheHostExpects(t *testing.T) {
	o := project(t, nil)
	if err := Assemble(o); err != nil {
		t.Fatal(err)
	}
	contents, err := Verify(o.Zip)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(contents.Functions)); !slices.Equal(got, []string{"AuditBatch", "Console"}) || contents.Executable != "bin/handler" {
		t.Errorf("got handler %s and functions %v", contents.Executable, got)
	}
	archive, err := zip.OpenReader(o.Zip)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	modes := map[string]os.FileMode{}
	for _, f := range archive.File {
		modes[f.Name] = f.Mode()
	}
	want := map[string]os.FileMode{"host.json": 0o666, "bin/handler": 0o777, "AuditBatch/function.json": 0o666, "Console/function.json": 0o666}
	if !maps.Equal(modes, want) {
		t.Errorf("got %v, want %v", modes, want)
	}
	for _, name := range []string{"local.settings.json", ".funcignore"} { // func and azd look for them in dist/
		if _, err := os.Stat(filepath.Join(o.Dist, name)); err != nil {
			t.Error(err)
		}
	}
}

// Two copies of a project in two places, packaged at two times, are the same bytes; and packaging again changes nothing.
func TestPackageIsReproducible(t *testing.T) {
	var zips [][]byte
	first, second := project(t, nil), project(t, nil)
	for _, o := range []Options{first, second, first} {
		if err := Assemble(o); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(o.Zip)
		if err != nil {
			t.Fatal(err)
		}
		zips = append(zips, data)
	}
	if !bytes.Equal(zips[0], zips[1]) || !bytes.Equal(zips[0], zips[2]) {
		t.Error("the zips differ")
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		want    string
	}{
		"a path that publishing would not make executable": {map[string]string{"host.json": `{"customHandler":{"description":{"defaultExecutablePath":"./handler"}}}`}, "must be a plain relative path"},
		"no executable": {map[string]string{"host.json": `{"version":"2.0"}`}, "names no customHandler"},
		"broken host":   {map[string]string{"host.json": `{`}, "read host.json"},
		"foreign dist":  {map[string]string{"dist/thesis.txt": "years of work"}, "choose another folder"},
		"broken Go":     {map[string]string{"handler/main.go": "package main\n\nfunc main() { hello() }\n"}, "undefined: hello"},
	} {
		t.Run(name, func(t *testing.T) {
			o := project(t, c.changes)
			err := Assemble(o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
			if kept := c.changes["dist/thesis.txt"]; kept != "" {
				if got, _ := os.ReadFile(filepath.Join(o.Dist, "thesis.txt")); string(got) != kept {
					t.Error("a foreign file was removed")
				}
			}
		})
	}
}

// Faults put into a good zip, one at a time.
func TestVerifyFindsFaults(t *testing.T) {
	o := project(t, nil)
	if err := Assemble(o); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(o.Zip)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(map[string]packed)
		want   string
	}{
		"handler missing":        {func(f map[string]packed) { delete(f, "bin/handler") }, "not in the zip"},
		"handler not executable": {func(f map[string]packed) { f["bin/handler"] = packed{f["bin/handler"].data, 0o666} }, "not executable"},
		"handler is a script":    {func(f map[string]packed) { f["bin/handler"] = packed{[]byte("#!/bin/sh"), 0o777} }, "no Linux program"},
		"function too deep":      {func(f map[string]packed) { f["functions/A/function.json"] = f["Console/function.json"] }, "one folder deep"},
		"secret settings":        {func(f map[string]packed) { f["local.settings.json"] = packed{[]byte("{}"), 0o666} }, "only function.json files"},
		"bad function name":      {func(f map[string]packed) { f["1A/function.json"] = f["Console/function.json"] }, "refuses the function name"},
		"no trigger":             {func(f map[string]packed) { f["A/function.json"] = packed{[]byte(`{"bindings":[]}`), 0o666} }, "0 triggers"},
	} {
		t.Run(name, func(t *testing.T) {
			archive, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
			if err != nil {
				t.Fatal(err)
			}
			files, err := readAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			c.change(files)
			if _, err := Verify(rezip(t, files)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
		})
	}
}

func rezip(t *testing.T, files map[string]packed) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "changed.zip")
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, f := range files {
		header := &zip.FileHeader{Name: name, Method: zip.Store}
		header.SetMode(f.mode)
		entry, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
