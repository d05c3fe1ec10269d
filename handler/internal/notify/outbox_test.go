package notify_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
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

func openStore(t *testing.T) store.Store {
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

func TestTheLifeOfAnIncident(t *testing.T) {
	s, mail, feed := openStore(t), &way{name: "mail"}, &way{name: "feed"}
	o := openOutbox(t, s, "one", mail, feed)
	now := notifytest.Noon()
	put(t, o, now, alert("a", "i", detection.Medium))
	drain(t, o, now)
	drain(t, o, now.Add(time.Minute))
	put(t, o, now.Add(2*time.Minute), alert("b", "i", detection.Medium))
	drain(t, o, now.Add(2*time.Minute))
	put(t, o, now.Add(3*time.Minute), alert("c", "i", detection.High))
	drain(t, o, now.Add(3*time.Minute))
	put(t, o, now.Add(4*time.Minute), alert("d", "i", detection.High))
	r := drain(t, o, now.Add(4*time.Minute))
	if got := r.Channels[0].Waiting; got != 1 {
		t.Errorf("%d alerts wait for the digest, want 1", got)
	}
	drain(t, o, now.AddDate(0, 0, 1))
	drain(t, o, now.AddDate(0, 0, 2))
	want(t, mail, "incident a", "escalation a b c", "digest d")
	want(t, feed, "feed a", "feed b", "feed c", "feed d")
	drain(t, o, now.AddDate(0, 0, 3))
	if n := rows(t, s, "alert:") + rows(t, s, "mark:"); n != 0 {
		t.Errorf("%d rows are left of what is long over", n)
	}
	drain(t, o, now.AddDate(0, 0, 60))
	if n := rows(t, s, ""); n != 0 {
		t.Errorf("%d rows are left after two months", n)
	}
}

func TestPutAgainChangesNothing(t *testing.T) {
	mail := &way{name: "mail"}
	o := openOutbox(t, openStore(t), "one", mail)
	now := notifytest.Noon()
	for day := range 10 { // long after the alert itself is forgotten
		put(t, o, now.AddDate(0, 0, day), alert("a", "i", detection.Medium))
		drain(t, o, now.AddDate(0, 0, day))
	}
	want(t, mail, "incident a")
}

// The same alert, grown: while it waits it is told as it is now; when it became more severe it is told once more, even
// after it was forgotten; and an older form of it, raised again after a crash, changes nothing.
func TestAnAlertThatGrows(t *testing.T) {
	mail, feed := &way{name: "mail"}, &way{name: "feed"}
	s := openStore(t)
	o := openOutbox(t, s, "one", mail, feed)
	now := notifytest.Noon()
	form := func(severity detection.Severity, minutes int) detection.Alert {
		return alert("a", "i", severity, func(a *detection.Alert) { a.End = a.Start.Add(time.Duration(minutes) * time.Minute) })
	}
	early := form(detection.Medium, 9)
	early.Early = true
	put(t, o, now, early)
	put(t, o, now, form(detection.Medium, 3)) // confirmed, by fewer records
	put(t, o, now, form(detection.Medium, 5))
	put(t, o, now, form(detection.Low, 1)) // raised again from its first record on
	put(t, o, now, early)
	drain(t, o, now)
	if got := mail.got[0].Alerts()[0]; got.Early || !got.End.Equal(form(0, 5).End) || got.Severity != detection.Medium {
		t.Errorf("told the alert as of %v, early %v, %v; want its latest form", got.End, got.Early, got.Severity)
	}
	for range 2 {
		put(t, o, now, form(detection.High, 6))
		drain(t, o, now.Add(time.Minute))
		put(t, o, now, form(detection.Medium, 5))
		drain(t, o, now.Add(2*time.Minute))
	}
	want(t, mail, "incident a", "escalation a")
	want(t, feed, "feed a", "feed a")

	put(t, o, now, alert("b", "j", detection.Medium))
	drain(t, o, now)
	drain(t, o, now.AddDate(0, 0, 4))
	if n := rows(t, s, "alert:"); n != 0 {
		t.Fatalf("%d alerts are not forgotten yet", n)
	}
	put(t, o, now.AddDate(0, 0, 4), alert("b", "j", detection.High))
	drain(t, o, now.AddDate(0, 0, 4))
	drain(t, o, now.AddDate(0, 0, 5))
	want(t, mail, "incident a", "escalation a", "incident b", "incident b")
}

func TestAnAbsurdClockIsToldToo(t *testing.T) {
	mail := &way{name: "mail"}
	o := openOutbox(t, openStore(t), "one", mail)
	now := notifytest.Noon()
	for id, year := range map[string]int{"past": 1970, "future": 2100} {
		a := alert(id, id, detection.Medium)
		a.Time = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		put(t, o, now, a)
		put(t, o, now, a)
	}
	drain(t, o, now)
	drain(t, o, now.Add(time.Minute))
	want(t, mail, "incident future", "incident past")
}

func TestAChannelThatIsDownHoldsNobodyUp(t *testing.T) {
	down := true
	mail, hook := &way{name: "mail"}, &way{name: "hook", answer: func(notify.Message) error {
		if down {
			return &notify.Failure{Retry: true, After: 5 * time.Minute, Err: errors.New("503")}
		}
		return nil
	}}
	s := openStore(t)
	o := openOutbox(t, s, "one", mail, hook)
	now := notifytest.Noon()
	put(t, o, now, alert("a", "i", detection.Medium), alert("b", "j", detection.Medium))
	r := drain(t, o, now)
	want(t, mail, "incident a", "incident b")
	if c := r.Channels[1]; c.Waiting != 2 || !c.Until.Equal(now.Add(5*time.Minute)) || c.Error == "" {
		t.Errorf("report %+v", c)
	}
	down = false
	drain(t, o, now.Add(4*time.Minute))
	want(t, hook)
	r = drain(t, o, now.Add(5*time.Minute))
	want(t, hook, "incident a", "incident b")
	want(t, mail, "incident a", "incident b")
	if c := r.Channels[1]; c.Waiting != 0 || c.Error != "" || rows(t, s, "channel:") != 0 {
		t.Errorf("after recovery: %+v", c)
	}
}

func TestPausesGrowToABound(t *testing.T) {
	hook := &way{name: "hook", answer: func(notify.Message) error { return notify.Later(errors.New("down")) }}
	o := openOutbox(t, openStore(t), "one", hook)
	now := notifytest.Noon()
	put(t, o, now, alert("a", "i", detection.Medium))
	var pauses []time.Duration
	for range 7 {
		until := drain(t, o, now).Channels[0].Until
		pauses = append(pauses, until.Sub(now))
		now = until
	}
	minutes := []time.Duration{1, 2, 4, 8, 15, 15, 15}
	for i, p := range pauses {
		if p != minutes[i]*time.Minute {
			t.Errorf("pauses %v, want %v minutes", pauses, minutes)
			break
		}
	}
}

func TestARefusedMessageIsReportedAndTriedAgain(t *testing.T) {
	refuse := true
	mail := &way{name: "mail", answer: func(m notify.Message) error {
		if refuse && m.Incidents[0].ID == "bad" {
			return notify.Refused(errors.New("400 bad content"))
		}
		return nil
	}}
	o := openOutbox(t, openStore(t), "one", mail)
	now := notifytest.Noon()
	put(t, o, now, alert("a", "bad", detection.High), alert("b", "good", detection.Medium))
	r := drain(t, o, now)
	want(t, mail, "incident b")
	if c := r.Channels[0]; c.Refused != 1 || c.Sent != 1 || c.Waiting != 1 || !strings.Contains(c.Error, "400 bad content") {
		t.Errorf("report %+v", c)
	}
	refuse = false
	drain(t, o, now.Add(59*time.Minute))
	want(t, mail, "incident b")
	drain(t, o, now.Add(time.Hour))
	want(t, mail, "incident b", "incident a")
}

func TestAFeedRefusedForOneAlertDeliversTheOthers(t *testing.T) {
	feed := &way{name: "feed", answer: func(m notify.Message) error {
		for _, a := range m.Alerts() {
			if a.ID == "bad" {
				return notify.Refused(errors.New("400"))
			}
		}
		return nil
	}}
	o := openOutbox(t, openStore(t), "one", feed)
	now := notifytest.Noon()
	put(t, o, now, alert("a", "i", detection.Medium), alert("bad", "j", detection.Medium), alert("c", "k", detection.Medium))
	drain(t, o, now)
	drain(t, o, now.Add(time.Hour))
	want(t, feed, "feed a", "feed c")
	r := drain(t, o, now.AddDate(0, 0, 31))
	if r.Forgotten != 1 {
		t.Errorf("%d alerts given up, want the bad one, and said so", r.Forgotten)
	}
}

func TestAPanicOfAChannelIsItsFailure(t *testing.T) {
	mail := &way{name: "mail", answer: func(notify.Message) error { panic("bug") }}
	o := openOutbox(t, openStore(t), "one", mail)
	put(t, o, notifytest.Noon(), alert("a", "i", detection.Medium))
	if r := drain(t, o, notifytest.Noon()); !strings.Contains(r.Channels[0].Error, "bug") {
		t.Errorf("report %+v", r.Channels[0])
	}
}

func TestOneInstanceDrainsAtATime(t *testing.T) {
	s := openStore(t)
	var second *notify.Outbox
	now := notifytest.Noon()
	busy := false
	mail := &way{name: "mail", answer: func(notify.Message) error {
		r, err := second.Drain(t.Context(), now)
		busy = r.Busy
		return err
	}}
	first := openOutbox(t, s, "one", mail)
	second = openOutbox(t, s, "two", mail)
	put(t, first, now, alert("a", "i", detection.Medium))
	drain(t, first, now)
	if !busy {
		t.Error("a second instance drained beside the first")
	}
	want(t, mail, "incident a")
	if r := drain(t, second, now); r.Busy {
		t.Error("the lease was not given back")
	}
}

func TestADeadInstancesLeaseEnds(t *testing.T) {
	s, mail := openStore(t), &way{name: "mail"}
	now := notifytest.Noon()
	// Dies in the drain: every call after taking the lease fails, giving it back included.
	dying := openOutbox(t, storetest.Faulty(s, storetest.Faults{Plan: func(c storetest.Call) storetest.Fault {
		if c.Number >= 2 {
			return storetest.FailBefore
		}
		return storetest.None
	}}), "one", mail)
	living := openOutbox(t, s, "two", mail)
	put(t, living, now, alert("a", "i", detection.Medium))
	if _, err := dying.Drain(t.Context(), now); err == nil {
		t.Fatal("the drain did not notice that its store is gone")
	}
	if r := drain(t, living, now.Add(time.Minute)); !r.Busy {
		t.Error("the lease ended with its holder perhaps still at work")
	}
	drain(t, living, now.Add(3*time.Minute))
	want(t, mail, "incident a")
}

func TestACrashBetweenSendAndMarkRepeats(t *testing.T) {
	s := openStore(t)
	now := notifytest.Noon()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	sent := false
	mail := &way{name: "mail", answer: func(notify.Message) error { sent = true; return nil }}
	dying := openOutbox(t, storetest.Faulty(s, storetest.Faults{Plan: func(storetest.Call) storetest.Fault {
		if sent {
			return storetest.FailBefore
		}
		return storetest.None
	}}), "one", mail)
	put(t, dying, now, alert("a", "i", detection.Medium))
	if _, err := dying.Drain(ctx, now); err == nil {
		t.Fatal("the drain did not notice that its mark was not written")
	}
	living := openOutbox(t, s, "two", mail)
	drain(t, living, now.Add(5*time.Minute))
	drain(t, living, now.Add(6*time.Minute))
	want(t, mail, "incident a", "incident a")
	if mail.got[0].ID() != mail.got[1].ID() {
		t.Error("the receiver cannot recognise the repetition")
	}
}

// Whatever the store and the channels do, every alert is told to every channel in the end, and a second time only
// where a mark was lost.
func TestSeededTroubleLosesNothing(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { trouble(t, seed) })
	}
}

func trouble(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	calm := openStore(t)
	shaky := storetest.Faulty(calm, storetest.Faults{Plan: storetest.Seeded(seed, 20), Pause: func(context.Context) {}})
	flaky := func() func(notify.Message) error {
		own := rand.New(rand.NewPCG(seed, random.Uint64()))
		return func(notify.Message) error {
			switch own.IntN(5) {
			case 0:
				return notify.Later(errors.New("busy"))
			case 1:
				return notify.Refused(errors.New("no"))
			}
			return nil
		}
	}
	mail, feed := &way{name: "mail", answer: flaky()}, &way{name: "feed", answer: flaky()}
	now := notifytest.Noon()
	outbox := openOutbox(t, shaky, "one", mail, feed)
	var ids []string
	for i := range 20 {
		id := fmt.Sprintf("a%d", i)
		ids = append(ids, id)
		a := alert(id, fmt.Sprintf("i%d", random.IntN(6)), detection.Severity(random.IntN(4)))
		for outbox.Put(t.Context(), now, []detection.Alert{a}) != nil {
			now = now.Add(time.Second)
		}
		_, _ = outbox.Drain(t.Context(), now) // may fail: the next one goes on
		now = now.Add(time.Minute)
	}
	mail.answer, feed.answer = nil, nil
	peace := openOutbox(t, calm, "two", mail, feed)
	for range 5 {
		now = now.AddDate(0, 0, 1)
		if _, err := peace.Drain(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range []*way{mail, feed} {
		all := strings.Join(w.kinds(), " ") + " "
		for _, id := range ids {
			if !strings.Contains(all, " "+id+" ") {
				t.Errorf("channel %s was never told of %s", w.name, id)
			}
		}
	}
}

func TestManyIncidentsInOneDigest(t *testing.T) {
	mail := &way{name: "mail"}
	s := openStore(t)
	o := openOutbox(t, s, "one", mail)
	now := notifytest.Noon()
	for i := range 250 { // more marks than one transaction holds
		put(t, o, now, alert(fmt.Sprintf("a%d", i), fmt.Sprintf("i%d", i), detection.Low))
	}
	drain(t, o, now.AddDate(0, 0, 1))
	drain(t, o, now.AddDate(0, 0, 1).Add(time.Hour))
	if len(mail.got) != 1 || len(mail.got[0].Alerts()) != 250 {
		t.Errorf("%d digests", len(mail.got))
	}
	drain(t, o, now.AddDate(0, 0, 5))
	if n := rows(t, s, "alert:") + rows(t, s, "mark:"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func TestAnAlertOfHostileObjectsFitsARow(t *testing.T) {
	feed := &way{name: "feed"}
	o := openOutbox(t, openStore(t), "one", feed)
	big := notifytest.Hostile().Incidents[0].Alerts[0]
	random := rand.New(rand.NewPCG(1, 2))
	for i := range big.Objects { // names that no compression makes smaller
		name := make([]rune, 1000)
		for j := range name {
			name[j] = rune(0x4e00 + random.IntN(0x5000))
		}
		big.Objects[i].Name = string(name)
	}
	put(t, o, notifytest.Noon(), big)
	drain(t, o, notifytest.Noon())
	got := feed.got[0].Alerts()[0]
	if len(got.Objects) == 0 || len(got.Objects)+got.MoreObjects != detection.MaxObjects {
		t.Errorf("%d objects and %d more, want %d in all", len(got.Objects), got.MoreObjects, detection.MaxObjects)
	}
}

func TestUnreadableRowsAreCountedAndHoldNobodyUp(t *testing.T) {
	s, mail := openStore(t), &way{name: "mail"}
	o := openOutbox(t, s, "one", mail)
	now := notifytest.Noon()
	err := s.Commit(t.Context(), "outbox", []store.Write{
		{Key: "alert:broken", Data: []byte{9, 9}}, {Key: "mark:mail:i", Data: []byte{1, 9}}, {Key: "channel:mail", Data: []byte{2}}, {Key: "lease", Data: []byte{7}},
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, o, now, alert("a", "other", detection.Medium))
	if r := drain(t, o, now); r.Unreadable != 3 {
		t.Errorf("%d unreadable rows, want 3", r.Unreadable)
	}
	want(t, mail, "incident a")
}

func TestAnOddIDKeepsItsRows(t *testing.T) {
	mail := &way{name: "mail"}
	s := openStore(t)
	o := openOutbox(t, s, "one", mail)
	now := notifytest.Noon()
	put(t, o, now, alert("a/b#?"+strings.Repeat("x", 300), "i:/\\", detection.Medium))
	drain(t, o, now)
	drain(t, o, now.Add(time.Minute))
	if len(mail.got) != 1 {
		t.Errorf("told %d times", len(mail.got))
	}
}

func TestNewOutboxRefusesWhatCannotWork(t *testing.T) {
	s := openStore(t)
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
