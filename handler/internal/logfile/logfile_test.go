package logfile_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/handler/internal/logfile"
)

// record is a short record of the vault's log; n tells it apart.
func record(n int) string {
	return fmt.Sprintf(`{"time":"2026-03-02T08:00:00Z","operationName":"SecretGet","correlationId":"%d",`+
		`"resourceId":"/microsoft.keyvault/vaults/v","properties":{"id":"https://v.vault.azure.net/secrets/s%d","httpStatusCode":200}}`, n, n)
}

func records(n int) []string {
	var list []string
	for i := range n {
		list = append(list, record(i))
	}
	return list
}

// read parses all of an input.
func read(in logfile.Input) ([]audit.Record, audit.Tally, error) {
	parser := audit.NewParser(audit.Limits{})
	var all []audit.Record
	var sum audit.Tally
	for body, err := range in.Bodies() {
		if err != nil {
			return all, sum, err
		}
		var tally audit.Tally
		all, tally = parser.Body(body, all)
		sum.Add(tally)
	}
	return all, sum, nil
}

func text(content string) logfile.Input {
	return logfile.FromReader("test", strings.NewReader(content))
}

func zipped(content string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, content)
	w.Close()
	return b.String()
}

func TestFormats(t *testing.T) {
	list := records(1000)
	want, _, err := read(text(strings.Join(list, "\n")))
	if err != nil || len(want) != 1000 || want[999].Object.Name != "s999" {
		t.Fatalf("%d records: %v", len(want), err)
	}
	table := `"columns":[{"name":"TimeGenerated"},{"name":"OperationName"},{"name":"CorrelationId"},{"name":"_ResourceId"},{"name":"Id"},{"name":"HttpStatusCode"}],"rows":[`
	csv := "\ufeffTimeGenerated [UTC],OperationName,CorrelationId,_ResourceId,Id,HttpStatusCode,ClientInfo\r\n"
	for i := range list {
		row := fmt.Sprintf(`["2026-03-02T08:00:00Z","SecretGet","%d","/microsoft.keyvault/vaults/v","https://v.vault.azure.net/secrets/s%d",200],`, i, i)
		table += row
		csv += fmt.Sprintf("\"3/2/2026, 8:00:00.000 AM\",SecretGet,%d,/microsoft.keyvault/vaults/v,https://v.vault.azure.net/secrets/s%d,200,\r\n", i, i)
	}
	for name, content := range map[string]string{
		"one a line":    strings.Join(list, "\r\n") + "\r\n",
		"wrapped":       `{"records":[` + strings.Join(list, ",") + `]}`,
		"an array":      "\ufeff [\n  " + strings.Join(list, ",\n  ") + "\n]",
		"messages":      `{"records":[` + strings.Join(list[:500], ",") + "]}\n" + `{"records":[` + strings.Join(list[500:], ",") + "]}\n",
		"an API result": `{"tables":[{"name":"PrimaryResult",` + strings.TrimSuffix(table, ",") + `]}]}`,
		"CSV":           csv,
		"CSV of Excel":  strings.ReplaceAll(strings.ReplaceAll(csv, ",", ";"), "3/2/2026; 8", "3/2/2026, 8"),
	} {
		for _, packed := range []bool{false, true} {
			if packed {
				content = zipped(content)
			}
			got, tally, err := read(text(content))
			if err != nil || tally.Malformed+tally.Skipped > 0 {
				t.Errorf("%s, gzip %t: %+v, %v", name, packed, tally, err)
			}
			if diff := cmp.Diff(digests(want), digests(got)); diff != "" {
				t.Errorf("%s, gzip %t: %s", name, packed, diff)
			}
		}
	}
}

func digests(records []audit.Record) []uint64 {
	var list []uint64
	for _, r := range records {
		list = append(list, r.Digest)
	}
	return list
}

// What is broken is counted once, and nothing around it is lost.
func TestBrokenParts(t *testing.T) {
	long := strings.Replace(record(7), `"7"`, `"`+strings.Repeat("7", 3<<20)+`"`, 1)
	header := "TimeGenerated,OperationName,_ResourceId\n"
	row := "2026-03-02T08:00:00Z,SecretGet,/microsoft.keyvault/vaults/v\n"
	for _, test := range []struct {
		name, content      string
		records, malformed int
	}{
		{"cut", `{"records":[` + record(1) + "," + record(2)[:50], 1, 1},
		{"cut between records", `{"records":[` + record(1) + ",", 1, 1},
		{"a cut line", record(1) + "\n" + record(2)[:50] + "\n" + record(3) + "\n", 2, 1},
		{"words in an array", `[null,` + record(1) + `,5]`, 1, 2},
		{"too long to keep", "[" + record(1) + "," + long + "," + record(2) + "]", 2, 1},
		{"long", "[" + record(1) + "," + long[:len(long)/8] + `"}` + "," + record(2) + "]", 2, 1},
		{"text at the end", record(1) + "\nthe end\n", 1, 1},
		{"short rows", header + row + "2026-03-02T08:00:00Z\n" + row, 2, 1},
		{"a quote in a field", header + strings.Replace(row, "Secret", `S"ecret`, 1) + row, 2, 0},
	} {
		_, tally, err := read(text(test.content))
		if err != nil || tally.Records != test.records || tally.Malformed != test.malformed || tally.Skipped != 0 {
			t.Errorf("%s: %+v, %v; want %d and %d malformed", test.name, tally, err, test.records, test.malformed)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	whole := zipped(strings.Join(records(1000), "\n"))
	for _, test := range []struct{ name, content, want string }{
		{"empty", "", "empty"},
		{"blank", " \n\n", "empty"},
		{"gzip of nothing", zipped(""), "empty"},
		{"prose", "hello there", "looks like neither; expected JSON"},
		{"another table", "a,b\n1,2\n", "CSV without the column TimeGenerated"},
		{"half a table", "TimeGenerated,b\n1,2\n", "CSV without the column OperationName"},
		{"a workbook", "PK\x03\x04...", "Excel"},
		{"PowerShell", "\xff\xfe{\x00", "UTF-16"},
		{"Capture", "Obj\x01...", "Avro"},
		{"a page", "<!doctype html>", "HTML"},
		{"cut gzip", whole[:len(whole)/2], "cut off"},
		{"false gzip", "\x1f\x8bnot", "begins like gzip"},
		{"an open quote", "TimeGenerated,OperationName\n\"" + strings.Repeat("x\n", 6<<20), "is a quote not closed?"},
	} {
		_, _, err := read(text(test.content))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "read test: ") {
			t.Errorf("%s: %v does not say %q", test.name, err, test.want)
		}
	}
	broken := errors.New("the cable is out")
	in := logfile.FromReader("pipe", io.MultiReader(strings.NewReader(record(1)), failing{broken}))
	got, _, err := read(in)
	if !errors.Is(err, broken) || len(got) != 1 {
		t.Errorf("%d records before %v", len(got), err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestFiles(t *testing.T) {
	root := t.TempDir()
	write := func(path, content string) string {
		path = filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, hour := range []string{"13", "14"} {
		for _, vault := range []string{"B", "A"} {
			write("blobs/resourceId=/SUBSCRIPTIONS/S/"+vault+"/y=2026/m=03/d=02/h="+hour+"/m=00/PT1H.json", record(1))
		}
	}
	write("blobs/readme.txt", "not a log")
	write("blobs/.hidden.json", "not a log")
	second, first := write("z.json", record(1)), write("a.weird", record(1))
	write("more/b.csv.gz", "")
	write("more/a.NDJSON", "")

	inputs, err := logfile.Files(second, first, filepath.Join(root, "blobs"), filepath.Join(root, "more"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range inputs {
		name, _ := filepath.Rel(root, in.Name)
		got = append(got, strings.NewReplacer("resourceId=/SUBSCRIPTIONS/S/", "", "y=2026/m=03/d=02/", "").Replace(filepath.ToSlash(name)))
	}
	want := []string{"z.json", "a.weird", "more/a.NDJSON", "more/b.csv.gz",
		"blobs/A/h=13/m=00/PT1H.json", "blobs/B/h=13/m=00/PT1H.json", "blobs/A/h=14/m=00/PT1H.json", "blobs/B/h=14/m=00/PT1H.json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	in := inputs[0]
	for range in.Bodies() {
	}
	if in.Position() != in.Size || in.Size != int64(len(record(1))) {
		t.Errorf("read %d of %d", in.Position(), in.Size)
	}
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(root, "nowhere.json"): "there is no file or folder",
		filepath.Join(root, "empty"):        "no log in folder",
	} {
		if _, err := logfile.Files(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if _, err := logfile.Files(filepath.Join(root, "nowhere.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a missing file cannot be told from other errors")
	}
	if _, err := logfile.Files(); err == nil {
		t.Error("no path is an error")
	}
	if inputs, err := logfile.Files(logfile.Stdin); err != nil || len(inputs) != 1 || inputs[0].Name != "standard input" {
		t.Errorf("%+v, %v", inputs, err)
	}
}

func TestUnreadableFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "closed"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := logfile.Files(root); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("%v", err)
	}
}

// endless is a document of n records in one array, made while it is read.
type endless struct {
	left int
	rest []byte
	read int
}

func (e *endless) Read(b []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.left == 0 {
			return 0, io.EOF
		}
		e.left--
		e.rest = []byte(record(e.left) + ",")
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	e.read += n
	return n, nil
}

// A document of any size is handed on while it is read, and never held whole.
func TestBigDocumentsStream(t *testing.T) {
	source := &endless{left: 100_000}
	in := logfile.FromReader("big", io.MultiReader(strings.NewReader(`{"records":[`), source, strings.NewReader(`]}`)))
	longest, given := 0, 0
	for body, err := range in.Bodies() {
		if err != nil {
			t.Fatal(err)
		}
		longest, given = max(longest, len(body)), given+len(body)
		if ahead := source.read - given; ahead > 1<<20 {
			t.Fatalf("%d bytes read ahead", ahead)
		}
	}
	if longest > 260<<10 || source.left != 0 {
		t.Errorf("bodies up to %d bytes, %d records left", longest, source.left)
	}
}

func TestStoppingEarly(t *testing.T) {
	source := &endless{left: 100_000}
	in := logfile.FromReader("big", io.MultiReader(strings.NewReader("["), source))
	for range in.Bodies() {
		break
	}
	if source.left == 0 {
		t.Error("read on after the reader stopped")
	}
}

// FuzzInput: any file is read to its end or refused with an error; nothing panics and counts agree.
func FuzzInput(f *testing.F) {
	f.Add([]byte("TimeGenerated,OperationName,_ResourceId\n2026-03-02T08:00:00Z,SecretGet,/microsoft.keyvault/vaults/v\n\"a\"b,\n"))
	f.Add([]byte("\ufeffTimeGenerated;OperationName\n\"x\n"))
	f.Add([]byte(`{"records":[` + record(1) + `,null,` + record(2)[:40]))
	f.Add([]byte(zipped(record(1))))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, tally, err := read(logfile.FromReader("fuzz", bytes.NewReader(content)))
		if tally.Records != len(got) {
			t.Fatalf("%+v for %d records", tally, len(got))
		}
		if err != nil || bytes.HasPrefix(content, []byte("\x1f\x8b")) || bytes.Contains(content, []byte("\ufeff")) {
			return
		}
		first := bytes.TrimLeft(content, " \t\r\n")
		if first[0] != '{' && first[0] != '[' {
			return // CSV
		}
		// Streaming and reading whole must count alike.
		_, whole := audit.NewParser(audit.Limits{}).Body(content, nil)
		if whole.Records != tally.Records || whole.Skipped != tally.Skipped || whole.Malformed != tally.Malformed {
			t.Fatalf("streamed %+v, whole %+v", tally, whole)
		}
	})
}
