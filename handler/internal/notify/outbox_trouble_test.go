package notify_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
)

func aRefusedMessageIsReportedAndTriedAgain(t *testing.T, s store.Store) {
	refuse := true
	mail := &way{name: "mail", answer: func(m notify.Message) error {
		if refuse && m.Incidents[0].ID == "bad" {
			return notify.Refused(errors.New("400 bad content"))
		}
		return nil
	}}
	o := openOutbox(t, s, "one", mail)
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

func aFeedRefusedForOneAlertDeliversTheOthers(t *testing.T, s store.Store) {
	feed := &way{name: "feed", answer: func(m notify.Message) error {
		for _, a := range m.Alerts() {
			if a.ID == "bad" {
				return notify.Refused(errors.New("400"))
			}
		}
		return nil
	}}
	o := openOutbox(t, s, "one", feed)
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

func aPanicOfAChannelIsItsFailure(t *testing.T, s store.Store) {
	mail := &way{name: "mail", answer: func(notify.Message) error { panic("bug") }}
	o := openOutbox(t, s, "one", mail)
	put(t, o, notifytest.Noon(), alert("a", "i", detection.Medium))
	if r := drain(t, o, notifytest.Noon()); !strings.Contains(r.Channels[0].Error, "bug") {
		t.Errorf("report %+v", r.Channels[0])
	}
}

func oneInstanceDrainsAtATime(t *testing.T, s store.Store) {
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

// Four instances queue the same alerts and drain at the same time, with one clock: nobody hears of anything twice.
func instancesBesideEachOtherTellOnce(t *testing.T, s store.Store) {
	now, mail := notifytest.Noon(), &way{name: "mail"}
	var alerts []detection.Alert
	for i := range 12 {
		alerts = append(alerts, alert(fmt.Sprintf("a%d", i), fmt.Sprintf("i%d", i), detection.Medium))
	}
	var wait sync.WaitGroup
	for i := range 4 {
		o := openOutbox(t, s, fmt.Sprintf("instance-%d", i), mail)
		wait.Go(func() {
			for _, a := range alerts {
				if err := o.Put(t.Context(), now, []detection.Alert{a}); err != nil {
					t.Errorf("put %s: %v", a.ID, err)
				}
				if _, err := o.Drain(t.Context(), now); err != nil {
					t.Errorf("drain: %v", err)
				}
			}
		})
	}
	wait.Wait()
	drain(t, openOutbox(t, s, "the last", mail), now)
	told := map[string]int{}
	for _, line := range mail.kinds() {
		told[line]++
	}
	for _, a := range alerts {
		if n := told["incident "+a.ID]; n != 1 {
			t.Errorf("%s was told %d times", a.ID, n)
		}
	}
	if len(told) != len(alerts) {
		t.Errorf("told %v", told)
	}
}

func aDeadInstancesLeaseEnds(t *testing.T, s store.Store) {
	mail := &way{name: "mail"}
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

func aCrashBetweenSendAndMarkRepeats(t *testing.T, s store.Store) {
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
func trouble(t *testing.T, calm store.Store, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
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
