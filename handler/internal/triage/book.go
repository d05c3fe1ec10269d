package triage

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Keys within the partition; see the package comment.
const (
	rows       = "triage"
	auditKeys  = "audit/"
	auditEnd   = "audit0"
	ruleKeys   = "rule/"
	secretKey  = "secret"
	statusKeys = "status/"
)

// Book is all that people decided, as of one reading.
type Book struct {
	// Rules, the youngest first, ended ones included.
	Rules []Rule
	// Lessons, the youngest first, ended ones included as long as they are kept.
	Lessons []Teaching
	// Secret keys the form tokens; empty before [Secret] made it.
	Secret []byte

	marks    map[string]Mark
	versions map[string]store.Version
}

// Load reads the book, in as few round trips as its rows take. A nil store gives an empty book.
func Load(ctx context.Context, s store.Store) (*Book, error) {
	b := &Book{marks: map[string]Mark{}, versions: map[string]store.Version{}}
	if s == nil {
		return b, nil
	}
	for row, err := range s.Rows(ctx, rows, lessonKeys, "") {
		if err != nil {
			return nil, fmt.Errorf("read statuses and rules: %w", err)
		}
		if err := b.take(row); err != nil {
			return nil, fmt.Errorf("read statuses and rules: row %q: %w", row.Key, err)
		}
	}
	slices.SortFunc(b.Lessons, func(x, y Teaching) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(x.ID, y.ID)) })
	slices.SortFunc(b.Rules, func(x, y Rule) int { return cmp.Or(y.Created.Compare(x.Created), cmp.Compare(x.ID, y.ID)) })
	return b, nil
}

func (b *Book) take(row store.Row) error {
	b.versions[row.Key] = row.Version
	switch {
	case row.Key == secretKey:
		b.Secret = row.Data
	case strings.HasPrefix(row.Key, ruleKeys):
		var r Rule
		if err := json.Unmarshal(row.Data, &r); err != nil {
			return err
		}
		b.Rules = append(b.Rules, r)
	case strings.HasPrefix(row.Key, lessonKeys):
		t, err := readTeaching(row)
		if err != nil {
			return err
		}
		b.Lessons = append(b.Lessons, t)
	case strings.HasPrefix(row.Key, statusKeys):
		var m Mark
		if err := json.Unmarshal(row.Data, &m); err != nil {
			return err
		}
		b.marks[row.Key] = m
	}
	return nil
}

// Status is what counts for an alert: the later of the marks on itself and on its incident; Open if there is none. An
// incident that was closed is open again for an alert that began after it was marked.
func (b *Book) Status(a detection.Alert) Mark {
	own := b.marks[Mark{Alert: a.ID}.key()]
	whole := b.marks[Mark{Incident: incidentOf(a)}.key()]
	if !whole.At.IsZero() && a.Seen.After(whole.At) {
		whole = Mark{}
	}
	m := later(own, whole)
	if m.State == "" {
		m.State = Open
	}
	return m
}

// Silencer is the first rule that silences an alert.
func (b *Book) Silencer(a detection.Alert, now time.Time) (Rule, bool) {
	for _, r := range b.Rules {
		if r.Silences(a, now) {
			return r, true
		}
	}
	return Rule{}, false
}

// Rule finds a rule by its id.
func (b *Book) Rule(id string) (Rule, bool) {
	for _, r := range b.Rules {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

// Action is one line of the audit: who did what, when.
type Action struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	What string    `json:"what"`
	// About is the id of the alert, incident, rule or letter.
	About  string `json:"about"`
	Detail string `json:"detail,omitempty"`
}

// Actions lists the latest actions, newest first, at most limit.
func Actions(ctx context.Context, s store.Store, limit int) ([]Action, error) {
	var list []Action
	if s == nil {
		return nil, nil
	}
	for row, err := range s.Rows(ctx, rows, auditKeys, auditEnd) {
		if err != nil {
			return nil, fmt.Errorf("read the audit: %w", err)
		}
		if len(list) == limit {
			break
		}
		var a Action
		if err := json.Unmarshal(row.Data, &a); err != nil {
			return nil, fmt.Errorf("audit row %q: %w", row.Key, err)
		}
		list = append(list, a)
	}
	return list, nil
}

// Record writes an action that changes something outside the book.
func Record(ctx context.Context, s store.Store, a Action) error {
	w, err := a.write()
	if err != nil {
		return err
	}
	if err := s.Commit(ctx, rows, []store.Write{w}); err != nil {
		return fmt.Errorf("write the audit row: %w", err)
	}
	return nil
}

func (a Action) write() (store.Write, error) {
	data, err := json.Marshal(a)
	key := fmt.Sprintf("%s%019d/%s", auditKeys, math.MaxInt64-a.At.UnixNano(), rand.Text())
	return store.Write{Key: key, Data: data, If: store.Any}, err
}

// Set writes a decision, what it teaches and takes back, and its audit row. The book is the one that it was decided by.
func Set(ctx context.Context, s store.Store, b *Book, d Decision) error {
	m := d.Mark
	if err := m.Check(); err != nil {
		return err
	}
	detail := m.Note
	if m.Cause != "" {
		detail = string(m.Cause) + ": " + m.Note
	}
	lessons, err := d.writes(b)
	if err != nil {
		return err
	}
	for ; len(lessons) > store.MaxWrites-2; lessons = lessons[store.MaxWrites-2:] { // of a large incident that teaches no more
		if err := s.Commit(ctx, rows, lessons[:store.MaxWrites-2]); err != nil {
			return fmt.Errorf("take lessons back: %w", err)
		}
	}
	return commit(ctx, s, m.key(), m, store.Any, Action{m.At, m.By, "marked " + string(m.State), m.target(), detail}, lessons...)
}

// Add writes a new rule and its audit row. The rule gets an id.
func Add(ctx context.Context, s store.Store, r Rule) (Rule, error) {
	if err := r.Check(); err != nil {
		return r, err
	}
	r.ID = strings.ToLower(rand.Text()[:16])
	return r, commit(ctx, s, ruleKeys+r.ID, r, store.Absent, Action{r.Created, r.By, "added a suppression rule", r.ID, r.Name + ": " + r.Reason})
}

// ErrNoRule says that a rule to end is not there, or has ended.
var ErrNoRule = errors.New("there is no such rule in force")

// End ends a rule before it expires, with its audit row.
func End(ctx context.Context, s store.Store, id, by string, now time.Time) error {
	b, err := Load(ctx, s)
	if err != nil {
		return err
	}
	r, ok := b.Rule(id)
	if !ok || !r.InForce(now) {
		return ErrNoRule
	}
	r.Ended, r.EndedBy = now, by
	return commit(ctx, s, ruleKeys+r.ID, r, b.versions[ruleKeys+r.ID], Action{now, by, "ended a suppression rule", r.ID, r.Name})
}

func commit(ctx context.Context, s store.Store, key string, v any, condition store.Version, a Action, more ...store.Write) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	line, err := a.write()
	if err != nil {
		return err
	}
	if err := s.Commit(ctx, rows, append(more, store.Write{Key: key, Data: data, If: condition}, line)); err != nil {
		return fmt.Errorf("write %s: %w", a.What, err)
	}
	return nil
}

// Secret makes the key of the form tokens, if no process did before, and returns it.
func Secret(ctx context.Context, s store.Store) ([]byte, error) {
	fresh := []byte(rand.Text() + rand.Text())
	err := s.Commit(ctx, rows, []store.Write{{Key: secretKey, Data: fresh, If: store.Absent}})
	if err == nil {
		return fresh, nil
	}
	b, loadErr := Load(ctx, s)
	if loadErr != nil || len(b.Secret) == 0 {
		return nil, fmt.Errorf("make the key of form tokens: %w", errors.Join(err, loadErr))
	}
	return b.Secret, nil
}
