package audit

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// addFiles seeds with some records of each sample, one a seed, for small inputs are quicker to vary.
func addFiles(f *testing.F) {
	files, err := filepath.Glob("testdata/*json")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		splitter := NewSplitter(DefaultMaxRecord)
		for i := 0; ; i++ {
			piece, used, ok := splitter.Next(content, true)
			if !ok {
				break
			}
			if content = content[used:]; i < 3 {
				f.Add(bytes.Clone(piece.JSON))
			}
		}
	}
	f.Add([]byte(`[{"records":[{"operationName":"SecretGet"},{"a":"\"}]"}],"x":1},`))
	f.Add([]byte(`{"tables":[{"columns":[{"name":"TimeGenerated [UTC]"},{"name":"id_s"}],"rows":[["4/3/2024, 2:03:10.788 PM",null],[]]}]}`))
	f.Add([]byte("{\"a\":\"b\n{\"c\":1}\n]"))
}

// FuzzBody: whatever comes in, counts agree, texts are bounded and valid, and a parser that has seen much reads like a
// fresh one.
func FuzzBody(f *testing.F) {
	addFiles(f)
	used := NewParser(Limits{})
	f.Fuzz(func(t *testing.T, body []byte) {
		records, tally := NewParser(Limits{}).Body(body, nil)
		if tally.Records != len(records) || len(tally.Problems) != min(tally.Malformed, MaxProblems) {
			t.Fatalf("tally %+v for %d records", tally, len(records))
		}
		for _, problem := range tally.Problems {
			if problem.Reason == "" || problem.Offset < 0 || problem.Offset > len(body) {
				t.Fatalf("problem %+v in %d bytes", problem, len(body))
			}
		}
		for _, r := range records {
			checkBounds(t, r)
		}
		again, sum := used.Body(body, nil)
		if !reflect.DeepEqual(records, again) || !reflect.DeepEqual(tally, sum) {
			t.Fatal("a used parser reads otherwise")
		}
	})
}

// FuzzQuick: the quick way reads the same records as the one that takes everything, or leaves them to it.
func FuzzQuick(f *testing.F) {
	addFiles(f)
	f.Add([]byte(`{"time":"2026-03-02T08:00:00Z","category":"AuditEvent","operationName":"SecretGet","resourceId":"","identity":{"claim":null,"claim":{"oid":"x"}},"properties":{"id":"https://kv.vault.azure.net/secrets/a","httpStatusCode":200.0,"a":[1,{"b":"\""}]}}`))
	f.Add([]byte(`{"category":"AuditEvent","properties":{"httpStatusCode":403,"properties":{"networkAcls":{"defaultAction":"Deny"},"enableSoftDelete":true}},"properties_s":"{}","operationName":"VaultPut","httpStatusCode":"None"}`))
	slow := NewParser(Limits{})
	slow.slow = true
	used := NewParser(Limits{})
	f.Fuzz(func(t *testing.T, body []byte) {
		records, tally := slow.Body(body, nil)
		for range 2 { // the second time identities are known
			again, sum := used.Body(body, nil)
			if !reflect.DeepEqual(records, again) || !reflect.DeepEqual(tally, sum) {
				t.Fatalf("quick:  %+v %+v\nothers: %+v %+v", again, sum, records, tally)
			}
		}
	})
}

func checkBounds(t *testing.T, r Record) {
	t.Helper()
	for _, text := range []struct {
		s   string
		max int
	}{{r.Vault, maxResource}, {r.Operation, MaxOperation}, {r.Object.Name, MaxName}, {r.Object.Version, 32},
		{r.Caller.ID, MaxName}, {r.Caller.Name, MaxName}, {r.Caller.Application, MaxName}, {r.Caller.Resource, maxResource},
		{r.Caller.Tenant, MaxName}, {r.Agent, MaxAgent}, {AgentFamily(r.Agent), maxFamily}} {
		if len(text.s) > text.max || !utf8.ValidString(text.s) {
			t.Fatalf("%d bytes, at most %d: %q", len(text.s), text.max, text.s)
		}
	}
	if r.Time.IsZero() || r.Vault == "" || r.Operation == "" || int(r.Class) >= Classes {
		t.Fatalf("incomplete: %+v", r)
	}
	if change := r.Change; change != nil && (len(change.Grants) > maxGrants || len(change.Revokes) > maxGrants) {
		t.Fatalf("%d grants, %d revokes", len(change.Grants), len(change.Revokes))
	}
}

// FuzzSplitter: the pieces do not depend on how the stream arrives, but for where a broken one is said to begin.
func FuzzSplitter(f *testing.F) {
	addFiles(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		whole := pieces(text, len(text)+1)
		for _, chunk := range []int{1, 13} {
			if got := pieces(text, chunk); !slices.Equal(whole, got) {
				t.Fatalf("in chunks of %d: %q instead of %q", chunk, got, whole)
			}
		}
	})
}

func pieces(text []byte, chunk int) []string {
	splitter := NewSplitter(1 << 20)
	var found []string
	for start, end := 0, 0; ; {
		piece, used, ok := splitter.Next(text[start:end], end == len(text))
		start += used
		switch {
		case ok && piece.Reason != "":
			found = append(found, "!")
		case ok:
			found = append(found, string(piece.Columns)+string(piece.JSON))
		case end == len(text):
			return found
		default:
			end = min(end+chunk, len(text))
		}
	}
}

// FuzzTime: what the fast path accepts, the standard library reads alike.
func FuzzTime(f *testing.F) {
	for _, seed := range []string{"2024-04-03T14:03:10.7886260Z", "2016-02-29T00:00:00Z", "2020-08-31T19:52:39.763Z",
		"2024-04-03T14:03:10+00:00", "4/3/2024, 2:03:10.788 PM", "2024-13-03T14:03:10Z", "2024-04-03T24:00:00Z", ""} {
		f.Add(seed)
	}
	var c clock
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := c.read([]byte(text))
		if ok {
			want, err := time.Parse(time.RFC3339Nano, text)
			if err != nil || !want.Equal(got) || got.Location() != time.UTC {
				t.Fatalf("%q: %v, standard library %v %v", text, got, want, err)
			}
		}
		if at, ok := c.parse([]byte(text)); ok && at.Location() != time.UTC {
			t.Fatalf("%q is not in UTC", text)
		}
	})
}

// FuzzObject: any URL gives a bounded, valid object, and case does not matter.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{"https://v.vault.azure.net:8443/deletedsecrets/A/0123456789abcdef0123456789ABCDEF?x=/secrets/y",
		"/certificates/issuers/Acme", "https://v.vault.azure.net", "keys//x", "secrets/a/versions#/b", "https:///keys/%2f"} {
		f.Add(seed)
	}
	known := newInterner()
	f.Fuzz(func(t *testing.T, url string) {
		object := known.object(linkOf([]byte(url)).path)
		checkBounds(t, Record{Object: object, Time: time.Unix(1, 0), Vault: "v", Operation: "o"})
		if object.Type == NoObject && object != (Object{}) {
			t.Fatalf("a thing without type: %+v", object)
		}
		if isASCII(url) && known.object(linkOf([]byte(strings.ToUpper(url))).path) != object && strings.ToLower(url) == url {
			t.Fatalf("case matters in %q", url)
		}
	})
}

// FuzzTarget: what is not looked up would have said the same.
func FuzzTarget(f *testing.F) {
	f.Add("https://v.vault.azure.net/secrets/a/0123456789abcdef0123456789abcdef", "https://v.vault.azure.net/secrets/a?api-version=7.4")
	f.Add("https://v.vault.azure.net/secrets/a", "https://V.vault.azure.net/secrets/b")
	f.Add("https://v.vault.azure.net/secrets/restore", "https://management.azure.com/x")
	f.Add("https:///secrets/a", "https://secrets/b")
	f.Add("https://v/keys/k", "https://v/")
	f.Add("x", "")
	n := newInterner()
	f.Fuzz(func(t *testing.T, id, uri string) {
		got, want := n.target([]byte(id), []byte(uri)).request(), target{n.url([]byte(id)), n.url([]byte(uri))}.request()
		if got != want {
			t.Errorf("%q %q: %+v, want %+v", id, uri, got, want)
		}
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c >= utf8.RuneSelf }) < 0
}

// FuzzOperation: any name is an operation, known or not, whatever its case.
func FuzzOperation(f *testing.F) {
	for _, seed := range []string{"SecretGet", "KEYUNWRAP", "MICROSOFT.KEYVAULT/VAULTS/WRITE", "xEventGridNotification", "İ", ""} {
		f.Add(seed)
	}
	known := newInterner()
	f.Fuzz(func(t *testing.T, name string) {
		op := known.operation([]byte(name), nil)
		if len(op.name) > MaxOperation || !utf8.ValidString(op.name) || int(op.class) >= Classes {
			t.Fatalf("%+v", op)
		}
		if isASCII(name) && classify(strings.ToUpper(op.name)).class != op.class {
			t.Fatalf("case matters in %q", name)
		}
		if !op.known && op.class != Other {
			t.Fatalf("an unknown operation is %s", op.class)
		}
	})
}

// The table must hold the names in lower case, for that is how they are looked up.
func TestOperationTable(t *testing.T) {
	for name := range operations {
		if name != strings.ToLower(name) {
			t.Errorf("%q is not in lower case", name)
		}
	}
	for class, names := range map[Class]string{
		Value: "SecretGet", List: "KeyList SecretListDeleted CertificateIssuersList",
		Read:   "KeyGet SecretListVersions CertificateGetDeleted",
		Crypto: "KeySign KeyUnwrap EkmProxyOperation", Export: "SecretBackup KeyRelease BackupCreate",
		Write: "SecretSet KeyRotationPolicySet CertificatePendingMerge", Destroy: "KeyPurge VaultDelete",
		Revive: "SecretRestore VaultRecover", Policy: "VaultPut VaultPatch AccessPolicyMerge",
		Meta: "VaultGet Authentication VaultList", Other: "SomethingNew",
		Background: "KeyRotateIfDue VaultAccessPolicyChangedEventGridNotification SomethingEventGridNotification",
	} {
		for name := range strings.FieldsSeq(names) {
			if got := classify(name).class; got != class {
				t.Errorf("%s is %s, want %s", name, got, class)
			}
		}
	}
}

// Memory of texts is bounded however many different ones come.
func TestInternerIsBounded(t *testing.T) {
	known := newInterner()
	long := bytes.Repeat([]byte("x"), MaxAgent)
	for i := range 3 * maxInternedBytes / MaxAgent {
		copy(long, time.Duration(i).String())
		known.text(long, MaxAgent)
	}
	if known.texts.bytes > maxInternedBytes+MaxAgent || len(known.texts.known) > maxInterned {
		t.Errorf("%d bytes in %d entries", known.texts.bytes, len(known.texts.known))
	}
	spell := newSpeller()
	for i := range 2 * maxSpellings {
		spell.key([]byte(time.Duration(i).String()))
	}
	if len(spell.keys) > maxSpellings {
		t.Errorf("%d spellings", len(spell.keys))
	}
}

// A log of more objects than the table holds is read the same, and neither fills it over and over nor shuts out what comes
// later for good.
func TestMoreURLsThanAreKept(t *testing.T) {
	n := newInterner()
	read := func(i int) {
		name := "s" + strconv.Itoa(i)
		id, uri := []byte("https://v.vault.azure.net/secrets/"+name+"/0123456789abcdef0123456789abcdef"), []byte("https://other.vault.azure.net/keys/"+name)
		if to := n.target(id, uri); to.id.object.Name != name || to.uri.host != "other.vault.azure.net" || to.id.host != "v.vault.azure.net" {
			t.Fatalf("%s: %+v %+v", name, to.id, to.uri)
		}
	}
	for i := range maxInterned {
		read(i)
	}
	if !n.urls.full() {
		t.Fatalf("%d URLs fill nothing", len(n.urls.known))
	}
	before := len(n.urls.known)
	read(maxInterned)
	if len(n.urls.known) != before {
		t.Errorf("%d URLs are kept, %d before", len(n.urls.known), before)
	}
	n.passed = passing
	if read(maxInterned + 1); len(n.urls.known) > 2 {
		t.Errorf("%d URLs are kept after the table began anew", len(n.urls.known))
	}
}
