package logfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// format is how a file is written.
type format struct {
	csv   bool
	comma rune
}

const expected = "expected JSON (records, one a line or in an array), a CSV export of Log Analytics, or gzip of these"

// sniff tells the format from the first bytes and leaves them unread, except for a byte order mark.
func sniff(r *bufio.Reader) (format, error) {
	head, err := r.Peek(4096)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return format{}, err // with some bytes before the error, those count first
	}
	if mark := []byte("\ufeff"); bytes.HasPrefix(head, mark) {
		head = head[len(mark):]
		if _, err := r.Discard(len(mark)); err != nil {
			return format{}, err
		}
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(text) == 0 && len(head) < 4000:
		return format{}, fmt.Errorf("it is empty; %s", expected)
	case len(text) == 0, text[0] == '{', text[0] == '[':
		return format{}, nil
	}
	if name := foreignFormat(text); name != "" {
		return format{}, fmt.Errorf("it looks like %s; %s", name, expected)
	}
	return sniffCSV(text)
}

// foreignFormat knows what people hand us by mistake.
func foreignFormat(text []byte) string {
	for _, known := range []struct{ magic, name string }{
		{"PK\x03\x04", "a ZIP archive or an Excel workbook: unpack it, or save it as CSV"},
		{"\xff\xfe", "UTF-16 text, as PowerShell's > writes: save it as UTF-8"},
		{"\xfe\xff", "UTF-16 text: save it as UTF-8"},
		{"Obj\x01", "Avro, as Event Hubs Capture writes: replay reads JSON only"},
		{"PAR1", "Parquet: export as JSON or CSV instead"},
		{"\x28\xb5\x2f\xfd", "zstd: unpack it first"},
		{"BZh", "bzip2: unpack it first"},
		{"<", "HTML or XML (a sign-in page saved by mistake?)"},
	} {
		if bytes.HasPrefix(text, []byte(known.magic)) {
			return known.name
		}
	}
	return ""
}

// sniffCSV accepts a header line with the columns without which no row can be read.
func sniffCSV(text []byte) (format, error) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	comma := mostFrequent(line, ",;\t")
	if comma == 0 || bytes.IndexByte(line, 0) >= 0 {
		return format{}, fmt.Errorf("it looks like neither; %s", expected)
	}
	header := strings.ToLower(string(line))
	for _, column := range []string{"TimeGenerated", "OperationName"} {
		if !strings.Contains(header, strings.ToLower(column)) {
			return format{}, fmt.Errorf("it looks like CSV without the column %s; "+
				"expected all columns of the table AzureDiagnostics or AZKVAuditLogs", column)
		}
	}
	return format{csv: true, comma: rune(comma)}, nil
}

// mostFrequent is the candidate that stands in the line most often, 0 if none does. Excel writes ';' in half of Europe.
func mostFrequent(line []byte, candidates string) byte {
	best, most := byte(0), 0
	for i := range len(candidates) {
		if n := bytes.Count(line, []byte{candidates[i]}); n > most {
			best, most = candidates[i], n
		}
	}
	return best
}
