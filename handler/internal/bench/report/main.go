// Command report measures how fast Vaultwatch is, beside what parsing alone costs by other libraries, and how cost and
// memory grow with the estate. It writes docs/performance.md and the pictures in it, all at the end, so that a run that
// fails leaves them as they were.
//
//	go run ./handler/internal/bench/report -docs docs
//
// It decides nothing and fails on nothing but what keeps it from measuring: whether the numbers are good is for the
// reader to say. Start reading at [measure] for the steps, at [page] for the text.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

func main() {
	o := options{}
	flag.IntVar(&o.rounds, "rounds", 12, "how often each contestant runs; the best round counts")
	flag.IntVar(&o.vaults, "vaults", 32, "vaults of the log that is raced over")
	flag.IntVar(&o.days, "days", 14, "days of that log, of which half warm the memory up; everyday traffic lasts twice as long")
	flag.IntVar(&o.laps, "laps", 100, "how often the whole job is profiled; a lap takes a tenth of a second, and as much to get warm")
	flag.StringVar(&o.docs, "docs", "docs", "the folder to write performance.md and pictures into")
	peak := flag.Bool("peak", false, "do the whole job on the length-prefixed bodies of standard input and tell the most memory taken, in KiB")
	one := flag.String("once", "", "take one contestant, as \"our parser/binary\", over the load in a file, so that its instructions are counted")
	file := flag.String("load", "", "the file of -once")
	walk := flag.String("walk", "", "let an estate grow up and speak on, as \"vaults,principals,days,daily\", so that its instructions are counted")
	idle := flag.Bool("idle", false, "with -once and -walk: only get ready")
	flag.Parse()
	err := error(nil)
	switch {
	case *peak:
		err = tellPeak(bufio.NewReader(os.Stdin))
	case *one != "":
		err = takeOnce(*one, *file, *idle)
	case *walk != "":
		err = walkOnce(*walk, *idle)
	default:
		err = report(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

type options struct {
	rounds, vaults, days, laps int
	docs                       string
}

func report(o options) error {
	p, err := measure(o)
	if err != nil {
		return err
	}
	return p.write()
}

// measure takes everything the page tells. One thing is measured at a time.
func measure(o options) (page, error) {
	p := page{options: o}
	for _, step := range []func() error{p.mixed, p.steady, p.peak, p.processes, p.grow} {
		if err := step(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// mixed races over the log with attacks, and looks where the time goes.
func (p *page) mixed() error {
	l, err := bench.NewLoad(bench.Attacked(p.vaults, p.days))
	if err != nil {
		return err
	}
	if p.mix, err = l.Mix(); err != nil {
		return err
	}
	if p.attacked, err = p.race(bench.Contestants(), l); err != nil {
		return err
	}
	p.cpu, err = profiled(l, p.laps)
	return err
}

// steady races over the same organisation's everyday traffic, on a memory that has known it for twice as long.
func (p *page) steady() error {
	l, err := bench.NewLoad(p.calm())
	if err != nil {
		return err
	}
	var some []bench.Contestant
	for _, c := range bench.Contestants() {
		switch c.Name {
		case bench.Fastest, bench.Parse, bench.Whole, bench.WholeFile:
			if c.Form == "binary" {
				some = append(some, c)
			}
		}
	}
	p.everyday, err = p.race(some, l.Only("binary"))
	return err
}

func (p *page) calm() month.Plan { return bench.Everyday(p.vaults, 2*p.days) }

// race lets the contestants run by processor time, and counts their instructions.
func (p *page) race(all []bench.Contestant, l *bench.Load) (raced, error) {
	results, err := bench.Race(all, l, p.rounds)
	if err != nil {
		return raced{}, err
	}
	n, err := instructions(all, l.Half())
	return raced{results, n, l.Records()}, err
}

func (p *page) peak() (err error) {
	p.peaks, err = peaks()
	return err
}

func (p *page) grow() error {
	for _, a := range bench.Axes() {
		c := curve{Axis: a}
		for _, e := range a.Estates {
			g, err := bench.Grow(e, 5)
			if err != nil {
				return err
			}
			c.points = append(c.points, g)
		}
		p.curves = append(p.curves, c)
	}
	return counting(func(n counter) (err error) {
		for i := range p.curves {
			err = errors.Join(err, p.curves[i].count(n))
		}
		return err
	})
}
