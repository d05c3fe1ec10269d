package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
)

var races = flag.Int("races", 1, "how many seeds of the race of processes to run; a hundred take half an hour")

// In a race, four processes keep and judge what eight stream partitions bring.
const (
	racers     = 4
	partitions = 8
)

// Four processes on one table, killed at random in the midst of keeping, judging and telling: alerts and memory are those
// of one process that nothing befell, and every alert that deserves a message was told.
func TestRaceOnTables(t *testing.T) {
	tale, err := month.Make(month.Plan{Seed: 7, Days: 24, LearnDays: 16, Vaults: 5, Pace: 0.3,
		Stories: []string{"stolen_token", "joiner", "on_call_at_three"}})
	if err != nil {
		t.Fatal(err)
	}
	messages := slices.Collect(tale.Messages())
	want := undisturbed(t, messages)
	if len(want.alerts) < 3 {
		t.Fatalf("the log raises only %d alerts; it no longer tells much", len(want.alerts))
	}
	for seed := range uint64(*races) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := newRace(t, seed)
			r.run(messages)
			got := r.finish()
			same(t, want.alerts, got.alerts)
			if !bytes.Equal(want.memory, got.memory) {
				t.Errorf("the memory differs: judged %+v, and %+v when nothing befell", got.counts, want.counts)
			}
			t.Logf("%d kills, %d sweeps, %d batches sent again", r.kills, r.sweeps, r.again)
		})
	}
}

// ending is what must be the same whatever befell.
type ending struct {
	alerts []detection.Alert
	memory []byte
	counts detection.Counts
}

// endingOf lets the end of the log be judged and reads what is known then. No process may be at work on the store.
func endingOf(t *testing.T, s store.Store, messages []invoke.Batch) ending {
	t.Helper()
	p, err := pipeline.Open(context.Background(), pipeline.Options{Store: s, Engine: detection.Config{Catalogue: catalogue.All(), Addresses: &lists{}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range messages {
		if _, err := p.Batch(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	var end ending
	if end.alerts, err = p.Alerts(context.Background(), time.Time{}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	for i := range end.alerts {
		end.alerts[i].Seen = time.Time{}
	}
	slices.SortFunc(end.alerts, func(a, b detection.Alert) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	err = p.Viewer().Look(context.Background(), func(m pipeline.Memory) { end.memory, end.counts = memoryOf(t, m), m.Counts })
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// memoryOf writes the memory down in one certain order.
func memoryOf(t *testing.T, m pipeline.Memory) []byte {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	write := func(v any) {
		data, err := mode.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
	}
	for _, id := range slices.Sorted(maps.Keys(m.Estate.Vaults)) {
		write(m.Estate.Vaults[id])
	}
	for _, id := range slices.Sorted(maps.Keys(m.Estate.Principals)) {
		write(m.Estate.Principals[id])
	}
	return out.Bytes()
}

// undisturbed is how the log ends for one process with one partition and a file.
func undisturbed(t *testing.T, messages []month.Message) ending {
	t.Helper()
	held, err := boltfile.Open(filepath.Join(t.TempDir(), "clean.db"), boltfile.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	h := &host{partitions: 1, batch: 30}
	return endingOf(t, held, slices.Collect(h.deliveries(slices.Values(messages))))
}

// race is four processes and the host that plays with them.
type race struct {
	t      *testing.T
	rng    *rand.Rand
	client *http.Client
	table  string // connection string
	store  *tables.Store
	box    *mailbox
	racers [racers]*child
	kills  int
	rounds int
	sweeps int
	again  int
}

func newRace(t *testing.T, seed uint64) *race {
	t.Helper()
	r := &race{t: t, rng: rand.New(rand.NewPCG(seed, 3)), client: &http.Client{Timeout: time.Minute}, table: azurite.Start(t), box: newMailbox(t)}
	var err error
	if r.store, err = tables.Open(t.Context(), "", tables.Options{ConnectionString: r.table}); err != nil {
		t.Fatal(err)
	}
	for i := range r.racers {
		r.start(i)
	}
	return r
}

func (r *race) start(i int) {
	r.racers[i] = start(r.t, "", "VAULTWATCH_STORE="+r.table, "VAULTWATCH_WEBHOOK_URL="+r.box.URL)
}

// run deals the messages in rounds, one batch to each partition. The batches of a round are kept at the same time; the
// next round begins when all of them are, as the records of partitions that the host reads side by side lie close.
func (r *race) run(messages []month.Message) {
	h := &host{partitions: partitions, batch: 8}
	batches := slices.Collect(h.deliveries(slices.Values(messages)))
	for round := range slices.Chunk(batches, partitions) {
		r.rounds++
		if r.again > 50*len(batches) {
			r.t.Fatal("the processes do not take the batches")
		}
		r.round(round)
	}
}

// round delivers batches at the same time, sweeps beside them and kills, each at random.
func (r *race) round(batches []invoke.Batch) {
	open := batches
	for first := true; len(open) > 0; first = false {
		var beside sync.WaitGroup
		// Not in the first round: nobody can wait for a partition that has never been heard of, and what it brings after
		// the others were judged comes late and is judged in another order.
		if first && r.rounds > 1 && r.rng.IntN(3) == 0 {
			r.sweepBeside(&beside)
		}
		victim := -1
		if first && r.rng.IntN(12) == 0 {
			victim = r.rng.IntN(racers)
			after := time.Duration(r.rng.IntN(15)) * time.Millisecond
			beside.Go(func() {
				time.Sleep(after) // somewhere between before the first commit and after the last
				r.racers[victim].kill()
			})
		}
		open = r.deliver(open)
		beside.Wait()
		r.again += len(open)
		if victim >= 0 {
			r.replace(victim)
		}
	}
}

// sweepBeside lets one process sweep, or two at the same time of which the second takes the right to judge from the first
// in the midst of it, as when the first one hung for longer than its lease.
func (r *race) sweepBeside(beside *sync.WaitGroup) {
	first, second := r.rng.IntN(racers), r.rng.IntN(racers)
	r.sweeps++
	beside.Go(func() { _ = r.sweep(r.racers[first].base) }) // what a killed one leaves undone the next one does
	if r.rng.IntN(2) == 0 {
		return
	}
	r.sweeps++
	after := time.Duration(r.rng.IntN(40)) * time.Millisecond
	beside.Go(func() {
		time.Sleep(after)
		r.expire("memory")
		_ = r.sweep(r.racers[second].base)
	})
}

// deliver posts batches at the same time, each to some process, and returns those that must come again.
func (r *race) deliver(batches []invoke.Batch) (failed []invoke.Batch) {
	errs := make([]error, len(batches))
	var wait sync.WaitGroup
	for i, b := range batches {
		h := &host{base: r.racers[r.rng.IntN(racers)].base, client: r.client}
		wait.Go(func() { errs[i] = h.post(r.t.Context(), b) })
	}
	wait.Wait()
	for i, b := range batches {
		if errs[i] != nil {
			failed = append(failed, b)
		}
	}
	return failed
}

func (r *race) sweep(base string) error {
	request, err := invoke.TimerRequest(r.t.Context(), base, "Sweep")
	if err != nil {
		return err
	}
	return invoke.Deliver(r.client, request)
}

// replace starts a new process for one that was killed, and lets the leases run out, as they would in some minutes: the
// one that judges or tells may still be alive then, and must find out that it is no longer its turn.
func (r *race) replace(victim int) {
	r.kills++
	r.start(victim)
	r.expire("memory")
	r.expire("outbox")
}

func (r *race) expire(partition string) {
	err := r.store.Commit(r.t.Context(), partition, []store.Write{{Key: "lease", If: store.Any, Delete: true}})
	if err != nil && !errors.Is(err, store.ErrConflict) {
		r.t.Fatal(err)
	}
}

// finish sweeps once more, in one process, and returns what the store knows after the end of the log.
func (r *race) finish() ending {
	r.t.Helper()
	for _, c := range r.racers {
		c.kill()
	}
	r.start(0)
	r.expire("memory")
	r.expire("outbox")
	if err := r.sweep(r.racers[0].base); err != nil {
		r.t.Fatal(err)
	}
	r.racers[0].kill()
	r.allTold()
	return endingOf(r.t, r.store, nil)
}

// allTold compares what the channel heard with what was raised. A message may come twice when its sender was killed
// before it could mark it, and never be missing.
func (r *race) allTold() {
	r.t.Helper()
	heard := map[string]bool{}
	messages := map[string]int{}
	doubled := 0
	for _, b := range r.box.bodies {
		if messages[b.ID]++; messages[b.ID] > 1 {
			doubled++
		}
		for _, in := range b.Incidents {
			heard[in.ID] = true
		}
	}
	if doubled > r.kills {
		r.t.Errorf("%d of %d messages came twice, more than there were kills", doubled, len(r.box.bodies))
	}
	deserving := 0
	for _, a := range storedAlerts(r.t, r.store) {
		if a.Severity < detection.Medium || a.Suppressed != "" {
			continue // the digest's
		}
		if deserving++; !heard[a.Incident] {
			r.t.Errorf("%s of %v was never told", a.Type, a.Time)
		}
	}
	if deserving == 0 {
		r.t.Errorf("nothing was raised that deserves a message")
	}
}

func storedAlerts(t *testing.T, s store.Store) []detection.Alert {
	t.Helper()
	p, err := pipeline.Open(context.Background(), pipeline.Options{Store: s, Engine: detection.Config{Catalogue: catalogue.All(), Addresses: &lists{}}})
	if err != nil {
		t.Fatal(err)
	}
	alerts, err := p.Alerts(context.Background(), time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return alerts
}
