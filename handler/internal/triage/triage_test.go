package triage

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

const (
	pay = "/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/kv-pay"
	hr  = "/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/kv-hr"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func alert() detection.Alert {
	return detection.Alert{ID: "a1", Type: "KV_TORAccess", Incident: "i1", Vault: pay, Vaults: []string{pay}, Caller: "alice", Application: "cli", IP: "203.0.113.66", Seen: noon, Time: noon.Add(-10 * time.Minute)}
}

func rule(change func(*Rule)) Rule {
	r := Rule{Name: "known", Reason: "ticket 12", Type: "KV_TORAccess", Created: noon.Add(-time.Hour), By: "bob", Expires: noon.Add(24 * time.Hour)}
	change(&r)
	return r
}

func bolt(t *testing.T) store.Store {
	t.Helper()
	s, err := boltfile.Open(filepath.Join(t.TempDir(), "t.db"), boltfile.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Ensure that all conditions of a rule must hold, and that a rule about one vault leaves alone what spans several.
func TestARuleMatches(t *testing.T) {
	spanning := alert()
	spanning.Vault, spanning.Vaults = "", []string{hr, pay}
	for name, c := range map[string]struct {
		rule  Rule
		alert detection.Alert
		want  bool
	}{
		"type alone":                 {rule(func(*Rule) {}), alert(), true},
		"another type":               {rule(func(r *Rule) { r.Type = "KV_UserAnomaly" }), alert(), false},
		"everything":                 {rule(func(r *Rule) { r.Vault, r.Caller, r.Application, r.IP = pay, "ALICE", "cli", "203.0.113.66" }), alert(), true},
		"one condition fails":        {rule(func(r *Rule) { r.Vault, r.Caller = pay, "bob" }), alert(), false},
		"a vault in other case":      {rule(func(r *Rule) { r.Vault = strings.ToUpper(pay) }), alert(), true},
		"one of two vaults":          {rule(func(r *Rule) { r.Vault = pay }), spanning, false},
		"a prefix":                   {rule(func(r *Rule) { r.IP = "203.0.113.0/24" }), alert(), true},
		"another prefix":             {rule(func(r *Rule) { r.IP = "198.51.100.0/24" }), alert(), false},
		"an address that is none":    {rule(func(r *Rule) { r.IP = "203" }), alert(), false},
		"no condition":               {rule(func(r *Rule) { r.Type = "" }), alert(), false},
		"an address, none in alert":  {rule(func(r *Rule) { r.IP = "203.0.113.66" }), detection.Alert{Type: "KV_TORAccess"}, false},
		"the caller, none in alert":  {rule(func(r *Rule) { r.Caller = "alice" }), detection.Alert{Type: "KV_TORAccess"}, false},
		"a vault, alert without any": {rule(func(r *Rule) { r.Vault = pay }), detection.Alert{Type: "KV_TORAccess"}, false},
	} {
		if got := c.rule.Matches(c.alert); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

// Ensure that a rule silences what is raised while it is in force, and nothing before or after.
func TestARuleSilencesInItsTime(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		want bool
	}{
		"in force":             {rule(func(*Rule) {}), true},
		"made at that moment":  {rule(func(r *Rule) { r.Created = noon }), true},
		"made later":           {rule(func(r *Rule) { r.Created = noon.Add(time.Second) }), false},
		"expires at it":        {rule(func(r *Rule) { r.Expires = noon }), false},
		"ended before":         {rule(func(r *Rule) { r.Ended = noon.Add(-time.Minute) }), false},
		"ended after":          {rule(func(r *Rule) { r.Ended = noon.Add(time.Minute) }), true},
		"matches another type": {rule(func(r *Rule) { r.Type = "x" }), false},
	} {
		if got := c.rule.Silences(alert(), noon.Add(48*time.Hour)); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
	fresh := alert()
	fresh.Seen = time.Time{}
	if !rule(func(*Rule) {}).Silences(fresh, noon) {
		t.Error("an alert that is not raised yet counts as raised now")
	}
}

// Ensure that a rule without an end, a reason or a condition is refused, with words that say what is wrong.
func TestARuleIsComplete(t *testing.T) {
	if err := rule(func(*Rule) {}).Check(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Rule){
		"choose when the rule ends":         func(r *Rule) { r.Expires = time.Time{} },
		"at most a year":                    func(r *Rule) { r.Expires = r.Created.AddDate(2, 0, 0) },
		"name of 2 to 50":                   func(r *Rule) { r.Name = " x " },
		"say why":                           func(r *Rule) { r.Reason = "" },
		"at least one condition":            func(r *Rule) { r.Type = "" },
		"must be an address or a prefix":    func(r *Rule) { r.IP = "here" },
		"give the rule a name of 2 to 50 c": func(r *Rule) { r.Name = strings.Repeat("x", 51) },
	} {
		if err := rule(change).Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Ensure that the later of an alert's own mark and its incident's counts, and that an incident's mark leaves alerts that
// are raised after it open.
func TestWhichMarkCounts(t *testing.T) {
	s, ctx := bolt(t), context.Background()
	set := func(m Mark) {
		t.Helper()
		m.By = "bob"
		if err := Set(ctx, s, new(Book), Decision{Mark: m}); err != nil {
			t.Fatal(err)
		}
	}
	status := func(a detection.Alert) State {
		t.Helper()
		b, err := Load(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		return b.Status(a).State
	}
	if got := status(alert()); got != Open {
		t.Errorf("nobody looked: %s", got)
	}
	set(Mark{Incident: "i1", State: Benign, Cause: Exercise, At: noon.Add(time.Hour)})
	if got := status(alert()); got != Benign {
		t.Errorf("after the incident's mark: %s", got)
	}
	later := alert()
	later.ID, later.Seen = "a2", noon.Add(2*time.Hour)
	if got := status(later); got != Open {
		t.Errorf("an alert raised after the mark: %s", got)
	}
	set(Mark{Alert: "a1", State: Confirmed, At: noon.Add(2 * time.Hour)})
	if got := status(alert()); got != Confirmed {
		t.Errorf("after the alert's own mark: %s", got)
	}
	set(Mark{Incident: "i1", State: Open, At: noon.Add(3 * time.Hour)})
	if got := status(alert()); got != Open {
		t.Errorf("after the incident was opened again: %s", got)
	}
}

// Ensure that marks that say nothing sensible are refused.
func TestMarks(t *testing.T) {
	for name, m := range map[string]Mark{
		"about nothing":       {State: Open},
		"about two":           {State: Open, Alert: "a", Incident: "i"},
		"an unknown state":    {State: "fine", Alert: "a"},
		"benign for no cause": {State: Benign, Alert: "a"},
		"a cause for open":    {State: Open, Alert: "a", Cause: Expected},
		"an endless note":     {State: Open, Alert: "a", Note: strings.Repeat("x", maxNote+1)},
	} {
		if m.Check() == nil {
			t.Errorf("%s: not refused", name)
		}
	}
}

// Ensure that every change and its audit row are written together or not at all, and that the newest action comes first.
func TestEveryChangeIsAudited(t *testing.T) {
	s, ctx := bolt(t), context.Background()
	if err := Set(ctx, s, new(Book), Decision{Mark: Mark{Alert: "a1", State: Benign, Cause: Expected, Note: "a release", By: "bob", At: noon}}); err != nil {
		t.Fatal(err)
	}
	r, err := Add(ctx, s, rule(func(r *Rule) { r.Created = noon.Add(time.Minute) }))
	if err != nil {
		t.Fatal(err)
	}
	if err := End(ctx, s, r.ID, "carol", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := End(ctx, s, r.ID, "carol", noon.Add(2*time.Hour)); !errors.Is(err, ErrNoRule) {
		t.Errorf("ending a rule twice: %v", err)
	}
	got, err := Actions(ctx, s, 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []Action{{noon.Add(time.Hour), "carol", "ended a suppression rule", r.ID, "known"},
		{noon.Add(time.Minute), "bob", "added a suppression rule", r.ID, "known: ticket 12"},
		{noon, "bob", "marked benign", "alert/a1", "expected: a release"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if newest, err := Actions(ctx, s, 1); err != nil || len(newest) != 1 || newest[0].By != "carol" {
		t.Errorf("the newest action: %v, %v", newest, err)
	}
	b, err := Load(ctx, s)
	if err != nil || len(b.Rules) != 1 || b.Rules[0].EndedBy != "carol" {
		t.Errorf("the rule: %+v, %v", b.Rules, err)
	}
}

// Ensure that a change whose commit fails leaves neither itself nor an audit row.
func TestAFailedChangeLeavesNothing(t *testing.T) {
	s, ctx := bolt(t), context.Background()
	faulty := refusing{s}
	if err := Set(ctx, faulty, new(Book), Decision{Mark: Mark{Alert: "a1", State: Confirmed, By: "bob", At: noon}}); err == nil || !strings.Contains(err.Error(), "write marked confirmed") {
		t.Fatalf("%v: want an error that says what was attempted", err)
	}
	actions, err := Actions(ctx, s, 10)
	if err != nil || len(actions) != 0 {
		t.Errorf("actions %v, %v", actions, err)
	}
	b, err := Load(ctx, s)
	if err != nil || b.Status(alert()).State != Open {
		t.Errorf("status %v, %v", b.Status(alert()), err)
	}
}

// refusing is a store whose commits fail.
type refusing struct{ store.Store }

func (refusing) Commit(context.Context, string, []store.Write) error {
	return errors.New("the disk is full")
}

// Ensure that all processes get the same key of form tokens, whoever asks first.
func TestOneSecretForAll(t *testing.T) {
	s, ctx := bolt(t), context.Background()
	first, err := Secret(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Secret(ctx, s)
	if err != nil || string(second) != string(first) || len(first) < 32 {
		t.Errorf("first %q, second %q, %v", first, second, err)
	}
}

// Ensure that without a store there is an empty book, and that odd ids make keys a store takes.
func TestWithoutAStoreAndOddIDs(t *testing.T) {
	b, err := Load(context.Background(), nil)
	if err != nil || b.Status(alert()).State != Open {
		t.Fatalf("%v", err)
	}
	s := bolt(t)
	odd := Mark{Alert: "a/../\x1b[31m" + strings.Repeat("é", 200), State: Confirmed, By: "bob", At: noon}
	if err := Set(context.Background(), s, new(Book), Decision{Mark: odd}); err != nil {
		t.Fatal(err)
	}
	if b, err = Load(context.Background(), s); err != nil || b.Status(detection.Alert{ID: odd.Alert}).State != Confirmed {
		t.Errorf("the odd alert: %v", err)
	}
}
