package scenario

import (
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

const everything = `
# comments and empty lines do not count

every workday 10:00 for 8 days: alice portal office kv-pay get db-password, api-key
day 9 09:00 owner portal office kv-pay grant mallory
day 9 09:00:30 app-ci terraform azure kv-pay set a x3
+10s mi-web sdk private kv-pay get s01..s04
+10s mallory tool:evil 2001:db8::7 kv-pay list keys = denied
+10s mallory curl outside kv-pay get s09 = firewall
+1m - cli tor kv-pay challenge
ignore before day 2
expect KV_UserAnomaly mallory kv-pay
expect KV_TORAccess`

// Every form of line becomes the records it says.
func TestParse(t *testing.T) {
	s, err := Parse(everything)
	if err != nil {
		t.Fatal(err)
	}
	// Days 1 to 8 hold six workdays of two reads; then 1 grant, 3 sets, 4 gets, 1 list, 1 get, 1 challenge.
	if got, want := len(s.Records), 6*2+1+3+4+1+1+1; got != want {
		t.Errorf("%d records, want %d", got, want)
	}
	last := s.Records[len(s.Records)-1]
	if last.Outcome != audit.Challenge || last.Caller.Known() {
		t.Errorf("the challenge has a caller or an outcome: %+v", last)
	}
	if len(s.Expect) != 2 || s.Expect[0].Who != PrincipalID("mallory") || s.Expect[1].Vault != "" {
		t.Errorf("expectations: %+v", s.Expect)
	}
	if want := Day1.AddDate(0, 0, 1); !s.From.Equal(want) {
		t.Errorf("from %s, want %s", s.From, want)
	}
}

// What is no story is refused, with the line and what it could have been.
func TestParseRefuses(t *testing.T) {
	for text, hint := range map[string]string{
		"sometimes 10:00 alice":                              "begins with every",
		"day 1 25:00 alice cli office kv get a":              "03:10",
		"day 1 10:00 alice abacus office kv get a":           "terraform",
		"day 1 10:00 alice cli moon kv get a":                "outside",
		"day 1 10:00 alice cli office kv steal a":            "backup",
		"day 1 10:00 alice cli office kv get a = maybe":      "denied",
		"every year 10:00 for 2 days: a cli office kv get b": "workday",
		"expect": "TYPE",
	} {
		_, err := Parse("\n" + text)
		if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: error %v does not name line 2 and %q", text, err, hint)
		}
	}
}

// The parser of the audit log reads a story's body to the story's own records.
func TestBodyIsReadBack(t *testing.T) {
	s, err := Parse(everything)
	if err != nil {
		t.Fatal(err)
	}
	got, tally := audit.NewParser(audit.Limits{}).Body(Body(s.Records), nil)
	if tally.Records != len(s.Records) || tally.Malformed+tally.Skipped != 0 {
		t.Fatalf("tally %+v for %d records", tally, len(s.Records))
	}
	for i := range got {
		want := s.Records[i]
		if got[i].Vault != want.Vault || got[i].Operation != want.Operation || got[i].Class != want.Class || got[i].Object.Name != want.Object.Name ||
			got[i].Caller.ID != want.Caller.ID || got[i].Caller.Kind != want.Caller.Kind || got[i].Address != want.Address ||
			got[i].Outcome != want.Outcome || got[i].Denial != want.Denial || got[i].Path != want.Path || !got[i].Time.Equal(want.Time) {
			t.Errorf("record %d\n got %+v\nwant %+v", i, got[i], want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(everything)
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := Parse(text); err == nil {
			for i := range s.Records {
				if !audit.Valid(&s.Records[i]) {
					t.Errorf("invalid record %+v", s.Records[i])
				}
			}
		}
	})
}
