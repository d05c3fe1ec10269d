package audit_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

func TestMalformedIsCountedWithAReason(t *testing.T) {
	good := event("SecretGet", somebody, `"httpStatusCode":200`, "")
	at := func(time string) string { return strings.Replace(good, `"2026-03-02T08:00:00.0000000Z"`, time, 1) }
	tests := []struct {
		name, body, reason string
		tally              audit.Tally
	}{
		{"garbage", "hello", "expected '{'", audit.Tally{Malformed: 1}},
		{"bytes", "\x00\x01\xff", "expected '{'", audit.Tally{Malformed: 1}},
		{"cut off", `{"records":[` + good + "," + good + "," + good[:200], "ends in the middle", audit.Tally{Records: 2, Malformed: 1}},
		{"a bad word", `[` + good + `,{"time":nothing},` + good + `]`, "not valid JSON", audit.Tally{Records: 2, Malformed: 1}},
		{"an unknown object", `{"hello":"world"}`, "neither operationName nor resourceId", audit.Tally{Malformed: 1}},
		{"no operation", `{"time":"2026-03-02T08:00:00Z","resourceId":"/x/microsoft.keyvault/vaults/v"}`, "no operationName", audit.Tally{Malformed: 1}},
		{"no vault", `{"operationName":"SecretGet","category":"AuditEvent"}`, "names no vault", audit.Tally{Malformed: 1}},
		{"no time", at(`""`), "no time", audit.Tally{Malformed: 1}},
		{"a strange time", at(`"yesterday"`), "not an RFC 3339 time", audit.Tally{Malformed: 1}},
		{"a time of no calendar", at(`"2026-02-30T08:00:00Z"`), "not an RFC 3339 time", audit.Tally{Malformed: 1}},
		{"a number as time", at(`1772438400`), "no time", audit.Tally{Malformed: 1}},
		{"an early time", at(`"1970-01-01T00:00:00Z"`), "time 1970-01-01T00:00:00Z is before 2015-01-01", audit.Tally{Malformed: 1}},
		{"too long", strings.Replace(good, `"c"`, `"`+strings.Repeat("c", 256<<10)+`"`, 1) + good, "longer than the limit", audit.Tally{Records: 1, Malformed: 1}},
		{"too deep", strings.Replace(good, `"c"`, strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000), 1), "nested too deeply", audit.Tally{Malformed: 1}},
		{"a row without columns", `{"tables":[{"rows":[["x"]]}]}`, "neither operationName", audit.Tally{Malformed: 1}},
		{"a row of another length", `{"tables":[{"columns":[{"name":"TimeGenerated"}],"rows":[[],["a","b"]]}]}`, "neither operationName", audit.Tally{Malformed: 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, got := audit.NewParser(audit.Limits{}).Body([]byte(test.body), nil)
			if got.Records != test.tally.Records || got.Malformed != test.tally.Malformed || got.Skipped != 0 {
				t.Fatalf("tally %+v, want %+v", got, test.tally)
			}
			if reason := got.Problems[0].Reason; !strings.Contains(reason, test.reason) {
				t.Errorf("reason %q does not say %q", reason, test.reason)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	body := []byte(event("SecretGet", somebody, `"httpStatusCode":200`, ""))
	noon := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		limits    audit.Limits
		malformed int
	}{
		{audit.Limits{NotBefore: noon, NotAfter: noon}, 0},
		{audit.Limits{NotBefore: noon.Add(1)}, 1},
		{audit.Limits{NotAfter: noon.Add(-1)}, 1},
		{audit.Limits{MaxRecord: len(body)}, 0},
		{audit.Limits{MaxRecord: len(body) - 1}, 1},
	} {
		if _, tally := audit.NewParser(test.limits).Body(body, nil); tally.Malformed != test.malformed {
			t.Errorf("%+v: tally %+v", test.limits, tally)
		}
	}
}

func TestProblemsAreCappedButCounted(t *testing.T) {
	_, tally := audit.NewParser(audit.Limits{}).Body([]byte(strings.Repeat("{\"a\":1}\n", 50)), nil)
	if tally.Malformed != 50 || len(tally.Problems) != audit.MaxProblems || tally.Problems[1].Offset != 8 {
		t.Errorf("tally %+v", tally)
	}
	sum := audit.Tally{Records: 1}
	sum.Add(tally)
	sum.Add(tally)
	if sum.Records != 1 || sum.Malformed != 100 || len(sum.Problems) != audit.MaxProblems {
		t.Errorf("sum %+v", sum)
	}
}

// Clients choose agents and names. They must neither fill memory nor break text, and stay what they are.
func TestHostileText(t *testing.T) {
	huge := strings.Repeat("A", 64<<10)
	r := one(t, event("SecretGet", somebody, `"clientInfo":"`+huge+`","id":"https://v.vault.azure.net/secrets/`+huge+`"`, ""))
	if len(r.Agent) != audit.MaxAgent || len(r.Object.Name) != audit.MaxName {
		t.Errorf("agent of %d bytes, name of %d", len(r.Agent), len(r.Object.Name))
	}
	for _, wide := range []string{strings.Repeat("€", audit.MaxAgent), "a" + strings.Repeat("😀", audit.MaxAgent)} {
		r = one(t, event("SecretGet", somebody, `"clientInfo":"`+wide+`"`, ""))
		if len(r.Agent) > audit.MaxAgent || !utf8.ValidString(r.Agent) || !strings.HasPrefix(wide, r.Agent) {
			t.Errorf("a cut inside of a character: %d bytes", len(r.Agent))
		}
	}
	for name, agent := range map[string]string{
		"control characters": "a\x1b[31m\x00\u0085b", "bidi": "a\u202egnp.exe", "markup": `<script>alert(1)</script>`, "JSON": `"},{"time":"x`,
	} {
		r := one(t, event("SecretGet", somebody, `"clientInfo":`+quote(agent), ""))
		if r.Agent != agent {
			t.Errorf("%s: got %q", name, r.Agent)
		}
	}
	if r = one(t, event("SecretGet", somebody, "\"clientInfo\":\"a\xff\xfeb\"", "")); r.Agent != "a\ufffdb" {
		t.Errorf("bytes that are no text: %q", r.Agent)
	}
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		const hex = "0123456789abcdef"
		if c < 0x20 || c == '"' || c == '\\' {
			b.WriteString(`\u00` + string(hex[c>>4]) + string(hex[c&15]))
			continue
		}
		b.WriteRune(c)
	}
	b.WriteByte('"')
	return b.String()
}

func TestHostileValues(t *testing.T) {
	tests := []struct{ name, properties, want string }{
		{"a huge status", `"httpStatusCode":1e999`, "unknown 0"},
		{"a long number", `"httpStatusCode":` + strings.Repeat("9", 5000), "unknown 0"},
		{"a negative status", `"httpStatusCode":-200`, "unknown 0"},
		{"a broken status", `"httpStatusCode":200.5`, "unknown 0"},
		{"a status as object", `"httpStatusCode":{"value":200}`, "unknown 0"},
		{"a key twice, the first counts", `"httpStatusCode":403,"httpStatusCode":200`, "denied 403 no permission"},
		{"an id of another shape", `"httpStatusCode":200,"id":["x"],"requestUri":{}`, "success 200"},
		{"an identity in the properties", `"httpStatusCode":200,"identity":{"claim":{"oid":"mallory"}}`, "success 200"},
	}
	for _, test := range tests {
		if got := sentence(one(t, event("SecretList", somebody, test.properties, ""))); got !=
			"00000000-0000-4000-8000-000000000001 (service principal) SecretList (list) kv-example "+test.want+" from 203.0.113.7" {
			t.Errorf("%s: %s", test.name, got)
		}
	}
	for _, identity := range []string{`"text"`, `7`, `[]`, `{"claim":[]}`, `"{\"claim\":"`, `"` + strings.Repeat("[", 100_000) + `"`} {
		body := strings.Replace(event("SecretList", "", `"httpStatusCode":200`, ""), `{"claim":{}}`, identity, 1)
		if r := one(t, body); r.Caller.Known() || r.Caller.Kind != audit.Unauthenticated {
			t.Errorf("identity %.20s gives %+v", identity, r.Caller)
		}
	}
}

// A body of nothing but opening lines must not make the splitter read it over and over.
func TestBrokenLinesCostOnce(t *testing.T) {
	body := []byte(strings.Repeat("{\n", 1<<19))
	_, tally := audit.NewParser(audit.Limits{}).Body(body, nil)
	if tally.Malformed < 1<<18 {
		t.Errorf("tally %d", tally.Malformed)
	}
}

// Records must not change when the body's buffer is used again.
func TestRecordsKeepNoBody(t *testing.T) {
	body := readFile(t, "eventhub.json")
	parser := audit.NewParser(audit.Limits{})
	records, _ := parser.Body(body, nil)
	before := sentences(records)
	for i := range body {
		body[i] = 'x'
	}
	parser.Body(readFile(t, "activity-eventhub.json"), nil)
	for i, told := range sentences(records) {
		if told != before[i] {
			t.Errorf("changed to %s", told)
		}
	}
}
