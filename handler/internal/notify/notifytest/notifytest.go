// Package notifytest holds every channel to the promises of notify.Channel, and has the other sides to do it with: a
// real HTTP server and a real mail server on this machine.
//
// It refuses mocks: a channel is judged by what arrives on the other side of a socket.
//
// Start reading at [Run].
package notifytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// Mood is how the other side treats deliveries.
type Mood int

// The moods. Silent takes a delivery and never answers it.
const (
	Friendly Mood = iota
	Busy
	Refusing
	HangingUp
	Silent
)

// Rig is a channel and its other side.
type Rig struct {
	Channel notify.Channel
	// Secrets are texts that no error may contain.
	Secrets []string
	// SetMood changes how later deliveries are treated.
	SetMood func(Mood)
	// Arrived gets one element for each delivery that a Silent side has taken.
	Arrived <-chan struct{}
	// Delivered is everything accepted so far, as text.
	Delivered func() []string
	// Readable is true if what arrives is meant for eyes, and so must hold no trick at all; else it is data for a
	// program, which gets the alert's texts as they are, safely encoded. Where the other side shows a text as plain
	// text, Delivered has it escaped as HTML.
	Readable bool
}

// Run tests a channel. Start gives a fresh rig for each test; moods that the other side cannot have are skipped by
// leaving SetMood nil.
func Run(t *testing.T, start func(t *testing.T) Rig) {
	t.Run("delivers every kind of message", func(t *testing.T) { kinds(t, start(t)) })
	t.Run("keeps hostile text as text", func(t *testing.T) { hostile(t, start(t)) })
	t.Run("sends from several goroutines", func(t *testing.T) { concurrent(t, start(t)) })
	t.Run("has a name that marks can be kept under", func(t *testing.T) {
		if err := notify.CheckName(start(t).Channel.Name()); err != nil {
			t.Error(err)
		}
	})
	t.Run("does not send once its time is over", func(t *testing.T) { cancelled(t, start(t)) })
	t.Run("tells a busy side from a refusing one", func(t *testing.T) { moods(t, start(t)) })
	t.Run("lets go of a silent side", func(t *testing.T) { silent(t, start(t)) })
}

func kinds(t *testing.T, rig Rig) {
	for i, m := range Messages() {
		if err := rig.Channel.Send(t.Context(), m); err != nil {
			t.Fatalf("send %s: %v", m.Kind, err)
		}
		if got := len(rig.Delivered()); got <= i {
			t.Fatalf("after %d messages, %d were delivered", i+1, got)
		}
	}
	all := strings.Join(rig.Delivered(), "\n")
	for _, want := range []string{"kv-payments", "28 distinct secrets", "secrets/db-password", "Rotate every secret", "203.0.113.7", "mia@contoso.example"} {
		if !strings.Contains(all, want) {
			t.Errorf("what arrived does not say %q", want)
		}
	}
}

func hostile(t *testing.T, rig Rig) {
	if err := rig.Channel.Send(t.Context(), Hostile()); err != nil {
		t.Fatalf("send: %v", err)
	}
	text := strings.Join(rig.Delivered(), "\n")
	if text == "" {
		t.Fatal("nothing arrived")
	}
	if !rig.Readable {
		return
	}
	for _, r := range text {
		if unicode.Is(unicode.Cc, r) && r != '\n' && r != '\r' && r != '\t' || unicode.Is(unicode.Cf, r) || r == '\u2028' {
			t.Errorf("%U arrived as it is", r)
			break
		}
	}
	for _, trick := range []string{"<script", "<img", "\nBcc:", "\rBcc:", "https://evil.example", "<!channel>"} {
		if strings.Contains(text, trick) {
			t.Errorf("%q arrived as it is", trick)
		}
	}
}

func concurrent(t *testing.T, rig Rig) {
	const senders = 8
	var wait sync.WaitGroup
	for i := range senders {
		wait.Go(func() {
			a := Alert(fmt.Sprintf("alert-of-sender-%d", i))
			a.Incident, a.Reasons = a.ID, []string{fmt.Sprintf("This is the reason of sender %d.", i)}
			m := notify.Message{Kind: notify.Opened, Incidents: notify.Group([]detection.Alert{a})}
			if err := rig.Channel.Send(t.Context(), m); err != nil {
				t.Errorf("sender %d: %v", i, err)
			}
		})
	}
	wait.Wait()
	all := strings.Join(rig.Delivered(), "\n")
	for i := range senders {
		if !strings.Contains(all, fmt.Sprintf("This is the reason of sender %d.", i)) {
			t.Errorf("the message of sender %d did not arrive as it was", i)
		}
	}
}

func cancelled(t *testing.T, rig Rig) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantFailure(t, rig, rig.Channel.Send(ctx, Messages()[0]), true)
	if got := rig.Delivered(); len(got) > 0 {
		t.Errorf("%d messages arrived although the context was over", len(got))
	}
}

func moods(t *testing.T, rig Rig) {
	if rig.SetMood == nil {
		t.Skip("this side has no moods")
	}
	for mood, retry := range map[Mood]bool{Busy: true, Refusing: false, HangingUp: true} {
		rig.SetMood(mood)
		wantFailure(t, rig, rig.Channel.Send(t.Context(), Messages()[0]), retry)
		if got := rig.Delivered(); len(got) > 0 {
			t.Errorf("mood %d: %d messages arrived", mood, len(got))
		}
	}
	rig.SetMood(Friendly)
	if err := rig.Channel.Send(t.Context(), Messages()[0]); err != nil || len(rig.Delivered()) == 0 {
		t.Errorf("after the trouble: delivered %d, error %v", len(rig.Delivered()), err)
	}
}

func silent(t *testing.T, rig Rig) {
	if rig.Arrived == nil {
		t.Skip("this side always answers")
	}
	rig.SetMood(Silent)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- rig.Channel.Send(ctx, Messages()[0]) }()
	<-rig.Arrived
	cancel()
	wantFailure(t, rig, <-result, true)
}

func wantFailure(t *testing.T, rig Rig, err error, retry bool) {
	t.Helper()
	var f *notify.Failure
	if !errors.As(err, &f) {
		t.Errorf("error %v (%T) is no *notify.Failure", err, err)
		return
	}
	if f.Retry != retry {
		t.Errorf("failure %v: Retry = %v, want %v", f, f.Retry, retry)
	}
	for _, s := range rig.Secrets {
		if strings.Contains(err.Error(), s) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
}
