package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// queries reports saved queries that the Kusto language service does not accept, query files that nothing loads, and
// panels of the workbook that differ from the query file of their name.
func (p *Project) queries() error {
	texts, err := p.queryTexts()
	if err != nil {
		return err
	}
	for name := range texts {
		if !p.mentions("queries/" + name + ".kql") {
			p.fault("queries/"+name+".kql", 1, "no Bicep file loads this query")
		}
	}
	if err := p.analyse(texts); err != nil {
		return err
	}
	return p.workbook(texts)
}

func (p *Project) queryTexts() (map[string]string, error) {
	paths, err := filepath.Glob(filepath.Join(p.Infra, "queries", "*.kql"))
	if err != nil {
		return nil, fmt.Errorf("list queries: %w", err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read query: %w", err)
		}
		texts[strings.TrimSuffix(filepath.Base(path), ".kql")] = string(data)
	}
	return texts, nil
}

func (p *Project) mentions(path string) bool {
	for _, f := range p.Files {
		if strings.Contains(f.Root.Text, path) {
			return true
		}
	}
	return false
}

// analyse asks the language service about all queries at once. A query whose file starts with a capital is a saved
// function: the others may call it by its name.
func (p *Project) analyse(texts map[string]string) error {
	tables, err := p.tables()
	if err != nil {
		return err
	}
	functions, plain := map[string]string{}, map[string]string{}
	for name, text := range texts {
		if name[0] >= 'A' && name[0] <= 'Z' {
			functions[name] = text
		} else {
			plain[name] = text
		}
	}
	input, err := json.Marshal(map[string]any{"tables": tables, "functions": functions, "queries": plain})
	if err != nil {
		return fmt.Errorf("encode queries: %w", err)
	}
	out, err := runNode(p.Tools, input, []string{"kql.cjs"})
	if err != nil {
		return fmt.Errorf("analyse queries: %w", err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var found struct {
			Query, Message string
			Line           int
		}
		if err := decoder.Decode(&found); err != nil {
			return fmt.Errorf("read analysis: %w", err)
		}
		p.fault("queries/"+found.Query+".kql", found.Line, "%s", found.Message)
	}
	return nil
}

// tables gives the columns of every table that queries may read: Azure's, and ours from the file that creates it.
func (p *Project) tables() (map[string]map[string]string, error) {
	tables := map[string]map[string]string{}
	if err := readJSON(filepath.Join(p.Infra, "schema", "tables.json"), &tables); err != nil {
		return nil, err
	}
	var columns []struct{ Name, Type string }
	if err := readJSON(filepath.Join(p.Infra, "alert-columns.json"), &columns); err != nil {
		return nil, err
	}
	ours := map[string]string{}
	for _, c := range columns {
		ours[c.Name] = strings.Replace(c.Type, "boolean", "bool", 1)
	}
	// Our table has SecurityAlert's columns by design, so one list describes both.
	tables["VaultwatchAlerts_CL"], tables["SecurityAlert"] = ours, ours
	return tables, nil
}

type workbook struct {
	Version string
	Items   []struct {
		Name    string
		Content struct {
			Query, TimeContextFromParameter string
			Parameters                      []struct{ Name string }
		}
	}
}

func (p *Project) workbook(texts map[string]string) error {
	var w workbook
	if err := readJSON(filepath.Join(p.Infra, "workbook.json"), &w); err != nil {
		return err
	}
	parameters := map[string]bool{"": true}
	for _, item := range w.Items {
		for _, parameter := range item.Content.Parameters {
			parameters[parameter.Name] = true
		}
	}
	if w.Version != "Notebook/1.0" {
		p.fault("workbook.json", 1, "version is %q, wanted is Notebook/1.0", w.Version)
	}
	for _, item := range w.Items {
		if item.Content.Query != "" && item.Content.Query != texts[item.Name] {
			p.fault("workbook.json", 1, "the query of panel %s differs from queries/%s.kql: run go run ./tools/bicepcheck -workbook", item.Name, item.Name)
		}
		if !parameters[item.Content.TimeContextFromParameter] {
			p.fault("workbook.json", 1, "panel %s takes its time from %s, which is no parameter", item.Name, item.Content.TimeContextFromParameter)
		}
	}
	return nil
}
