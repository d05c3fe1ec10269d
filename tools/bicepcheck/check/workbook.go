package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// UpdateWorkbook copies each query file into the panel of the same name, so that a query is written once. The workbook
// stays a file that can be pasted into the portal as it is.
func UpdateWorkbook(infra string) error {
	path := filepath.Join(infra, "workbook.json")
	var book map[string]any
	if err := readJSON(path, &book); err != nil {
		return err
	}
	items, _ := book["items"].([]any)
	for _, item := range items {
		panel, _ := item.(map[string]any)
		content, _ := panel["content"].(map[string]any)
		if _, ok := content["query"]; !ok {
			continue
		}
		text, err := os.ReadFile(filepath.Join(infra, "queries", fmt.Sprint(panel["name"], ".kql")))
		if err != nil {
			return fmt.Errorf("query of panel %v: %w", panel["name"], err)
		}
		content["query"] = string(text)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(book); err != nil {
		return fmt.Errorf("encode workbook: %w", err)
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
