package check

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	guid        = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)
	description = regexp.MustCompile(`^(Required|Optional|Conditional)\. \S`)
	secretName  = regexp.MustCompile(`(?i)connectionstring|primarykey|secondarykey|instrumentationkey|sharedkey|password`)
	listCall    = regexp.MustCompile(`\blist[A-Z]\w*\(|\blistkeys\(`)
)

// Files that may carry ids of roles and policies, so that each is written once, beside its name.
var tablesOfIDs = []string{"roles.bicep", "policies.bicep"}

func (p *Project) schemaOf(r Decl) *Schema {
	name, _, _ := strings.Cut(r.Target, "@")
	return p.Schemas[name]
}

// manners reports parameters without a description that says whether they are needed, ids outside the tables, and files
// that are loaded and not there.
func (p *Project) manners(f *File) {
	for _, d := range f.Params {
		text, _ := d.decorator("description")
		if !description.MatchString(text) {
			p.fault(f.Path, d.Node.Line, "parameter %s: its @description must begin with Required., Optional. or Conditional.", d.Name)
			continue
		}
		if strings.HasPrefix(text, "Required.") != (d.Value == nil) {
			p.fault(f.Path, d.Node.Line, "parameter %s: Required. is for parameters without a default, and only for those", d.Name)
		}
	}
	f.Root.walk(func(n *Node) bool {
		if n.Type == "string" && guid.MatchString(n.Text) && !slices.Contains(tablesOfIDs, f.Path) {
			p.fault(f.Path, n.Line, "id %s belongs into %s, by name", n.Text, strings.Join(tablesOfIDs, " or "))
		}
		if n.Type == "call_expression" {
			p.loaded(f, n)
		}
		return true
	})
}

func (p *Project) loaded(f *File, call *Node) {
	if name := call.field("function").Text; name != "loadTextContent" && name != "loadJsonContent" {
		return
	}
	path, ok := call.field("arguments").Children[0].literal()
	if ok && !exists(filepath.Join(p.Infra, filepath.FromSlash(f.resolve(path)))) {
		p.fault(f.Path, call.Line, "%s does not exist", path)
	}
}

// secrets reports outputs that could show a secret and secrets with a default: both end in the deployment's history.
func (p *Project) secrets(f *File) {
	for _, o := range f.Outputs {
		o.Value.walk(func(n *Node) bool {
			if param, ok := find(f.Params, n.Text); ok && n.Type == "identifier" && param.decorated("secure") {
				p.fault(f.Path, n.Line, "output %s shows the secret %s", o.Name, n.Text)
			}
			if n.Type == "property_identifier" && secretName.MatchString(n.Text) || n.Type == "call_expression" && listCall.MatchString(n.Text) {
				p.fault(f.Path, n.Line, "output %s shows a secret: %s", o.Name, n.Text)
				return false
			}
			return true
		})
	}
	for _, d := range f.Params {
		if text, ok := d.Value.literal(); d.decorated("secure") && d.Value != nil && (!ok || text != "") {
			p.fault(f.Path, d.Node.Line, "secret %s has a default", d.Name)
		}
	}
}
