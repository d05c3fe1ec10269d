// Command report measures how fast Vaultwatch is, beside what parsing alone costs by other libraries, and how cost and
// memory grow with the estate. It writes docs/performance.md and the pictures in it, all at the end, so that a run that
// fails leaves them as they were.
//
//	go run ./handler/internal/bench/report -docs docs
//
// It decides nothing and fails on nothing but what keeps it from measuring: whether the numbers are good is for the
// reader to say.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"

	"github.com/vaultwatch/vaultwatch/handler/internal/bench"
)

func main() {
	o := options{}
	flag.IntVar(&o.rounds, "rounds", 12, "how often each contestant runs; the best round counts")
	flag.IntVar(&o.vaults, "vaults", 32, "vaults of the log that is raced over")
	flag.IntVar(&o.days, "days", 14, "days of that log, of which half warm the memory up")
	flag.StringVar(&o.docs, "docs", "docs", "the folder to write performance.md and pictures into")
	peak := flag.Bool("peak", false, "do the whole job on the length-prefixed bodies of standard input and tell the most memory taken, in KiB")
	one := flag.String("once", "", "take one contestant, as \"our parser/binary\", over the load in a file, so that its instructions are counted")
	file := flag.String("load", "", "the file of -once")
	flag.Parse()
	err := error(nil)
	switch {
	case *peak:
		err = tellPeak(bufio.NewReader(os.Stdin))
	case *one != "":
		err = takeOnce(*one, *file)
	default:
		err = report(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

type options struct {
	rounds, vaults, days int
	docs                 string
}

// laps is how many times the whole job is profiled: a lap is a tenth of a second.
const laps = 100

func report(o options) error {
	l, err := bench.NewLoad(bench.Attacked(o.vaults, o.days))
	if err != nil {
		return err
	}
	p := page{options: o, records: l.Records()}
	if p.race, err = bench.Race(bench.Contestants(), l, o.rounds); err != nil {
		return err
	}
	if p.instructions, err = instructions(l.Half()); err != nil {
		return err
	}
	if p.mix, err = l.Mix(); err != nil {
		return err
	}
	if p.cpu, err = profiled(l, laps); err != nil {
		return err
	}
	if p.top, err = top(p.cpu, 15); err != nil {
		return err
	}
	l = nil // so that it does not weigh on what follows
	if p.peaks, err = peaks(); err != nil {
		return err
	}
	if err := p.processes(); err != nil {
		return err
	}
	for _, a := range bench.Axes() {
		c := curve{name: a.Name}
		for _, e := range a.Estates {
			c.points = append(c.points, bench.Grow(e, 3))
		}
		p.curves = append(p.curves, c)
	}
	return p.write()
}
