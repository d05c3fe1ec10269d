package check

import (
	"slices"
	"strings"
)

// Functions and decorators that Bicep brings along, as far as infra/ uses them. A name that is missing here is a fault
// until it is added on purpose: that is how a misspelt one is found.
var (
	functions = strings.Fields(`any bool contains empty environment filter guid items json last length loadJsonContent loadTextContent
		map min max range readEnvironmentVariable resourceGroup resourceId split string subscription subscriptionResourceId
		tenantResourceId toLower union uniqueString utcNow`)
	decorators = strings.Fields(`allowed batchSize description export maxLength maxValue metadata minLength minValue secure`)
	types      = strings.Fields(`string int bool object array`)
)

// symbols reports names that nothing declares, names declared twice, and declarations that nothing uses.
func (p *Project) symbols(f *File) {
	declared := map[string]*Node{}
	for _, list := range [][]Decl{f.Params, f.Vars, f.Types, f.Resources, f.Modules} {
		for _, d := range list {
			if declared[d.Name] != nil {
				p.fault(f.Path, d.Node.Line, "%s is declared twice", d.Name)
			}
			declared[d.Name] = d.Node
		}
	}
	for _, i := range f.Imports {
		declared[i.Name] = i.Node
		p.imported(f, i)
	}
	r := resolver{p: p, f: f, declared: declared, used: map[string]bool{}}
	for _, n := range f.Root.Children {
		r.visit(n, nil)
	}
	p.unused(f, r.used)
}

func (p *Project) imported(f *File, i Import) {
	from := p.Files[i.Path]
	if from == nil {
		p.fault(f.Path, i.Node.Line, "import from %s: no such file", i.Path)
		return
	}
	for _, list := range [][]Decl{from.Vars, from.Types} {
		if d, ok := find(list, i.Name); ok && d.decorated("export") {
			return
		}
	}
	p.fault(f.Path, i.Node.Line, "import %s: %s exports no such name", i.Name, i.Path)
}

func (p *Project) unused(f *File, used map[string]bool) {
	if f.Using != "" {
		return
	}
	for _, list := range [][]Decl{f.Params, f.Vars} {
		for _, d := range list {
			if !used[d.Name] && !d.decorated("export") {
				p.fault(f.Path, d.Node.Line, "%s is never used", d.Name)
			}
		}
	}
	for _, i := range f.Imports {
		if !used[i.Name] {
			p.fault(f.Path, i.Node.Line, "import %s is never used", i.Name)
		}
	}
}

type resolver struct {
	p        *Project
	f        *File
	declared map[string]*Node
	used     map[string]bool
}

// visit resolves the names below n; local holds the variables of the loops and lambdas around it.
func (r *resolver) visit(n *Node, local []string) {
	switch n.Type {
	case "identifier":
		r.name(n, local)
	case "object_property":
		r.visitAll(n.Children[1:], local)
	case "decorator":
		r.known(n.child("call_expression"), decorators, "decorator", local)
	case "call_expression":
		r.known(n, functions, "function", local)
	case "lambda_expression":
		r.visit(n.last(), append(slices.Clone(local), n.Children[0].Text))
	case "for_statement":
		r.loop(n, local)
	case "parameter_declaration", "variable_declaration", "output_declaration", "type_declaration",
		"resource_declaration", "module_declaration":
		r.visitAll(n.Children[1:], local)
	case "import_functionality", "metadata_declaration":
	default:
		r.visitAll(n.Children, local)
	}
}

func (r *resolver) visitAll(nodes []*Node, local []string) {
	for _, n := range nodes {
		r.visit(n, local)
	}
}

func (r *resolver) name(n *Node, local []string) {
	if slices.Contains(local, n.Text) || slices.Contains(types, n.Text) {
		return
	}
	r.used[n.Text] = true
	if r.declared[n.Text] == nil {
		r.p.fault(r.f.Path, n.Line, "%s is not declared", n.Text)
	}
}

// known resolves a call: a plain name must be one of list, a method belongs to the value before the dot.
func (r *resolver) known(call *Node, list []string, kind string, local []string) {
	if call == nil {
		return
	}
	function := call.field("function")
	if function.Type != "identifier" {
		r.visit(function, local)
	} else if !slices.Contains(list, function.Text) {
		r.p.fault(r.f.Path, function.Line, "unknown %s %s", kind, function.Text)
	}
	if arguments := call.field("arguments"); arguments != nil {
		r.visitAll(arguments.Children, local)
	}
}

func (r *resolver) loop(n *Node, local []string) {
	inner := slices.Clone(local)
	for _, c := range n.Children {
		switch {
		case c.Field == "initializer":
			inner = append(inner, c.Text)
		case c.Type == "for_loop_parameters":
			for _, v := range c.Children {
				inner = append(inner, v.Text)
			}
		case c.Field == "body":
			r.visit(c, inner)
		default:
			r.visit(c, local)
		}
	}
}
