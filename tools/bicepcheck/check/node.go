package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNoParsers says that the parsers, which come from npm, are not installed.
var ErrNoParsers = errors.New("parsers not installed: run npm ci --ignore-scripts in tools/bicepcheck")

// Node is one node of a syntax tree.
type Node struct {
	Type, Field, Text string
	Line              int
	Bad               bool
	Children          []*Node
}

// parseFiles parses Bicep files with the scripts in tools, in one run of node.
func parseFiles(tools string, paths []string) ([]*Node, error) {
	if _, err := os.Stat(filepath.Join(tools, "node_modules", "tree-sitter-bicep")); err != nil {
		return nil, ErrNoParsers
	}
	out, err := runNode(tools, nil, append([]string{"parse.mjs"}, paths...))
	if err != nil {
		return nil, fmt.Errorf("parse Bicep files: %w", err)
	}
	var trees []*Node
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var tree Node
		if err := decoder.Decode(&tree); err != nil {
			return nil, fmt.Errorf("read syntax tree: %w", err)
		}
		trees = append(trees, &tree)
	}
	if len(trees) != len(paths) {
		return nil, fmt.Errorf("parsed %d of %d Bicep files", len(trees), len(paths))
	}
	return trees, nil
}

func runNode(tools string, stdin []byte, args []string) ([]byte, error) {
	command := exec.Command("node", args...)
	command.Dir = tools
	command.Stdin = bytes.NewReader(stdin)
	var trouble bytes.Buffer
	command.Stderr = &trouble
	out, err := command.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%w (node itself is missing: install Node.js 20 or newer)", ErrNoParsers)
	}
	if err != nil {
		return nil, fmt.Errorf("node %s: %w: %s", args[0], err, tail(trouble.String()))
	}
	return out, nil
}

// tail keeps the end of a message: the parsers are minified, and node quotes the whole line that failed.
func tail(s string) string { return s[max(0, len(s)-1500):] }

func (n *Node) child(types ...string) *Node {
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		for _, t := range types {
			if c.Type == t {
				return c
			}
		}
	}
	return nil
}

func (n *Node) field(name string) *Node {
	for _, c := range n.Children {
		if c.Field == name {
			return c
		}
	}
	return nil
}

func (n *Node) last() *Node {
	if n == nil || len(n.Children) == 0 {
		return nil
	}
	return n.Children[len(n.Children)-1]
}

// walk visits n and everything below it, until visit says no for a branch.
func (n *Node) walk(visit func(*Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for _, c := range n.Children {
		c.walk(visit)
	}
}

// literal is the value of a string without interpolation.
func (n *Node) literal() (string, bool) {
	if n == nil || n.Type != "string" || n.child("interpolation") != nil {
		return "", false
	}
	text := strings.TrimSuffix(strings.TrimPrefix(n.Text, "'"), "'")
	return strings.NewReplacer(`\'`, `'`, `\\`, `\`, `\n`, "\n", `\$`, `$`).Replace(text), true
}

// property is one entry of an object. Key is empty when it is computed.
type property struct {
	key   string
	value *Node
	node  *Node
}

// properties lists the entries of an object literal.
func (n *Node) properties() []property {
	var found []property
	for _, c := range n.Children {
		if c.Type != "object_property" || len(c.Children) < 2 {
			continue
		}
		key := c.Children[0].Text
		if c.Children[0].Type == "string" {
			key, _ = c.Children[0].literal()
		}
		found = append(found, property{key: key, value: c.last(), node: c})
	}
	return found
}

func (n *Node) get(key string) *Node {
	if n == nil {
		return nil
	}
	for _, p := range n.properties() {
		if p.key == key {
			return p.value
		}
	}
	return nil
}

// body is the object of a declaration, inside its loop and its condition.
func (n *Node) body() *Node {
	switch {
	case n == nil:
		return nil
	case n.Type == "for_statement":
		return n.field("body").body()
	case n.Type == "if_statement":
		return n.child("object")
	case n.Type == "object":
		return n
	}
	return nil
}
