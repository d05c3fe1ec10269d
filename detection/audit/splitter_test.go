package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// cutUp feeds text to a splitter in chunks and tells what came out: records as they are, broken ones by "!" and their
// offset.
func cutUp(text string, chunk int) []string {
	splitter := audit.NewSplitter(200)
	var found []string
	var rest []byte
	for at := 0; ; {
		piece, used, ok := splitter.Next(rest, at == len(text))
		rest = rest[used:]
		switch {
		case ok && piece.Reason != "":
			found = append(found, fmt.Sprintf("!%d", piece.Offset))
		case ok && piece.Columns != nil:
			found = append(found, string(piece.Columns)+string(piece.JSON))
		case ok:
			found = append(found, string(piece.JSON))
		case at == len(text):
			return found
		default:
			next := min(at+chunk, len(text))
			rest, at = append(slices.Clone(rest), text[at:next]...), next
		}
	}
}

func TestSplitter(t *testing.T) {
	long := `{"a":"` + strings.Repeat("x", 300) + `"}`
	deep := strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70)
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", " \r\n\t ", nil},
		{"a record", `{"a":1}`, []string{`{"a":1}`}},
		{"a wrapper", `{"records":[{"a":1},{"b":[{}]}]}`, []string{`{"a":1}`, `{"b":[{}]}`}},
		{"an empty wrapper", `{"records":[]}`, nil},
		{"a wrapper behind other keys", `{"x":{"records":[1]},"records":[{"a":1}],"y":[{"z":2}]}`, []string{`{"a":1}`}},
		{"a wrapper's word inside of a record", `{"p":{"records":[{"a":1}]}}`, []string{`{"p":{"records":[{"a":1}]}}`}},
		{"a wrapper's word as a value", `{"a":"records","b":[1]}`, []string{`{"a":"records","b":[1]}`}},
		{"arrays of wrappers", `[{"records":[{"a":1}]},[{"b":1}]]`, []string{`{"a":1}`, `{"b":1}`}},
		{"lines", "{\"a\":1}\r\n{\"b\":2}\n\n{\"c\":3}", []string{`{"a":1}`, `{"b":2}`, `{"c":3}`}},
		{"rows", `{"tables":[{"name":"t","columns":[{"name":"x"}],"rows":[[1],["[{"]]}]}`,
			[]string{`[{"name":"x"}][1]`, `[{"name":"x"}]["[{"]`}},
		{"brackets and quotes in strings", `{"a":"}]\"{[\\"}{"b":1}`, []string{`{"a":"}]\"{[\\"}`, `{"b":1}`}},

		{"a cut wrapper", `{"records":[{"a":1},{"b":2},{"c":`, []string{`{"a":1}`, `{"b":2}`, "!28"}},
		{"a cut between records", `{"records":[{"a":1},`, []string{`{"a":1}`, "!20"}},
		{"garbage", "<html>no</html>", []string{"!0"}},
		{"garbage before lines", "log: hello\n{\"a\":1}", []string{"!0", `{"a":1}`}},
		{"a line cut in a string", "{\"a\":\"b\n{\"c\":1}\n", []string{"!0", `{"c":1}`}},
		{"a line cut behind a backslash", "{\"a\":\"b\\\n{\"c\":1}\n", []string{"!0", `{"c":1}`}},
		{"a line cut behind a comma", "{\"a\":1,\n{\"c\":1}\n", []string{"!0", `{"c":1}`}},
		{"a line cut behind a value", "{\"a\":{\"b\":1\n{\"c\":1}\n", []string{"!0", `{"c":1}`}},
		{"a line cut in a list", "{\"a\":[{\"b\":1}\n{\"c\":1}\n", []string{"!0", `{"c":1}`}},
		{"a cut message before a whole one", "{\"records\":[{\"a\":1},{\"b\"\n{\"records\":[{\"c\":1}]}\n", []string{`{"a":1}`, "!20", `{"c":1}`}},
		{"closers left over", "[\n{\"a\":1},\n{\"b\":]\n,\n{\"c\":1}\n]\n", []string{`{"a":1}`, "!11", `{"c":1}`}},
		{"words among records", `[{"a":1},null,17,{"b":1}]`, []string{`{"a":1}`, "!9", "!14", `{"b":1}`}},
		{"a string among records", `["text",{"a":1}]`, []string{"!1"}},
		{"wrapped too often", strings.Repeat("[", 9) + strings.Repeat("]", 9), []string{"!8"}},
		{"too deep", deep + `{"b":1}`, []string{"!0", `{"b":1}`}},
		{"too long", long + `{"b":1}`, []string{"!0", `{"b":1}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			whole := cutUp(test.text, len(test.text)+1)
			if diff := cmp.Diff(test.want, whole); diff != "" {
				t.Errorf("at once: %s", diff)
			}
			for _, chunk := range []int{1, 2, 7, 50} {
				if got := cutUp(test.text, chunk); !sameFinds(test.want, got) {
					t.Errorf("in chunks of %d: got %q", chunk, got)
				}
			}
		})
	}
}

// sameFinds compares finds; the offset of a broken piece may differ, since the start of a long one is forgotten.
func sameFinds(a, b []string) bool {
	return slices.EqualFunc(a, b, func(a, b string) bool { return a == b || a[0] == '!' && b[0] == '!' })
}
