package check

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say what to look at. All are paths.
type Options struct {
	Infra     string // the infra/ folder
	Tools     string // the tools/bicepcheck folder with the parsers
	Example   string // local.settings.json.example; empty or absent skips the comparison
	Functions string // the functions/ folder; empty or absent skips the comparison
}

// Fault is one thing that is wrong, at a place that a person can open.
type Fault struct {
	Path    string
	Line    int
	Message string
}

func (f Fault) String() string { return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Message) }

// Project is everything that the rules look at.
type Project struct {
	Options
	Files   map[string]*File
	Schemas map[string]*Schema
	faults  []Fault
}

// Run loads infra/ and applies every rule. It returns ErrNoParsers when the parsers are not installed.
func Run(o Options) ([]Fault, error) {
	p, err := Load(o)
	if err != nil {
		return nil, err
	}
	return p.Check()
}

// Load parses the files and reads the schemas.
func Load(o Options) (*Project, error) {
	var err error
	if o.Infra, err = filepath.Abs(o.Infra); err != nil { // the parser runs in another folder
		return nil, fmt.Errorf("place of %s: %w", o.Infra, err)
	}
	paths, err := bicepFiles(o.Infra)
	if err != nil {
		return nil, fmt.Errorf("list Bicep files: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no .bicep file under %s", o.Infra)
	}
	trees, err := parseFiles(o.Tools, paths)
	if err != nil {
		return nil, err
	}
	p := &Project{Options: o, Files: map[string]*File{}}
	for i, tree := range trees {
		relative, err := filepath.Rel(o.Infra, paths[i])
		if err != nil {
			return nil, fmt.Errorf("place of %s: %w", paths[i], err)
		}
		p.Files[filepath.ToSlash(relative)] = newFile(filepath.ToSlash(relative), tree)
	}
	p.Schemas, err = loadSchemas(filepath.Join(o.Infra, "schema"))
	return p, err
}

// Check applies every rule and gives the faults in the order of files and lines.
func (p *Project) Check() ([]Fault, error) {
	p.faults = nil
	p.bicep()
	if err := p.queries(); err != nil {
		return nil, err
	}
	slices.SortFunc(p.faults, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line, strings.Compare(a.Message, b.Message))
	})
	return p.faults, nil
}

// bicep applies the rules about Bicep files, which need no more than their trees.
func (p *Project) bicep() {
	for _, f := range p.Files {
		if p.syntax(f) {
			continue // a broken tree would only repeat itself in every other rule
		}
		p.symbols(f)
		p.modules(f)
		p.resources(f)
		p.reads(f)
		p.secrets(f)
		p.manners(f)
	}
	p.settings()
}

func (p *Project) fault(path string, line int, format string, values ...any) {
	p.faults = append(p.faults, Fault{Path: path, Line: line, Message: fmt.Sprintf(format, values...)})
}

// syntax reports nodes that the parser could not make sense of, and whether there were any.
func (p *Project) syntax(f *File) bool {
	bad := false
	f.Root.walk(func(n *Node) bool {
		if n.Bad {
			bad = true
			p.fault(f.Path, n.Line, "syntax error near %q", firstLine(n.Text))
		}
		return !n.Bad
	})
	return bad
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func bicepFiles(root string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && (strings.HasSuffix(path, ".bicep") || strings.HasSuffix(path, ".bicepparam")) {
			paths = append(paths, path)
		}
		return err
	})
	return paths, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return path != "" && err == nil
}
