package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// surroundings are what a verb sees of the world; tests give it others.
type surroundings struct {
	In       io.Reader
	Out, Err io.Writer
	Env      map[string]string
	Azure    azure
}

// Exit codes, as programs of this kind have them.
const (
	exitGood    = 0
	exitFailed  = 1
	exitMisused = 2
)

// verb is one thing the program does.
type verb struct {
	name, arguments, about string
	run                    func(context.Context, surroundings, *flag.FlagSet, []string) error
	// more, if not nil, adds to the help page of the verb.
	more func(io.Writer)
}

func verbs() []verb {
	return []verb{
		{"replay", "FILE|FOLDER|- …", "judge exported logs and show what was wrong", replay, nil},
		{"demo", "", "play an invented organisation's month", demo, nil},
		{"alerts", "", "show the alerts that a store holds", showAlerts, nil},
		{"catalogue", "", "list what is detected", listCatalogue, nil},
		{"sample-alert", "[TYPE]", "show, or send, an invented alert of each type", sampleAlert, nil},
		{"send", "FILE|FOLDER|- …", "feed exported logs through the hub of a detector", sendLogs, nil},
		{"serve", "", "be the handler of the Functions host", serve, printSettings},
	}
}

// misuse is an error of whoever typed the command line.
type misuse struct{ error }

func misused(format string, values ...any) error { return misuse{fmt.Errorf(format, values...)} }

// run does what the arguments say and returns the exit code. Everything it learns from outside comes by s.
func run(ctx context.Context, args []string, s surroundings) int {
	err := dispatch(ctx, args, s)
	var wrong misuse
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, flag.ErrHelp):
		return exitGood // the page was asked for and is out
	case errors.As(err, &wrong):
		fmt.Fprintln(s.Err, "vaultwatch:", printable(err.Error()))
		return exitMisused
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(s.Err, "vaultwatch: stopped")
		return exitFailed
	}
	fmt.Fprintln(s.Err, "vaultwatch:", printable(err.Error()))
	return exitFailed
}

func dispatch(ctx context.Context, args []string, s surroundings) error {
	if len(args) == 0 {
		printHelp(s.Err)
		return misused("say what to do, for instance: demo")
	}
	name := args[0]
	if name == "-h" || name == "--help" || name == "-help" || name == "help" && len(args) == 1 {
		printHelp(s.Out)
		return nil
	}
	if name == "help" {
		return dispatch(ctx, []string{args[1], "-h"}, s)
	}
	for _, v := range verbs() {
		if v.name == name {
			return v.start(ctx, s, args[1:])
		}
	}
	return misused("there is no verb %q; help lists them", name)
}

// start parses the flags inside of the verb, which defines them, and tells misuse from failure.
func (v verb) start(ctx context.Context, s surroundings, args []string) error {
	flags := flag.NewFlagSet(v.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	err := v.run(ctx, s, flags, args)
	if errors.Is(err, flag.ErrHelp) {
		v.printHelp(s.Out, flags)
	}
	return err
}

// parse reads a verb's flags, which may stand before, between and after its arguments, and returns the arguments.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, misused("%s: %w; %s -h lists the flags", flags.Name(), err, flags.Name())
		}
		left := flags.Args()
		// Parse swallows "--", after which everything is an argument.
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			return append(rest, left...), nil
		}
		if len(left) == 0 {
			return rest, nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

func noArguments(flags *flag.FlagSet, args []string) error {
	rest, err := parse(flags, args)
	if err == nil && len(rest) > 0 {
		return misused("%s takes no arguments, but got %q", flags.Name(), rest[0])
	}
	return err
}

func printHelp(w io.Writer) {
	fmt.Fprint(w, `Vaultwatch reads the audit log of Azure key vaults, learns what is normal for
each, and says what is not: who, from where, and which secrets to rotate.

Usage: go run ./handler VERB [flags]

`)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range verbs() {
		fmt.Fprintf(table, "  %s\t%s\n", strings.TrimSpace(v.name+" "+v.arguments), v.about)
	}
	table.Flush()
	fmt.Fprint(w, `
VERB -h shows the flags of a verb. Two things to try:

  go run ./handler demo
      a stolen token among a month of everyday traffic, found in seconds

  go run ./handler replay --tor tor-exits.txt insights-logs-auditevent/
      your own log: a storage container's folder, an export of Log Analytics as
      JSON or CSV, event hub messages one a line, gzip or not

Exit codes: 0 done, 1 failed, 2 not understood.
`)
}

func (v verb) printHelp(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "%s: %s\n\nUsage: go run ./handler %s\n", v.name, v.about, strings.TrimSpace(v.name+" [flags] "+v.arguments))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	between := "\n"
	flags.VisitAll(func(f *flag.Flag) {
		what, usage := flag.UnquoteUsage(f)
		fmt.Fprintf(table, "%s  --%s %s\t%s\n", between, f.Name, what, usage)
		between = ""
	})
	table.Flush()
	if v.more != nil {
		v.more(w)
	}
}
