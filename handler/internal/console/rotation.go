package console

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
)

// rotationView is the list of what to rotate, in three forms to take away.
type rotationView struct {
	Title             string
	Back              ref
	Text, Shell       string
	Count, MoreCount  int
	AsText, AsCommand string
	AsCSV             string
}

func newRotationLinks(l links, kind, id string) rotationLinks {
	return rotationLinks{l.to("rotation", kind, id), l.to("rotation.txt", kind, id), l.to("rotation.sh", kind, id), l.to("rotation.csv", kind, id)}
}

// toRotate are the objects of an incident that left the vault, and how many the alerts had no room for.
func toRotate(in notify.Incident) (list []notify.Object, more int) {
	all, more := in.Objects()
	for _, o := range all {
		if taken(o) {
			list = append(list, o)
		}
	}
	return list, more
}

func (c *console) rotationOf(v *visit) (notify.Incident, error) {
	k, err := v.read()
	if err != nil {
		return notify.Incident{}, err
	}
	alerts, err := c.story(v.ctx(), k, v.arg("incident"), v.arg("alert"))
	if err != nil {
		return notify.Incident{}, err
	}
	return notify.Group(alerts)[0], nil
}

func (c *console) rotation(v *visit) (answer, error) {
	in, err := c.rotationOf(v)
	if err != nil {
		return answer{}, err
	}
	kind, id := "incident", v.arg("incident")
	if id == "" {
		kind, id = "alert", v.arg("alert")
	}
	to := newRotationLinks(v.links, kind, id)
	list, more := toRotate(in)
	view := rotationView{Title: in.Title, Back: ref{"back to the " + kind, v.links.to(kind, "id", id)}, Text: rotationText(list, more), Shell: rotationShell(list, more),
		Count: len(list), MoreCount: more, AsText: to.Text, AsCommand: to.Shell, AsCSV: to.CSV}
	return answer{page: "rotation", title: "What to rotate", view: view}, nil
}

// rotationFile is the list as a file; its kind is the address's ending.
func (c *console) rotationFile(v *visit) (answer, error) {
	in, err := c.rotationOf(v)
	if err != nil {
		return answer{}, err
	}
	list, more := toRotate(in)
	switch v.path[strings.LastIndexByte(v.path, '.'):] {
	case ".csv":
		return answer{kind: "text/csv; charset=utf-8", file: "rotate.csv", body: rotationCSV(list)}, nil
	case ".sh":
		return answer{kind: "text/plain; charset=utf-8", file: "rotate.sh", body: []byte(rotationShell(list, more))}, nil
	}
	return answer{kind: "text/plain; charset=utf-8", file: "rotate.txt", body: []byte(rotationText(list, more))}, nil
}

func rotationText(list []notify.Object, more int) string {
	var b strings.Builder
	for _, o := range list {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", clean.Line(vaultName(o.Vault), 0), clean.Line(o.Name, 0), notify.Span(o.First, o.Last))
	}
	if more > 0 {
		fmt.Fprintf(&b, "and %d more that the alerts have no room for\n", more)
	}
	return b.String()
}

// Names that Azure allows. Only these come into a command: whatever else stands in a log is no vault and no object, but
// may be somebody's attempt to have us run it.
var (
	vaultPattern  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$`)
	objectPattern = regexp.MustCompile(`^(secrets|keys|certificates)/([a-zA-Z0-9-]{1,127})$`)
)

// rotationShell writes the commands of the Azure CLI that put new versions in place. New secret values come from files
// that whoever runs them has filled: nobody but the secret's owner knows what a valid value is.
func rotationShell(list []notify.Object, more int) string {
	var b strings.Builder
	b.WriteString("# New versions for everything that was taken. Put each new secret value into the file that its line names,\n" +
		"# then run the line. Disable the old versions when nothing uses them any more.\n")
	for _, o := range list {
		b.WriteString(rotationCommand(vaultName(o.Vault), o.Name) + "\n")
	}
	if more > 0 {
		fmt.Fprintf(&b, "# and %d more that the alerts have no room for\n", more)
	}
	return b.String()
}

func rotationCommand(vault, name string) string {
	m := objectPattern.FindStringSubmatch(name)
	if m == nil || !vaultPattern.MatchString(vault) {
		return "# not a name that Azure allows, look at it by hand: " + clean.Line(vault, 100) + " " + clean.Line(name, 200)
	}
	on := fmt.Sprintf(" --vault-name %s --name %s", vault, m[2])
	switch m[1] {
	case "keys":
		return "az keyvault key rotate" + on
	case "certificates":
		policy := fmt.Sprintf("new/%s.%s.policy.json", vault, m[2])
		return fmt.Sprintf("az keyvault certificate show%s --query policy > %s && az keyvault certificate create%s --policy @%s", on, policy, on, policy)
	}
	return fmt.Sprintf("az keyvault secret set%s --file new/%s.%s", on, vault, m[2])
}

func rotationCSV(list []notify.Object) []byte {
	rows := [][]string{{"vault", "object", "operations", "count", "first", "last", "resource"}}
	for _, o := range list {
		rows = append(rows, []string{vaultName(o.Vault), o.Name, strings.Join(o.Operations, ", "), fmt.Sprint(o.Count), stampOf(o.First), stampOf(o.Last), o.Vault})
	}
	return writeCSV(rows)
}

// writeCSV makes every cell safe: a spreadsheet runs what begins like a formula.
func writeCSV(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = clean.Cell(cell)
		}
		_ = w.Write(cells) // a buffer never fails
	}
	w.Flush()
	return b.Bytes()
}
