package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
)

// tally reads the summary back and fails if its numbers do not add up.
func tally(t *testing.T, summary string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^ *([\d,]+) +(records? read|judged|duplicates|skipped|malformed|outside)`).FindAllStringSubmatch(summary, -1) {
		n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		out[strings.Fields(m[2])[0]] += n
	}
	read := out["records"] + out["record"]
	delete(out, "records")
	delete(out, "record")
	sum := 0
	for _, n := range out {
		sum += n
	}
	if sum != read || len(out) != 5 {
		t.Errorf("%d read, but %d judged, duplicate, skipped, malformed or outside:\n%s", read, sum, summary)
	}
	out["read"] = read
	return out
}

// The theft is found, and the same alerts come out however the log is wrapped and ordered.
func TestReplaySeesTheSameInEveryWrapping(t *testing.T) {
	records := theft(t)
	tor := torFile(t)
	want := alertsOf(t, good(t, surroundings{}, "replay", "--json", "--tor", tor, writeFile(t, "log.ndjson", ndjson(records))).out)
	if !slices.ContainsFunc(want, func(a detection.Alert) bool { return a.Type == "KV_TORAccess" && len(a.Objects) > 0 }) {
		t.Fatalf("the theft was not found: %v", want)
	}
	var pay, hr []audit.Record
	for _, r := range records {
		if strings.HasSuffix(r.Vault, "kv-pay") {
			pay = append(pay, r)
		} else {
			hr = append(hr, r)
		}
	}
	for name, paths := range map[string][]string{
		"gzip":                    {writeFile(t, "log", zipped(t, ndjson(records)))},
		"newest first":            {writeFile(t, "log.json", ndjson(reversed(records)))},
		"storage container":       {tree(t, records)},
		"CSV":                     {writeFile(t, "log.csv", table(t, records))},
		"CSV newest first":        {writeFile(t, "log.csv", table(t, reversed(records)))},
		"everything twice":        {writeFile(t, "log.json", ndjson(records)+ndjson(records))},
		"one file for each vault": {writeFile(t, "pay.json", ndjson(pay)), writeFile(t, "hr.json", ndjson(hr))},
		"later file first":        {writeFile(t, "b.json", ndjson(records[30:])), writeFile(t, "a.json", ndjson(records[:30]))},
	} {
		t.Run(name, func(t *testing.T) {
			got := good(t, surroundings{}, append([]string{"replay", "--json", "--tor", tor}, paths...)...)
			same(t, want, alertsOf(t, got.out))
			if n := tally(t, got.err); n["judged"] != len(records) || n["malformed"]+n["skipped"]+n["outside"] != 0 {
				t.Errorf("%d records, but\n%s", len(records), got.err)
			}
		})
	}
	t.Run("standard input", func(t *testing.T) {
		got := good(t, surroundings{In: strings.NewReader(ndjson(reversed(records)))}, "replay", "--json", "--tor", tor, "-")
		same(t, want, alertsOf(t, got.out))
		tally(t, got.err)
	})
}

// What cannot be read is counted with a reason and costs nothing but itself; what is hostile stays text.
func TestReplayOfBadInput(t *testing.T) {
	records := theft(t)
	plain := ndjson(records)
	at := func(year int) string {
		r := records[0]
		r.Time, r.Digest = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), uint64(year)
		return string(single(t, r)) + "\n"
	}
	big := strings.Replace(at(2026), `"clientInfo":"`, `"clientInfo":"`+strings.Repeat("A", 300<<10), 1)
	for _, c := range []struct {
		name, log string
		more      map[string]int // than judged records
		reason    string
	}{
		{"truncated JSON", plain + `{"records":[{"time":"2026-03-30T`, map[string]int{"malformed": 1}, ""},
		{"garbage in the middle", plain[:strings.Index(plain, "\n")+1] + "{]]\n" + plain[strings.Index(plain, "\n")+1:], map[string]int{"malformed": 1}, ""},
		{"a clock of 1970", plain + at(1970), map[string]int{"malformed": 1}, "1970"},
		{"a clock of 2100", at(2100) + plain, map[string]int{"malformed": 1}, "2100"},
		{"a record of 300 KB", plain + big, map[string]int{"malformed": 1}, ""},
		{"another service", plain + `{"time":"2026-03-01T00:00:00Z","category":"AppServiceHTTPLogs","resourceId":"/SITES/X"}` + "\n", map[string]int{"skipped": 1}, ""},
		{"duplicates", plain + plain[:strings.Index(plain, "\n")+1], map[string]int{"duplicates": 3}, ""},
		{"no record at all", "[]", map[string]int{"judged": -len(records)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := good(t, surroundings{In: strings.NewReader(c.log)}, "replay", "-")
			n := tally(t, got.err)
			want := map[string]int{"judged": len(records), "duplicates": 0, "skipped": 0, "malformed": 0, "outside": 0}
			for k, v := range c.more {
				want[k] += v
			}
			for k, v := range want {
				if n[k] != v {
					t.Errorf("%d %s, want %d\n%s", n[k], k, v, got.err)
				}
			}
			if !strings.Contains(got.err, c.reason) {
				t.Errorf("the reason %q is not told:\n%s", c.reason, got.err)
			}
			cleanText(t, got.out+got.err)
		})
	}
}

// Texts of an attacker's choice neither move the cursor nor forge a line, on the page and in JSON.
func TestReplayOfHostileText(t *testing.T) {
	records := theft(t)
	hostile := "\x1b[2J\x1b]0;x\x07\r\nHIGH forged\u202egpj.exe\u0085\u009b31m<script>alert(1)</script>\u200b" + strings.Repeat("\u0301", 50)
	for i := range records {
		if records[i].Address.String() == scenario.TorExit {
			records[i].Agent, records[i].Caller.Name = hostile, hostile
			if records[i].Object.Name != "" {
				records[i].Object.Name = fmt.Sprintf("s%d%s", i, hostile)
			}
		}
	}
	path := writeFile(t, "log.json", ndjson(records))
	for _, args := range [][]string{{"replay", path}, {"replay", "--json", path}} {
		got := good(t, surroundings{}, append(args, "--tor", torFile(t))...)
		if !strings.Contains(got.out, "TOR") {
			t.Errorf("%q: the theft was not found:\n%s", args, got.out)
		}
		cleanText(t, got.out+got.err)
		for line := range strings.Lines(got.out) {
			if strings.HasPrefix(line, "HIGH forged") {
				t.Errorf("%q: forged line %q", args, line)
			}
		}
	}
}

// What lies outside of the asked span or vaults is counted apart.
func TestReplayOfAPart(t *testing.T) {
	records := theft(t)
	path := writeFile(t, "log.json", ndjson(records))
	count := func(in func(audit.Record) bool) (n int) {
		for _, r := range records {
			if in(r) {
				n++
			}
		}
		return n
	}
	day10 := scenario.Day1.AddDate(0, 0, 9)
	for _, c := range []struct {
		args string
		in   func(audit.Record) bool
	}{
		{"--vault kv-hr", func(r audit.Record) bool { return strings.HasSuffix(r.Vault, "kv-hr") }},
		{"--vault KV-HR --vault kv-pay", func(audit.Record) bool { return true }},
		{"--since " + day10.Format(time.DateOnly), func(r audit.Record) bool { return !r.Time.Before(day10) }},
		{"--until " + day10.Format(time.RFC3339), func(r audit.Record) bool { return r.Time.Before(day10) }},
	} {
		got := good(t, surroundings{}, append([]string{"replay", path}, strings.Fields(c.args)...)...)
		if n := tally(t, got.err); n["judged"] != count(c.in) || n["outside"] != len(records)-count(c.in) {
			t.Errorf("%s: want %d judged\n%s", c.args, count(c.in), got.err)
		}
	}
}

// Two runs on one store end like one run over everything, and the store shows what both found.
func TestReplayGoesOn(t *testing.T) {
	records := theft(t)
	tor := torFile(t)
	whole := alertsOf(t, good(t, surroundings{}, "replay", "--json", "--tor", tor, writeFile(t, "log.json", ndjson(records))).out)
	memory := filepath.Join(t.TempDir(), "memory.db")
	middle := len(records) - 12 // in the midst of the theft
	good(t, surroundings{}, "replay", "--store", memory, "--tor", tor, writeFile(t, "a.json", ndjson(records[:middle])))
	second := good(t, surroundings{}, "replay", "--store", memory, "--tor", tor, writeFile(t, "b.json", ndjson(records[middle-3:])))
	if n := tally(t, second.err); n["duplicates"] != 3 {
		t.Errorf("3 records came in both runs, but\n%s", second.err)
	}
	same(t, whole, alertsOf(t, good(t, surroundings{}, "alerts", "--json", "--store", memory).out))
}

// Lists and bait are taken from files; what is wrong in them is said.
func TestReplayWithLists(t *testing.T) {
	path := writeFile(t, "log.json", ndjson(theft(t)))
	args := []string{"replay", "--json", path,
		"--suspicious", writeFile(t, "bad.txt", scenario.TorExit+"\n10.0.0.0/8\n"),
		"--known-networks", writeFile(t, "own.txt", scenario.OfficeRange+"\n"),
		"--azure-ranges", writeFile(t, "azure.txt", scenario.AzureRange+"\n"),
		"--canaries", writeFile(t, "bait.txt", "# bait\nKV-PAY S05\n")}
	got := good(t, surroundings{}, args...)
	types := map[string]bool{}
	for _, a := range alertsOf(t, got.out) {
		types[a.Type] = true
	}
	if !types["KVX_Canary"] || !types["KV_SuspiciousIPAccess"] && !types["KV_UnusualAccessSuspiciousIP"] {
		t.Errorf("got %v", types)
	}
	if !strings.Contains(got.err, "10.0.0.0/8") {
		t.Errorf("the private network on the list is not mentioned:\n%s", got.err)
	}
	silenced := writeFile(t, "settings.json", `{"severity": {"KVX_Canary": "off"}}`)
	for _, a := range alertsOf(t, good(t, surroundings{}, append(args, "--settings", silenced)...).out) {
		if a.Type == "KVX_Canary" {
			t.Error("a type that the settings turn off was raised")
		}
	}
	wrong := call(t, surroundings{}, "replay", path, "--canaries", writeFile(t, "bait.txt", "a b c\n"))
	if wrong.code != exitFailed || !strings.Contains(wrong.err, "want a vault and an object") {
		t.Errorf("exit code %d: %s", wrong.code, wrong.err)
	}
}

// An unreadable part of the input is an error that names the file, and leaves nothing behind.
func TestReplayOfDamagedGzip(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	whole := zipped(t, ndjson(theft(t)))
	got := call(t, surroundings{}, "replay", writeFile(t, "cut.gz", whole[:len(whole)/2]))
	if got.code != exitFailed || !strings.Contains(got.err, "cut.gz") || !strings.Contains(got.err, "fetch the file again") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The bar fits its terminal and says how long it will take.
func TestBar(t *testing.T) {
	line := barLine(79, progress{"reading", 120_000, 0.4, 2 * time.Minute})
	if n := len([]rune(line)); n > 79 || !strings.Contains(line, "40%") || !strings.Contains(line, "1,000/s") || !strings.Contains(line, "3:00 left") {
		t.Errorf("%d columns: %s", n, line)
	}
	if line := barLine(20, progress{"reading", 120_000, 0.4, time.Minute}); len([]rune(line)) > 20 {
		t.Errorf("too wide: %s", line)
	}
	if line := barLine(79, progress{"reading", 5, 0, time.Second}); strings.Contains(line, "left") {
		t.Errorf("a pipe has no end in sight, but: %s", line)
	}
}

// A replay can teach the table of a detector that is stopped: the alerts and the memory are those of a file. One that
// runs is left alone.
func TestReplayIntoTables(t *testing.T) {
	where := azurite.Start(t)
	log := writeFile(t, "log.ndjson", ndjson(theft(t)))
	memory := filepath.Join(t.TempDir(), "memory.db")
	want := alertsOf(t, good(t, surroundings{}, "replay", "--json", "--store", memory, log).out)
	same(t, want, alertsOf(t, good(t, surroundings{}, "replay", "--json", "--store", where, log).out))

	table, err := tables.Open(t.Context(), "", tables.Options{ConnectionString: where})
	if err != nil {
		t.Fatal(err)
	}
	file, err := boltfile.Open(memory, boltfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	a, b := endingOf(t, table, nil), endingOf(t, file, nil)
	same(t, b.alerts, a.alerts)
	if len(b.memory) == 0 || !bytes.Equal(a.memory, b.memory) {
		t.Errorf("the table remembers %d bytes, the file %d", len(a.memory), len(b.memory))
	}

	detector := start(t, "", "VAULTWATCH_STORE="+where)
	r := &race{t: t, client: http.DefaultClient, store: table}
	r.expire("memory")
	if err := r.sweep(detector.base); err != nil {
		t.Fatal(err)
	}
	if got := call(t, surroundings{}, "replay", "--store", where, log); got.code != exitFailed || !strings.Contains(got.err, "stop the function app") {
		t.Errorf("a detector at work is not noticed: %d %q", got.code, got.err)
	}
}
