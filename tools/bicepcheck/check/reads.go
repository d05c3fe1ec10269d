package check

import "slices"

// What a module symbol has besides its outputs.
var moduleProperties = []string{"outputs", "name"}

// reads reports outputs of modules that do not exist, and properties read from resources that their schema does not know.
func (p *Project) reads(f *File) {
	f.Root.walk(func(n *Node) bool {
		if n.Type != "member_expression" {
			return true
		}
		root, path := chain(n)
		if root == nil {
			return true
		}
		if m, ok := find(f.Modules, root.Text); ok {
			p.readModule(f, m, n, path)
		}
		if r, ok := find(f.Resources, root.Text); ok {
			p.readResource(f, r, n, path)
		}
		return false
	})
}

// chain takes a.b[0].c apart into the identifier a and the names b and c.
func chain(n *Node) (*Node, []string) {
	var path []string
	for {
		switch n.Type {
		case "identifier":
			slices.Reverse(path)
			return n, path
		case "member_expression":
			path = append(path, n.field("property").Text)
			n = n.field("object")
		case "subscript_expression":
			n = n.field("object")
		default:
			return nil, nil
		}
	}
}

func (p *Project) readModule(f *File, m Decl, n *Node, path []string) {
	target := p.Files[f.resolve(m.Target)]
	if target == nil {
		return
	}
	if !slices.Contains(moduleProperties, path[0]) {
		p.fault(f.Path, n.Line, "module %s has no property %s; outputs stand under %s.outputs", m.Name, path[0], m.Name)
		return
	}
	if len(path) > 1 {
		if _, ok := find(target.Outputs, path[1]); !ok {
			p.fault(f.Path, n.Line, "module %s has no output %s; it has %s", m.Name, path[1], names(target.Outputs))
		}
	}
}

func (p *Project) readResource(f *File, r Decl, n *Node, path []string) {
	schema := p.schemaOf(r)
	if schema == nil {
		return
	}
	typeName := schema.Root
	for i, name := range path {
		object, ok := schema.Objects[typeName]
		if !ok || object.Additional != "" || i == 0 && slices.Contains([]string{"id", "type", "apiVersion", "name"}, name) {
			return
		}
		property, ok := object.Properties[name]
		if !ok {
			p.fault(f.Path, n.Line, "%s: %s has no property %s%s", r.Name, typeName, name, suggestion(name, object))
			return
		}
		typeName = property.Type
	}
}
