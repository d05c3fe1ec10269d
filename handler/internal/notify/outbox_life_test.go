package notify_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

func theLifeOfAnIncident(t *testing.T, s store.Store) {
	mail, feed := &way{name: "mail"}, &way{name: "feed"}
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

func putAgainChangesNothing(t *testing.T, s store.Store) {
	mail := &way{name: "mail"}
	o := openOutbox(t, s, "one", mail)
	now := notifytest.Noon()
	for day := range 10 { // long after the alert itself is forgotten
		put(t, o, now.AddDate(0, 0, day), alert("a", "i", detection.Medium))
		drain(t, o, now.AddDate(0, 0, day))
	}
	want(t, mail, "incident a")
}

// The same alert, grown: while it waits it is told as it is now; when it became more severe it is told once more, even
// after it was forgotten; and an older form of it, raised again after a crash, changes nothing.
func anAlertThatGrows(t *testing.T, s store.Store) {
	mail, feed := &way{name: "mail"}, &way{name: "feed"}
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

func anAbsurdClockIsToldToo(t *testing.T, s store.Store) {
	mail := &way{name: "mail"}
	o := openOutbox(t, s, "one", mail)
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

func aChannelThatIsDownHoldsNobodyUp(t *testing.T, s store.Store) {
	down := true
	mail, hook := &way{name: "mail"}, &way{name: "hook", answer: func(notify.Message) error {
		if down {
			return &notify.Failure{Retry: true, After: 5 * time.Minute, Err: errors.New("503")}
		}
		return nil
	}}
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

func pausesGrowToABound(t *testing.T, s store.Store) {
	hook := &way{name: "hook", answer: func(notify.Message) error { return notify.Later(errors.New("down")) }}
	o := openOutbox(t, s, "one", hook)
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

func manyIncidentsInOneDigest(t *testing.T, s store.Store) {
	mail := &way{name: "mail"}
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

func anAlertOfHostileObjectsFitsARow(t *testing.T, s store.Store) {
	feed := &way{name: "feed"}
	o := openOutbox(t, s, "one", feed)
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

func unreadableRowsAreCountedAndHoldNobodyUp(t *testing.T, s store.Store) {
	mail := &way{name: "mail"}
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

func anOddIDKeepsItsRows(t *testing.T, s store.Store) {
	mail := &way{name: "mail"}
	o := openOutbox(t, s, "one", mail)
	now := notifytest.Noon()
	put(t, o, now, alert("a/b#?"+strings.Repeat("x", 300), "i:/\\", detection.Medium))
	drain(t, o, now)
	drain(t, o, now.Add(time.Minute))
	if len(mail.got) != 1 {
		t.Errorf("told %d times", len(mail.got))
	}
}
