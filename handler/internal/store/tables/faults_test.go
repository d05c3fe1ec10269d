package tables_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
)

// The ledger holds over a network that does anything to any request, in seeded schedules.
func TestLedgerOverABadNetwork(t *testing.T) {
	p, faulty, direct := behindProxy(t)
	seen := map[mishap]int{}
	for seed := range uint64(6) {
		faulty.Table, direct.Table = fmt.Sprintf("ledger%d", seed), fmt.Sprintf("ledger%d", seed)
		calm := open(t, "", direct)
		s := open(t, "", faulty)
		p.suffer(seeded(seed, 40))
		storetest.Ledger(t, s, calm, storetest.Load{Writers: 3, Entries: 5})
		p.addSeen(seen)
		p.suffer(nil)
	}
	for what := fine; what < mishaps; what++ {
		if seen[what] == 0 {
			t.Errorf("mishap %d never happened: %v", what, seen)
		}
	}
}

// Throttling that passes changes no promise. (Busy is another matter: see TestOneMishap.)
func TestConformanceWhileThrottled(t *testing.T) {
	p, options, _ := behindProxy(t)
	options.Retry.MaxRetries = 20 // at 40 percent, nobody is that unlucky
	p.suffer(func(number int, _ *http.Request) mishap {
		if rand.New(rand.NewPCG(1, uint64(number))).IntN(100) < 40 {
			return throttled
		}
		return fine
	})
	storetest.Run(t, fresh("", options))
}

// Each mishap of one transaction: what Commit reports, whether the row is there, and how often it was sent.
func TestOneMishap(t *testing.T) {
	p, options, direct := behindProxy(t)
	success, unsure := error(nil), errors.New("neither a conflict nor a success")
	for what, c := range map[mishap]struct {
		reported error
		written  bool
		sent     int
	}{
		fine:         {success, true, 1},
		lostRequest:  {unsure, false, 1},
		lostAnswer:   {unsure, true, 1},
		cutAnswer:    {unsure, true, 1},
		sentTwice:    {success, true, 1},
		answerTwice:  {success, true, 1},
		throttled:    {success, true, 2},
		busy:         {success, true, 2},
		busyAfter:    {unsure, true, 2}, // the second try finds the row of the first
		timeoutAfter: {unsure, true, 1},
		invented:     {store.ErrConflict, false, 1},
	} {
		t.Run(fmt.Sprint(what), func(t *testing.T) {
			options.Table = fmt.Sprintf("mishap%d", what)
			direct.Table = options.Table
			s, calm := open(t, "", options), open(t, "", direct)
			p.suffer(transactions(what))
			err := s.Commit(context.Background(), "p", []store.Write{{Key: "k", Data: []byte("v"), If: store.Absent}})
			sent := p.count()
			switch {
			case c.reported == unsure && (err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrTooLarge)),
				c.reported != unsure && !errors.Is(err, c.reported):
				t.Errorf("reported %v, want %v", err, c.reported)
			}
			if rows := keys(t, calm, "p"); (len(rows) == 1) != c.written {
				t.Errorf("rows %q, written should be %v", rows, c.written)
			}
			if sent != c.sent {
				t.Errorf("sent %d times, want %d", sent, c.sent)
			}
			if got := s.Counts().Commits; got != int64(c.sent) {
				t.Errorf("counted %d transactions, want %d", got, c.sent)
			}
		})
	}
}

// An answer that comes twice on a connection may be taken for the answer to the next request. A commit that got a stray
// answer is no success, and a read asks again.
func TestStrayAnswers(t *testing.T) {
	stray := &strayTransport{}
	s := open(t, "", tables.Options{ConnectionString: azurite.Start(t), Transport: stray})
	insert := func(key string) error {
		return s.Commit(context.Background(), "p", []store.Write{{Key: key, If: store.Absent}})
	}
	if err := insert("first"); err != nil {
		t.Fatal(err)
	}
	stray.next = true
	if err := insert("second"); err == nil || errors.Is(err, store.ErrConflict) {
		t.Errorf("a commit that was answered with another's answer: %v, want an error that is no conflict", err)
	}
	if got := keys(t, s, "p"); len(got) != 1 {
		t.Fatalf("rows %q, want the first", got)
	}
	if err := insert("third"); err != nil {
		t.Fatal(err)
	}
	stray.last, stray.next = stray.lastRead, true
	if got := keys(t, s, "p"); len(got) != 2 {
		t.Errorf("a read took another's answer: %q, want two rows", got)
	}
}

// strayTransport answers the next request with the last answer once more, without sending the request.
type strayTransport struct {
	last, lastRead []byte
	next           bool
}

func (s *strayTransport) Do(r *http.Request) (*http.Response, error) {
	if s.next {
		s.next = false
		return http.ReadResponse(bufio.NewReader(bytes.NewReader(s.last)), r)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	echo(r, response.Header)
	s.last, err = httputil.DumpResponse(response, true)
	if r.Method == http.MethodGet {
		s.lastRead = s.last
	}
	return response, err
}

// Throttling without end is an error in the end, and says what it is.
func TestThrottledWithoutEnd(t *testing.T) {
	p, options, _ := behindProxy(t)
	s := open(t, "", options)
	for _, what := range []mishap{throttled, busy} {
		p.suffer(func(int, *http.Request) mishap { return what })
		err := s.Commit(context.Background(), "p", []store.Write{{Key: "k", If: store.Any}})
		if err == nil || !strings.Contains(err.Error(), "throttling") {
			t.Errorf("commit: %v, want words on throttling", err)
		}
		if p.count() != 4 {
			t.Errorf("%d tries, want azcore's four", p.count())
		}
		if _, err := read(s, "p"); err == nil || !strings.Contains(err.Error(), "throttling") {
			t.Errorf("read: %v, want words on throttling", err)
		}
	}
}

// A page that never comes ends the sequence with an error after the rows of the pages before it.
func TestScanFailsInTheMiddle(t *testing.T) {
	p, options, _ := behindProxy(t)
	s := open(t, "", options)
	for chunk := range 11 {
		var writes []store.Write
		for i := range store.MaxWrites {
			writes = append(writes, store.Write{Key: fmt.Sprintf("%02d/%03d", chunk, i), If: store.Absent})
		}
		if err := s.Commit(context.Background(), "p", writes); err != nil {
			t.Fatal(err)
		}
	}
	for what, wantError := range map[mishap]bool{cutAnswer: true, lostAnswer: true, throttled: true, fine: false} {
		p.suffer(func(number int, _ *http.Request) mishap {
			if number == 0 {
				return fine
			}
			return what
		})
		rows, err := read(s, "p")
		if (err != nil) != wantError {
			t.Errorf("mishap %d on the second page: error %v", what, err)
		}
		if wantRows := map[bool]int{true: 1000, false: 1100}[wantError]; len(rows) != wantRows {
			t.Errorf("mishap %d on the second page: %d rows, want %d", what, len(rows), wantRows)
		}
	}
	p.suffer(func(number int, _ *http.Request) mishap { return []mishap{cutAnswer, fine}[number%2] })
	if rows, err := read(s, "p"); err != nil || len(rows) != 1100 {
		t.Errorf("a page cut once: %d rows and %v, want it read again", len(rows), err)
	}
}

// A commit whose context ends while the service has it gives the context's error at once.
func TestContextEndsDuringACommit(t *testing.T) {
	p, options, _ := behindProxy(t)
	s := open(t, "", options)
	ctx, cancel := context.WithCancel(context.Background())
	p.suffer(func(int, *http.Request) mishap {
		cancel()
		return throttled // were the context not heeded, the next tries would succeed
	})
	err := s.Commit(ctx, "p", []store.Write{{Key: "k", If: store.Absent}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if p.count() != 1 {
		t.Errorf("%d tries, want one", p.count())
	}
}

// Without a connection nothing was sent, so a commit tries again until one is there.
func TestRefusedConnections(t *testing.T) {
	connection := azurite.Start(t)
	var refusals atomic.Int32
	dialer := &net.Dialer{}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if refusals.Add(-1) >= 0 {
				return dialer.DialContext(ctx, network, "127.0.0.1:1") // nobody listens there
			}
			return dialer.DialContext(ctx, network, address)
		},
	}
	options := tables.Options{ConnectionString: connection, Transport: &http.Client{Transport: transport}}
	options.Retry.RetryDelay = 1
	s := open(t, "", options)
	refusals.Store(2)
	if err := s.Commit(context.Background(), "p", []store.Write{{Key: "k", If: store.Absent}}); err != nil {
		t.Errorf("two refusals, then a connection: %v", err)
	}
	refusals.Store(1000)
	err := s.Commit(context.Background(), "p", []store.Write{{Key: "k2", If: store.Absent}})
	if err == nil || errors.Is(err, store.ErrConflict) {
		t.Errorf("refused without end: %v, want an error that is no conflict", err)
	}
	refusals.Store(0)
	if got := keys(t, s, "p"); len(got) != 1 {
		t.Errorf("rows %q, want one", got)
	}
}

func read(s store.Store, partition string) (rows []store.Row, err error) {
	for row, err := range s.Rows(context.Background(), partition, "", "") {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func keys(t *testing.T, s store.Store, partition string) (out []string) {
	t.Helper()
	rows, err := read(s, partition)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		out = append(out, row.Key)
	}
	return out
}
