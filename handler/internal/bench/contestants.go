package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/audit"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
)

// Contestant is one way to go through a load.
type Contestant struct {
	// Name is what it does, Form the form of the bodies: "binary" or "text".
	Name, Form string
	// Start prepares what is not measured: programs are loaded, memory is warm.
	Start func(*Load) (Runner, error)
}

// Runner takes one invocation after the other.
type Runner struct {
	// Take handles one posted body and tells how many records it found.
	Take func(body []byte) (records int, err error)
	// Close frees what Start took. It may be nil.
	Close func() error
}

// Names of our own contestants, and of the fastest rival, which does not run everywhere.
const (
	Fastest   = "sonic"
	Parse     = "our parser"
	WholeCold = "the whole job, cold"
	Whole     = "the whole job"
	WholeFile = "the whole job, local file"
)

// Contestants are all that run, rivals first. "Parsing only" means from the host's body to the fields of all records.
func Contestants() (all []Contestant) {
	for _, form := range []string{"binary", "text"} {
		for _, l := range libraries() {
			all = append(all, Contestant{l.name, form, l.begin(form)})
		}
		all = append(all, Contestant{Parse, form, startParse}, Contestant{Whole, form, startWhole(true)})
		if form == "binary" {
			all = append(all, Contestant{WholeCold, form, startWhole(false)}, Contestant{WholeFile, form, startFile})
		}
	}
	return all
}

// Rivals are the names of the libraries that run here.
func Rivals() (names []string) {
	for _, l := range libraries() {
		names = append(names, l.name)
	}
	return names
}

// Ours tells whether the contestant is part of Vaultwatch.
func (c Contestant) Ours() bool { return !slices.Contains(Rivals(), c.Name) }

// Body is an invocation's body in the contestant's form.
func (c Contestant) Body(i Invocation) []byte {
	if c.Form == "text" {
		return i.Text
	}
	return i.Binary
}

// Lap starts the contestant afresh and takes it over the measured half, between the calls of begin and end.
func (c Contestant) Lap(l *Load, begin, end func()) (records int, err error) {
	r, err := c.Start(l)
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", c.Name, err)
	}
	if r.Close != nil {
		defer func() { err = errors.Join(err, r.Close()) }()
	}
	want := 0
	begin()
	for _, i := range l.Hot {
		n, err := r.Take(c.Body(i))
		if err != nil {
			return 0, fmt.Errorf("%s: %w", c.Name, err)
		}
		records, want = records+n, want+i.Records
	}
	end()
	if records != want {
		return 0, fmt.Errorf("%s found %d of %d records", c.Name, records, want)
	}
	return records, nil
}

// startParse warms the parser up, which lives as long as the program and remembers texts.
func startParse(l *Load) (Runner, error) {
	parser := audit.NewParser(audit.Limits{})
	var decoder invoke.Decoder
	var records []audit.Record
	take := func(body []byte) (int, error) {
		batch, err := decoder.Batch(body)
		if err != nil {
			return 0, err
		}
		n := 0
		for _, e := range batch.Events {
			var tally audit.Tally
			records, tally = parser.Body(e.Body, records[:0])
			n += all(tally)
		}
		return n, nil
	}
	return Runner{Take: take}, warmUp(take, l)
}

func startWhole(warm bool) func(*Load) (Runner, error) {
	return func(l *Load) (Runner, error) {
		take, err := open(nil)
		if err != nil || !warm {
			return Runner{Take: take}, err
		}
		return Runner{Take: take}, warmUp(take, l)
	}
}

func startFile(l *Load) (Runner, error) {
	dir, err := os.MkdirTemp("", "vaultwatch-bench")
	if err != nil {
		return Runner{}, err
	}
	file, err := boltfile.Open(filepath.Join(dir, "memory.db"), boltfile.Options{})
	if err != nil {
		return Runner{}, errors.Join(err, os.RemoveAll(dir))
	}
	r := Runner{Close: func() error { return errors.Join(file.Close(), os.RemoveAll(dir)) }}
	if r.Take, err = open(file); err == nil {
		err = warmUp(r.Take, l)
	}
	if err != nil {
		err = errors.Join(err, r.Close())
	}
	return r, err
}

// open makes the whole job, as the server does it, on a store or on none.
func open(s store.Store) (func([]byte) (int, error), error) {
	ctx := context.Background()
	// The clock stands still: looking ahead every ten seconds is not part of the job on a record, and would come at other
	// times in each run, most of all where instructions are counted, which takes a hundred times as long.
	now := time.Now()
	p, err := pipeline.Open(ctx, pipeline.Options{Store: s, Engine: detection.Config{Catalogue: catalogue.All()}, Clock: func() time.Time { return now }})
	if err != nil {
		return nil, err
	}
	var decoder invoke.Decoder
	return func(body []byte) (int, error) {
		batch, err := decoder.Batch(body)
		if err != nil {
			return 0, err
		}
		report, err := p.Batch(ctx, batch)
		if bad := report.Tally.Problems; err == nil && len(bad) > 0 {
			err = fmt.Errorf("%d records were refused: %s", report.Tally.Malformed, bad[0].Reason) // and so not judged
		}
		return all(report.Tally), err
	}, nil
}

// all counts what was in a body, whatever became of it.
func all(t audit.Tally) int { return t.Records + t.Skipped + t.Malformed }

// WholeJob is the whole job in memory, cold.
func WholeJob() (take func(body []byte) (records int, err error), err error) { return open(nil) }

func warmUp(take func([]byte) (int, error), l *Load) error {
	for _, i := range l.Warm {
		if _, err := take(i.Binary); err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
	}
	return nil
}
