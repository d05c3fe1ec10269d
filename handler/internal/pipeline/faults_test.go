package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
)

var schedules = flag.Int("schedules", 300, "how many seeded fault schedules to run per kind")

// faultStory holds people and workloads of two vaults and a thief, in few records: what happens to records matters
// here, not how many there are.
const faultStory = `
every day 09:00 for 9 days: mi-web sdk azure kv-pay get db-password, api-key
every workday 10:00 for 9 days: alice portal office kv-pay get db-password
every day 02:00 for 9 days: app-scan sdk azure kv-hr list secrets
day 9 10:00 bob portal office kv-pay get db-password = denied
day 9 10:02 bob portal office kv-pay get api-key = denied
day 9 10:10 bob portal office kv-pay get db-password
day 10 03:00 mallory cli outside kv-hr get a, b = denied
day 10 03:05 alice cli tor kv-pay list secrets
day 10 03:05:30 alice cli tor kv-pay get s01..s09
day 10 03:07 alice cli tor kv-hr list secrets
day 10 03:09 alice cli tor kv-hr get h1..h4
day 10 03:30 owner portal office kv-pay grant owner
day 10 03:31 owner portal office kv-pay get db-password
day 10 05:00 app-scan sdk azure kv-hr get h1`

// world is what a schedule plays: the story's records dealt over four partitions, each in its own order.
type world struct {
	partitions [4][]invoke.Event
	times      [4][]time.Time
	clean      []invoke.Event
}

func newWorld(t testing.TB, seed uint64) world {
	story, err := scenario.Parse(faultStory)
	if err != nil {
		t.Fatal(err)
	}
	records := story.Records
	slices.SortStableFunc(records, func(a, b auditRecord) int { return a.Time.Compare(b.Time) })
	rng := rand.New(rand.NewPCG(seed, 1))
	var w world
	for i := range records {
		e := invoke.Event{Body: scenario.Body(records[i : i+1]), HasSequence: true}
		e.Sequence = int64(i)
		w.clean = append(w.clean, e)
		part := rng.IntN(4)
		e.Sequence = int64(len(w.partitions[part]) * 3)
		w.partitions[part] = append(w.partitions[part], e)
		w.times[part] = append(w.times[part], records[i].Time)
	}
	return w
}

// outcome is what must be the same whatever befell: the alerts and the memory.
type outcome struct {
	Alerts []string
	Memory []byte
}

func outcomeOf(t testing.TB, p *Pipeline) outcome {
	t.Helper()
	alerts, err := p.Alerts(context.Background(), time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var out outcome
	for _, a := range alerts {
		a.Seen = time.Time{}
		data, _ := json.Marshal(a)
		out.Alerts = append(out.Alerts, string(data))
	}
	mode, _ := cbor.CoreDetEncOptions().EncMode()
	var b bytes.Buffer
	for _, id := range slices.Sorted(maps.Keys(p.engine.Estate.Vaults)) {
		data, _ := mode.Marshal(p.engine.Estate.Vaults[id])
		b.Write(data)
	}
	for _, id := range slices.Sorted(maps.Keys(p.engine.Estate.Principals)) {
		data, _ := mode.Marshal(p.engine.Estate.Principals[id])
		b.Write(data)
	}
	out.Memory = b.Bytes()
	return out
}

func openPipeline(t testing.TB, s store.Store, o Options) *Pipeline {
	t.Helper()
	o.Store, o.Engine = s, detection.Config{Catalogue: catalogue.All(), Addresses: storyLists{}}
	for try := 0; ; try++ {
		p, err := Open(context.Background(), o)
		if err == nil {
			return p
		}
		if try == 100 {
			t.Fatalf("cannot open: %v", err)
		}
	}
}

func openBolt(t testing.TB) store.Store {
	s, err := boltfile.Open(filepath.Join(t.TempDir(), "memory.db"), boltfile.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// cleanRun is the story as one partition tells it, once, in order, on a store that never fails.
func cleanRun(t testing.TB) outcome {
	p := openPipeline(t, openBolt(t), Options{Clock: fixedClock})
	for _, e := range newWorld(t, 0).clean {
		if _, err := p.Batch(context.Background(), batchOf("0", e)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	return outcomeOf(t, p)
}

func batchOf(partition string, events ...invoke.Event) invoke.Batch {
	return invoke.Batch{Function: "AuditBatch", Namespace: "ns", Hub: "hub", ConsumerGroup: "cg", Partition: partition, Events: events}
}

func fixedClock() time.Time { return scenario.Day1.AddDate(0, 6, 0) }

// Every schedule of faults ends in the memory and the alerts of a clean run: batches delivered again, from earlier
// positions and with other bounds; crashes before and after the commit; errors and conflicts of the store; records dealt
// over four partitions and out of order by minutes; memory that is written down often, seldom or never; on a shared store, two processes that own the same partitions; and
// two of which one loses the right to judge in the midst of judging, and learns of it only when it goes on.
func TestFaultSchedules(t *testing.T) {
	want := cleanRun(t)
	if len(want.Alerts) < 5 {
		t.Fatalf("the story raises only %d alerts; it no longer tells much", len(want.Alerts))
	}
	for _, kind := range []string{alone, shared, overtaken, both} {
		t.Run(kind, func(t *testing.T) {
			for seed := range uint64(*schedules) {
				if !runSchedule(t, seed, kind, want) {
					t.Fatalf("seed %d: run again with -schedules and -run to see", seed)
				}
			}
		})
	}
}

// Kinds of schedules.
const (
	alone     = "alone"
	shared    = "shared"
	overtaken = "overtaken" // on a store that hangs and never fails
	both      = "overtaken on a failing store"
)

func runSchedule(t *testing.T, seed uint64, kind string, want outcome) bool {
	s := &schedule{t: t, rng: rand.New(rand.NewPCG(seed, 2)), world: newWorld(t, seed), shared: kind != alone, store: openBolt(t), now: scenario.Day1, sweeper: -1}
	s.pace = []pace{usualPace, {1, 10 * time.Minute, 20}, {1, 24 * time.Hour, 7}, {1, 1000 * time.Hour, 1000}}[s.rng.IntN(4)]
	s.faulty = storetest.Faulty(s.store, storetest.Faults{Plan: plan(seed), Pause: func(context.Context) {}})
	switch kind {
	case overtaken:
		s.faulty = hanging{s.store, s.overtake}
	case both:
		s.faulty = hanging{s.faulty, s.overtake}
	}
	s.play()
	got := s.finish()
	if !slices.Equal(got.Alerts, want.Alerts) {
		t.Errorf("seed %d: alerts differ\n got but not wanted %s\nwanted but not got %s", seed, missing(got.Alerts, want.Alerts), missing(want.Alerts, got.Alerts))
		return false
	}
	if !bytes.Equal(got.Memory, want.Memory) {
		t.Errorf("seed %d: the alerts agree, the memory differs", seed)
		return false
	}
	return true
}

// missing are the elements of a that are not in b.
func missing(a, b []string) (out []string) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// plan lets one call in twelve fail, in one of the ways a store can.
func plan(seed uint64) storetest.Plan {
	return func(c storetest.Call) storetest.Fault {
		rng := rand.New(rand.NewPCG(seed, uint64(c.Number)))
		if rng.IntN(12) > 0 {
			return storetest.None
		}
		return []storetest.Fault{storetest.FailBefore, storetest.FailAfter, storetest.Conflict}[rng.IntN(3)]
	}
}

// schedule plays a world as a host does: a batch is sent until it succeeds, and after a crash from some earlier event.
type schedule struct {
	t      *testing.T
	rng    *rand.Rand
	world  world
	shared bool
	store  store.Store
	faulty store.Store
	now    time.Time
	owners [2]*Pipeline
	pace   pace // of both
	next   [4]int
	// sweeper is who sweeps at the moment, -1 if nobody does or if it is being overtaken.
	sweeper int
}

func (s *schedule) play() {
	for {
		part, ok := s.pick()
		if !ok {
			return
		}
		s.step(part)
	}
}

// pick chooses a partition that is not ahead of the others by more than four minutes of event time.
func (s *schedule) pick() (int, bool) {
	low := time.Time{}
	for i, n := range s.next {
		if n < len(s.world.times[i]) && (low.IsZero() || s.world.times[i][n].Before(low)) {
			low = s.world.times[i][n]
		}
	}
	var open []int
	for i, n := range s.next {
		if n < len(s.world.times[i]) && s.world.times[i][n].Sub(low) <= 4*time.Minute {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return 0, false
	}
	return open[s.rng.IntN(len(open))], true
}

func (s *schedule) step(part int) {
	from, to := s.span(part)
	owner := s.rng.IntN(2)
	if !s.shared {
		owner = 0
	}
	switch s.rng.IntN(10) {
	case 0:
		s.owners[owner] = nil // killed between two batches
	case 1:
		s.send(owner, part, from, to) // killed after the commit, before the host heard of it
		s.owners[owner] = nil
		return
	}
	if s.shared && s.rng.IntN(3) == 0 {
		s.sweep(s.rng.IntN(2))
	}
	s.deliver(owner, part, from, to)
}

// span is which events of a partition come next.
func (s *schedule) span(part int) (from, to int) {
	times := s.world.times[part]
	from, to = s.next[part], s.next[part]+1
	for to < len(times) && to-from < 5 && times[to].Sub(times[from]) <= 2*time.Minute {
		to++
	}
	if s.rng.IntN(6) == 0 {
		from = max(0, from-s.rng.IntN(6)) // the host's checkpoint lags: delivered again, with other bounds
	}
	// Azure exports within minutes, so the clock is never far from the records.
	if now := times[to-1].Add(exportDelay / 2); now.After(s.now) {
		s.now = now
	}
	s.now = s.now.Add(time.Duration(s.rng.IntN(5)) * time.Second)
	return from, to
}

func (s *schedule) deliver(owner, part, from, to int) {
	if s.send(owner, part, from, to) {
		s.next[part] = max(s.next[part], to)
	}
}

func (s *schedule) sweep(owner int) {
	p := s.owner(owner)
	s.sweeper = owner
	_, _ = p.Sweep(context.Background())
	s.sweeper = -1
}

// overtake lets, now and then, the lease of the one that sweeps run out while it waits for the store, and another judge
// what came meanwhile.
func (s *schedule) overtake() {
	if s.sweeper < 0 || s.rng.IntN(8) > 0 {
		return
	}
	sweeper, other := s.sweeper, 1-s.sweeper
	s.sweeper = -1
	defer func() { s.sweeper = sweeper }()
	err := s.store.Commit(context.Background(), memoryRows, []store.Write{{Key: leaseKey, If: store.Any, Delete: true}})
	if err != nil {
		s.t.Fatal(err)
	}
	for range s.rng.IntN(6) {
		if part, ok := s.pick(); ok {
			from, to := s.span(part)
			s.deliver(other, part, from, to)
		}
	}
	_, _ = s.owner(other).Sweep(context.Background())
}

// hanging is a store whose answers, and sometimes whose work, can take so long that others go on meanwhile.
type hanging struct {
	store.Store
	meanwhile func()
}

func (h hanging) Rows(ctx context.Context, partition, from, to string) iter.Seq2[store.Row, error] {
	h.meanwhile()
	return h.Store.Rows(ctx, partition, from, to)
}

func (h hanging) Commit(ctx context.Context, partition string, writes []store.Write) error {
	h.meanwhile()
	defer h.meanwhile()
	return h.Store.Commit(ctx, partition, writes)
}

func (s *schedule) send(owner, part, from, to int) bool {
	_, err := s.owner(owner).Batch(context.Background(), batchOf(strconv.Itoa(part), s.world.partitions[part][from:to]...))
	return err == nil
}

func (s *schedule) owner(i int) *Pipeline {
	if s.owners[i] == nil {
		s.owners[i] = openPipeline(s.t, s.faulty, Options{Clock: func() time.Time { return s.now }, Shared: s.shared, Holder: fmt.Sprint("owner ", i)})
		s.owners[i].pace = s.pace
	}
	return s.owners[i]
}

// finish ends the story on a store that works again, and looks at it with fresh eyes.
func (s *schedule) finish() outcome {
	s.now = s.now.Add(time.Hour)
	p := openPipeline(s.t, s.store, Options{Clock: func() time.Time { return s.now }, Shared: s.shared, Holder: "auditor"})
	if _, err := p.Finish(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return outcomeOf(s.t, p)
}
