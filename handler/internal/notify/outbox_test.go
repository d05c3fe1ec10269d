package notify_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
)

// way is a channel that remembers what it was given.
type way struct {
	name string
	// answer says what becomes of a message; nil delivers everything.
	answer func(notify.Message) error

	mutex sync.Mutex
	got   []notify.Message
}

func (w *way) Name() string { return w.name }

func (w *way) Send(ctx context.Context, m notify.Message) error {
	if err := ctx.Err(); err != nil {
		return notify.Later(err)
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.answer != nil {
		if err := w.answer(m); err != nil {
			return err
		}
	}
	w.got = append(w.got, m)
	return nil
}

func (w *way) kinds() []string {
	lines := []string{}
	for _, m := range w.got {
		line := string(m.Kind)
		for _, a := range m.Alerts() {
			line += " " + a.ID
		}
		lines = append(lines, line)
	}
	return lines
}

// opener gives an empty store.
type opener func(t *testing.T) store.Store

func onFile(t *testing.T) store.Store {
	t.Helper()
	s, err := boltfile.Open(filepath.Join(t.TempDir(), "outbox.db"), boltfile.Options{NoSync: true})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}

// onTables gives another table of one Azurite each time.
func onTables(t *testing.T) opener {
	t.Helper()
	azure := azurite.Start(t)
	var number atomic.Int64
	return func(t *testing.T) store.Store {
		t.Helper()
		s, err := tables.Open(t.Context(), "", tables.Options{ConnectionString: azure, Table: fmt.Sprintf("outbox%d", number.Add(1))})
		if err != nil {
			t.Fatalf("open table: %v", err)
		}
		return s
	}
}

// What an outbox promises, it promises on every store.
func TestOutboxOnAFile(t *testing.T)  { keepsPromises(t, onFile, 30) }
func TestOutboxOnTables(t *testing.T) { keepsPromises(t, onTables(t), 6) }

func keepsPromises(t *testing.T, open opener, seeds uint64) {
	for _, p := range promises() {
		t.Run(p.name, func(t *testing.T) { p.hold(t, open(t)) })
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("trouble of seed ", seed, " loses nothing"), func(t *testing.T) { trouble(t, open(t), seed) })
	}
}

type promise struct {
	name string
	hold func(*testing.T, store.Store)
}

func promises() []promise {
	return []promise{
		{"the life of an incident", theLifeOfAnIncident},
		{"put again changes nothing", putAgainChangesNothing},
		{"an alert that grows", anAlertThatGrows},
		{"an absurd clock is told too", anAbsurdClockIsToldToo},
		{"a channel that is down holds nobody up", aChannelThatIsDownHoldsNobodyUp},
		{"pauses grow to a bound", pausesGrowToABound},
		{"many incidents in one digest", manyIncidentsInOneDigest},
		{"an alert of hostile objects fits a row", anAlertOfHostileObjectsFitsARow},
		{"unreadable rows are counted and hold nobody up", unreadableRowsAreCountedAndHoldNobodyUp},
		{"an odd id keeps its rows", anOddIDKeepsItsRows},
		{"a refused message is reported and tried again", aRefusedMessageIsReportedAndTriedAgain},
		{"a feed refused for one alert delivers the others", aFeedRefusedForOneAlertDeliversTheOthers},
		{"a panic of a channel is its failure", aPanicOfAChannelIsItsFailure},
		{"one instance drains at a time", oneInstanceDrainsAtATime},
		{"instances beside each other tell once", instancesBesideEachOtherTellOnce},
		{"a dead instance's lease ends", aDeadInstancesLeaseEnds},
		{"a crash between send and mark repeats", aCrashBetweenSendAndMarkRepeats},
	}
}

func openOutbox(t *testing.T, s store.Store, owner string, ways ...*way) *notify.Outbox {
	t.Helper()
	c := notify.Config{Store: s, Owner: owner}
	for _, w := range ways {
		c.Routes = append(c.Routes, notify.Route{Channel: w, Settings: notify.Settings{Feed: w.name == "feed"}})
	}
	o, err := notify.NewOutbox(c)
	if err != nil {
		t.Fatalf("open outbox: %v", err)
	}
	return o
}

func put(t *testing.T, o *notify.Outbox, now time.Time, alerts ...detection.Alert) {
	t.Helper()
	if err := o.Put(t.Context(), now, alerts); err != nil {
		t.Fatalf("put: %v", err)
	}
}

func drain(t *testing.T, o *notify.Outbox, now time.Time) notify.Report {
	t.Helper()
	r, err := o.Drain(t.Context(), now)
	if err != nil {
		t.Fatalf("drain: %v", err)
	}
	return r
}

func rows(t *testing.T, s store.Store, prefix string) int {
	t.Helper()
	n := 0
	for r, err := range s.Rows(t.Context(), "outbox", "", "") {
		if err != nil {
			t.Fatalf("read rows: %v", err)
		}
		if strings.HasPrefix(r.Key, prefix) {
			n++
		}
	}
	return n
}

func want(t *testing.T, w *way, lines ...string) {
	t.Helper()
	if lines == nil {
		lines = []string{}
	}
	if diff := cmp.Diff(lines, w.kinds()); diff != "" {
		t.Errorf("channel %s was told (-want +got):\n%s", w.name, diff)
	}
}

func TestNewOutboxRefusesWhatCannotWork(t *testing.T) {
	s := onFile(t)
	for want, c := range map[string]notify.Config{
		"are required":   {Store: s},
		"use a-z":        {Store: s, Owner: "x", Routes: []notify.Route{{Channel: &way{name: "Mail:1"}}}},
		"two channels":   {Store: s, Owner: "x", Routes: []notify.Route{{Channel: &way{name: "m"}}, {Channel: &way{name: "m"}}}},
		"must be 0 to 2": {Store: s, Owner: "x", Routes: []notify.Route{{Channel: &way{name: "m"}, Settings: notify.Settings{DigestHour: 24}}}},
	} {
		if _, err := notify.NewOutbox(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewOutbox = %v, want an error with %q", err, want)
		}
	}
}
