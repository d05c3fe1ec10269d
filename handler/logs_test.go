package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
)

// theft is three weeks of two vaults and a night on which the secrets of one are taken through TOR.
func theft(t *testing.T) []audit.Record {
	t.Helper()
	story, err := scenario.Parse(`
every workday 10:00 for 21 days: alice portal office kv-pay get db-password
every day 02:00 for 24 days: mi-web sdk azure kv-pay get db-password, api-key
every day 02:05 for 24 days: mi-job sdk azure kv-hr get payroll
day 21 03:10 alice cli tor kv-pay list secrets
+20s alice cli tor kv-pay get s01..s09`)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(story.Records, func(a, b audit.Record) int { return a.Time.Compare(b.Time) })
	return story.Records
}

// torFile is the list on which the thief's address stands.
func torFile(t *testing.T) string { return writeFile(t, "tor.txt", scenario.TorExit+"\n") }

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ndjson writes one hub message a line, three records in each.
func ndjson(records []audit.Record) string {
	var b strings.Builder
	for part := range slices.Chunk(records, 3) {
		b.Write(scenario.Body(part))
		b.WriteByte('\n')
	}
	return b.String()
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// tree writes a storage container's folder: a file for each vault and hour, one record a line.
func tree(t *testing.T, records []audit.Record) string {
	t.Helper()
	root := t.TempDir()
	for _, r := range records {
		folder := filepath.Join(root, "resourceId="+strings.ToUpper(r.Vault), r.Time.Format("y=2006/m=01/d=02/h=15/m=00"))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(filepath.Join(folder, "PT1H.json"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(append(single(t, r), '\n')); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// single is a record without its wrapping.
func single(t *testing.T, r audit.Record) []byte {
	t.Helper()
	var body struct{ Records []json.RawMessage }
	if err := json.Unmarshal(scenario.Body([]audit.Record{r}), &body); err != nil {
		t.Fatal(err)
	}
	return body.Records[0]
}

// table writes records as a CSV export of the table AZKVAuditLogs.
func table(t *testing.T, records []audit.Record) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	write := func(cells ...string) {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	write("TimeGenerated", "OperationName", "CorrelationId", "_ResourceId", "Id", "RequestUri", "HttpStatusCode", "ClientInfo", "CallerIpAddress", "Identity")
	for _, r := range records {
		var line struct {
			Time, OperationName, CorrelationId, ResourceId, CallerIpAddress string
			Identity                                                        json.RawMessage
			Properties                                                      struct {
				ID, RequestUri, ClientInfo string
				HttpStatusCode             int
			}
		}
		if err := json.Unmarshal(single(t, r), &line); err != nil {
			t.Fatal(err)
		}
		p := line.Properties
		write(line.Time, line.OperationName, line.CorrelationId, line.ResourceId, p.ID, p.RequestUri, fmt.Sprint(p.HttpStatusCode), p.ClientInfo, line.CallerIpAddress, string(line.Identity))
	}
	w.Flush()
	return b.String()
}

func reversed(records []audit.Record) []audit.Record {
	out := slices.Clone(records)
	slices.Reverse(out)
	return out
}
