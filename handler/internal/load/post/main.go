// Command post puts a load on a handler that serves without a host, and tells how it took it:
//
//	VAULTWATCH_STORE=UseDevelopmentStorage=true VAULTWATCH_TOR=off go run ./handler serve --port 7071
//	go run ./handler/internal/load/post --vaults 1000 --rate 2000 --for 1m --url http://127.0.0.1:7071
//
// It refuses to speak to anything but the local machine's handlers: for a hub there is the verb send, which takes what
// --print writes.
//
// Start reading at the package load.
package main

import (
	"bufio"
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "post:", err)
		os.Exit(1)
	}
}

// unpaced is more than any handler takes in a second.
const unpaced = 100_000

func run(ctx context.Context) error {
	var d load.Drive
	flag.IntVar(&d.Estate.Vaults, "vaults", 1000, "how many vaults speak")
	flag.IntVar(&d.Estate.Principals, "principals", 2, "principals on each vault")
	flag.IntVar(&d.Estate.Daily, "daily", 150, "records a vault writes on a day; event time runs faster than the clock if the rate is higher")
	flag.IntVar(&d.Rate, "rate", 2000, "records a second; 0: as fast as they are taken")
	flag.DurationVar(&d.For, "for", time.Minute, "how long")
	flag.IntVar(&d.Partitions, "partitions", 4, "stream partitions of the hub")
	flag.IntVar(&d.Events, "events", 40, "events in a batch")
	flag.IntVar(&d.Records, "records", 25, "records in an event")
	flag.DurationVar(&d.Sweep, "sweep", 15*time.Second, "how often the timer calls")
	urls := flag.String("url", "http://127.0.0.1:7071", "the handler, or several with commas between: one for each instance")
	printed := flag.Int("print", 0, "post nothing: write so many messages, one a line")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("post takes no arguments, but got %q", flag.Arg(0))
	}
	records := float64(*printed * d.Records)
	if *printed == 0 {
		records = float64(cmp.Or(d.Rate, unpaced)) * d.For.Seconds()
	}
	// The last record happens about now; none may happen later.
	d.Estate.Start = time.Now().Add(-time.Duration(records * float64(d.Estate.Step())))
	if *printed > 0 {
		return print(d, *printed)
	}
	d.Bases = strings.Split(*urls, ",")
	report, err := d.Run(ctx)
	fmt.Print(report)
	return err
}

// print writes messages as the verbs replay and send read them.
func print(d load.Drive, messages int) error {
	out := bufio.NewWriter(os.Stdout)
	for i := range messages {
		out.Write(d.Estate.Body(int64(i*d.Records), d.Records))
		out.WriteByte('\n')
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	return nil
}
