package check

import (
	"path"
	"regexp"
	"strings"
)

// File is one Bicep file, taken apart into its declarations.
type File struct {
	Path      string // relative to infra/, with slashes
	Scope     string // targetScope, resourceGroup if unset
	Root      *Node
	Params    []Decl
	Vars      []Decl
	Types     []Decl
	Outputs   []Decl
	Resources []Decl
	Modules   []Decl
	Imports   []Import
	Using     string // of a parameter file
}

// Decl is one declaration.
type Decl struct {
	Name       string
	Node       *Node
	Type       *Node  // of a parameter or output
	Value      *Node  // default, value or body
	Target     string // type@version of a resource, path of a module
	Existing   bool
	Decorators []*Node
}

// Import is one name taken from another file.
type Import struct {
	Name, Path string
	Node       *Node
}

func newFile(name string, root *Node) *File {
	f := &File{Path: name, Scope: "resourceGroup", Root: root}
	var decorators []*Node
	for _, n := range root.Children {
		if n.Type == "decorators" {
			decorators = n.Children
			continue
		}
		f.add(n, decorators)
		if n.Type != "comment" {
			decorators = nil
		}
	}
	return f
}

func (f *File) add(n *Node, decorators []*Node) {
	d := Decl{Node: n, Decorators: decorators}
	if id := n.child("identifier"); id != nil {
		d.Name = id.Text
	}
	switch n.Type {
	case "target_scope_assignment":
		f.Scope, _ = n.child("string").literal()
	case "using_statement":
		f.Using, _ = n.child("string").literal()
	case "import_functionality":
		from, _ := n.child("string").literal()
		for _, c := range n.Children {
			if c.Type == "identifier" {
				f.Imports = append(f.Imports, Import{Name: c.Text, Path: f.resolve(from), Node: n})
			}
		}
	case "parameter_declaration":
		f.Params = append(f.Params, typed(d))
	case "output_declaration":
		f.Outputs = append(f.Outputs, typed(d))
	case "variable_declaration":
		d.Value = n.last()
		f.Vars = append(f.Vars, d)
	case "type_declaration":
		d.Value = n.last()
		f.Types = append(f.Types, d)
	case "resource_declaration":
		f.Resources = append(f.Resources, targeted(d))
	case "module_declaration":
		f.Modules = append(f.Modules, targeted(d))
	}
}

// typed finds a declaration's type and what follows it. A type that is a name only is an identifier, the second one.
func typed(d Decl) Decl {
	rest := d.Node.Children[1:]
	if len(rest) > 0 {
		d.Type = rest[0]
	}
	if len(rest) > 1 {
		d.Value = rest[len(rest)-1]
	}
	return d
}

var existing = regexp.MustCompile(`^(resource|module)\s+\w+\s+'[^']*'\s+existing\b`)

func targeted(d Decl) Decl {
	d.Target, _ = d.Node.child("string").literal()
	d.Existing = existing.MatchString(d.Node.Text)
	d.Value = d.Node.last()
	return d
}

func (f *File) resolve(relative string) string { return path.Join(path.Dir(f.Path), relative) }

func (d Decl) decorated(name string) bool {
	_, ok := d.decorator(name)
	return ok
}

// decorator gives the first argument of a decorator, as text.
func (d Decl) decorator(name string) (string, bool) {
	for _, n := range d.Decorators {
		call := n.child("call_expression")
		if call == nil || call.field("function").Text != name {
			continue
		}
		if arguments := call.field("arguments"); arguments != nil && len(arguments.Children) > 0 {
			if s, ok := arguments.Children[0].literal(); ok {
				return s, true
			}
			return arguments.Children[0].Text, true
		}
		return "", true
	}
	return "", false
}

func find(list []Decl, name string) (Decl, bool) {
	for _, d := range list {
		if d.Name == name {
			return d, true
		}
	}
	return Decl{}, false
}

func names(list []Decl) string {
	var all []string
	for _, d := range list {
		all = append(all, d.Name)
	}
	return strings.Join(all, ", ")
}
