package check

import (
	"slices"
	"strings"
)

// modules reports calls of modules that do not fit the module: path, scope, parameters and the fields of object
// parameters. A parameter file is a call of its template.
func (p *Project) modules(f *File) {
	for _, m := range f.Modules {
		target := p.Files[f.resolve(m.Target)]
		if target == nil {
			p.fault(f.Path, m.Node.Line, "module %s: %s does not exist", m.Name, m.Target)
			continue
		}
		body := m.Value.body()
		if target.Scope != f.Scope && body.get("scope") == nil {
			p.fault(f.Path, m.Node.Line, "module %s: deploys to a %s and needs a scope", m.Name, target.Scope)
		}
		p.arguments(f, m, target)
	}
	if f.Using != "" {
		p.paramFile(f)
	}
}

func (p *Project) arguments(f *File, m Decl, target *File) {
	params := m.Value.body().get("params")
	var given []property
	if params != nil {
		given = params.properties()
	}
	for _, g := range given {
		param, ok := find(target.Params, g.key)
		if !ok {
			p.fault(f.Path, g.node.Line, "module %s has no parameter %s; it has %s", m.Name, g.key, names(target.Params))
			continue
		}
		p.fields(f, g, param)
		if source, ok := find(f.Params, g.value.Text); ok && source.decorated("secure") && !param.decorated("secure") {
			p.fault(f.Path, g.node.Line, "secret %s goes into %s of module %s, which is not @secure", source.Name, g.key, m.Name)
		}
	}
	for _, param := range target.Params {
		if param.Value == nil && !slices.ContainsFunc(given, func(g property) bool { return g.key == param.Name }) {
			p.fault(f.Path, m.Node.Line, "module %s: parameter %s is missing", m.Name, param.Name)
		}
	}
}

// fields compares an object that is written out, or a parameter handed on, with the object type of the parameter.
func (p *Project) fields(f *File, given property, param Decl) {
	want := fieldNames(param.Type)
	if want == nil {
		return
	}
	var have []string
	if given.value.Type == "object" {
		for _, x := range given.value.properties() {
			have = append(have, x.key)
		}
	} else if source, ok := find(f.Params, given.value.Text); ok {
		have = fieldNames(source.Type)
	}
	if have == nil {
		return
	}
	slices.Sort(have)
	if !slices.Equal(have, want) {
		p.fault(f.Path, given.node.Line, "%s has the fields %s, wanted are %s", given.key, strings.Join(have, ", "), strings.Join(want, ", "))
	}
}

// fieldNames lists the fields of an object type in order, nil for any other type.
func fieldNames(t *Node) []string {
	if t != nil && t.Type == "type" && len(t.Children) == 1 {
		t = t.Children[0]
	}
	if t == nil || t.Type != "object" {
		return nil
	}
	var found []string
	for _, x := range t.properties() {
		found = append(found, x.key)
	}
	slices.Sort(found)
	return found
}

func (p *Project) paramFile(f *File) {
	target := p.Files[f.resolve(f.Using)]
	if target == nil {
		p.fault(f.Path, 1, "using %s: no such file", f.Using)
		return
	}
	for _, v := range f.Vars {
		if _, ok := find(target.Params, v.Name); !ok {
			p.fault(f.Path, v.Node.Line, "%s has no parameter %s", f.Using, v.Name)
		}
	}
	for _, param := range target.Params {
		if _, ok := find(f.Vars, param.Name); !ok && param.Value == nil {
			p.fault(f.Path, 1, "parameter %s of %s is missing", param.Name, f.Using)
		}
	}
}
