package check

import (
	"slices"
	"strings"
)

// Properties that Bicep adds to every resource.
var bicepProperties = strings.Fields("parent scope dependsOn name")

// resources reports resource types and API versions that are not on the list, and properties that their schema does not
// know, does not allow to write, or wants and does not get.
func (p *Project) resources(f *File) {
	for _, r := range f.Resources {
		name, version, _ := strings.Cut(r.Target, "@")
		schema := p.Schemas[name]
		switch {
		case schema == nil:
			p.fault(f.Path, r.Node.Line, "resource type %s is not in schema/types.json", name)
			continue
		case schema.APIVersion != version:
			p.fault(f.Path, r.Node.Line, "%s: API version %s is not the listed %s", name, version, schema.APIVersion)
		}
		body := r.Value.body()
		p.placement(f, r, schema)
		if !r.Existing && body != nil {
			v := shapeVisitor{p: p, f: f, schema: schema}
			v.object(body, schema.Root, name)
		}
	}
}

// placement reports a resource that cannot be deployed at the scope of its file.
func (p *Project) placement(f *File, r Decl, schema *Schema) {
	if schema.Scopes == "" || r.Value.body().get("scope") != nil || r.Value.body().get("parent") != nil {
		return
	}
	allowed := strings.ToLower(schema.Scopes)
	if !strings.Contains(allowed, strings.ToLower(f.Scope)) && !strings.HasPrefix(allowed, "all") {
		p.fault(f.Path, r.Node.Line, "%s deploys to %s, but the file's scope is %s", schema.Type, schema.Scopes, f.Scope)
	}
}

type shapeVisitor struct {
	p      *Project
	f      *File
	schema *Schema
}

func (v shapeVisitor) fault(n *Node, format string, values ...any) {
	v.p.fault(v.f.Path, n.Line, format, values...)
}

func (v shapeVisitor) object(n *Node, typeName, where string) {
	object, ok := v.schema.Objects[typeName]
	if !ok {
		return
	}
	root := typeName == v.schema.Root
	given := map[string]bool{}
	for _, x := range n.properties() {
		given[x.key] = true
		property, ok := object.Properties[x.key]
		switch {
		case root && slices.Contains(bicepProperties, x.key), x.key == "":
		case ok && property.ReadOnly:
			v.fault(x.node, "%s.%s is read-only", where, x.key)
		case ok:
			v.value(x.value, property.Type, where+"."+x.key)
		case object.Additional != "":
			v.value(x.value, object.Additional, where+"."+x.key)
		default:
			v.fault(x.node, "%s has no property %s%s", where, x.key, suggestion(x.key, object))
		}
	}
	for key, property := range object.Properties {
		if property.Required && !property.ReadOnly && !given[key] {
			v.fault(n, "%s: required property %s is missing", where, key)
		}
	}
}

// value compares what is written out with its type; an expression is nobody's business here.
func (v shapeVisitor) value(n *Node, typeName, where string) {
	switch n.Type {
	case "ternary_expression":
		v.value(n.field("consequence"), typeName, where)
		v.value(n.field("alternative"), typeName, where)
	case "parenthesized_expression":
		v.value(n.last(), typeName, where)
	case "object":
		if kind := plain(typeName); kind != "" {
			v.fault(n, "%s is an object, wanted is %s", where, kind)
		}
		v.object(n, typeName, where)
	case "array", "for_statement":
		v.array(n, typeName, where)
	case "string", "number", "boolean":
		v.scalar(n, typeName, where)
	}
}

func (v shapeVisitor) array(n *Node, typeName, where string) {
	element, ok := strings.CutSuffix(typeName, "[]")
	if !ok {
		if typeName != "any" {
			v.fault(n, "%s is an array, wanted is %s", where, typeName)
		}
		return
	}
	if n.Type == "for_statement" {
		v.value(n.field("body"), element, where)
		return
	}
	for _, c := range n.Children {
		v.value(c, element, where)
	}
}

func (v shapeVisitor) scalar(n *Node, typeName, where string) {
	if _, isObject := v.schema.Objects[typeName]; isObject || strings.HasSuffix(typeName, "[]") {
		v.fault(n, "%s is %s, wanted is %s", where, n.Text, typeName)
		return
	}
	kind := map[string]string{"string": "string", "number": "int", "boolean": "bool"}[n.Type]
	list, open := choices(typeName)
	if wanted := plain(typeName); wanted != "" && wanted != kind || list != nil && kind != "string" {
		v.fault(n, "%s is %s, wanted is %s", where, n.Text, typeName)
		return
	}
	if text, ok := n.literal(); ok && list != nil && !open && !slices.Contains(list, text) {
		v.fault(n, "%s is %s, wanted is one of %s", where, n.Text, strings.Join(list, ", "))
	}
}

// plain gives the name of a primitive type, empty for all others.
func plain(typeName string) string {
	if typeName == "string" || typeName == "int" || typeName == "bool" {
		return typeName
	}
	return ""
}

func suggestion(key string, object Object) string {
	for known := range object.Properties {
		if strings.EqualFold(known, key) {
			return "; it is spelled " + known
		}
	}
	return ""
}
