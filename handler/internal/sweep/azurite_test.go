package sweep_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/notifytest"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/smtp"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/webhook"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
)

// openTables opens a table of an Azurite of the test's own.
func openTables(t *testing.T) store.Store {
	t.Helper()
	s, err := tables.Open(t.Context(), "", tables.Options{ConnectionString: azurite.Start(t)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A process that dies after a mail and a webhook were accepted, and before it could mark that, repeats them when its
// lease is over: the receiver knows the repetition by its id, and nothing comes a third time.
func TestCrashBetweenSendAndMark(t *testing.T) {
	box, post := newInbox(t), notifytest.StartMail(t, false)
	hook, err := webhook.New(webhook.Config{URL: box.URL})
	if err != nil {
		t.Fatal(err)
	}
	mail, err := smtp.New(smtp.Config{Host: post.Host, Port: post.Port, User: post.User, Password: post.Password, TLS: post.Trust,
		From: "vaultwatch@contoso.example", To: []string{"soc@contoso.example"}})
	if err != nil {
		t.Fatal(err)
	}
	calm := openTables(t)
	dying := storetest.Faulty(calm, storetest.Faults{Plan: func(storetest.Call) storetest.Fault {
		if len(box.told()) > 0 || len(post.Mails()) > 0 {
			return storetest.FailBefore // dead once one of them has it
		}
		return storetest.None
	}})
	now := notifytest.Noon()
	drain := func(s store.Store, owner string) error {
		outbox, err := notify.NewOutbox(notify.Config{Store: s, Owner: owner, Routes: []notify.Route{{Channel: hook}, {Channel: mail}}})
		if err != nil {
			t.Fatal(err)
		}
		if owner == "dying" {
			if err := outbox.Put(t.Context(), now, notifytest.Incident().Alerts); err != nil {
				t.Fatal(err)
			}
		}
		_, err = outbox.Drain(t.Context(), now)
		return err
	}
	if drain(dying, "dying") == nil {
		t.Fatal("the process did not die")
	}
	for range 5 {
		now = now.Add(time.Minute)
		if err := drain(calm, "living"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(box.bodies); n != 2 || box.bodies[0].ID != box.bodies[1].ID {
		t.Errorf("the webhook was called %d times, want twice with one id", n)
	}
	mails := post.Mails()
	if len(mails) != 2 || messageID(mails[0]) == "" || messageID(mails[0]) != messageID(mails[1]) {
		t.Errorf("%d mails arrived, want two with one id", len(mails))
	}
}

func messageID(mail string) string {
	for line := range strings.Lines(mail) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "Message-ID") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
