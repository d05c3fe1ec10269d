package check

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Schema says what one resource type may contain, as kept in infra/schema (made by npm run schema in tools/bicepcheck).
type Schema struct {
	Type       string
	APIVersion string            // the one that infra/ may use
	Described  string            // the one that the description is of
	Scopes     string            // where it may be deployed, empty if unknown
	Root       string            // name of the outermost object
	Objects    map[string]Object // by name
}

// Object is the shape of one object: its properties, and the type of all others if it is a dictionary.
type Object struct {
	Properties map[string]Property
	Additional string
}

// Property is a property's type: string, int, bool, any, an object's name, a union as "A | B", or an array as "X[]".
type Property struct {
	Type     string
	Required bool
	ReadOnly bool
}

func loadSchemas(dir string) (map[string]*Schema, error) {
	var list struct {
		Types []struct{ Type, APIVersion string }
	}
	if err := readJSON(filepath.Join(dir, "types.json"), &list); err != nil {
		return nil, err
	}
	found := map[string]*Schema{}
	for _, entry := range list.Types {
		var s Schema
		if err := readJSON(filepath.Join(dir, strings.ReplaceAll(entry.Type, "/", "_")+".json"), &s); err != nil {
			return nil, err
		}
		s.APIVersion = entry.APIVersion
		found[entry.Type] = &s
	}
	return found, nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	return nil
}

// choices splits a union of literals; open says that other strings are allowed too. Nil choices mean no union.
func choices(t string) (list []string, open bool) {
	if !strings.Contains(t, " | ") {
		return nil, false
	}
	for _, c := range strings.Split(t, " | ") {
		if c == "string" {
			open = true
		} else {
			list = append(list, c)
		}
	}
	return list, open
}
