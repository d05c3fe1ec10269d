package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
)

// showAlerts shows what a store holds. It judges nothing and changes nothing.
func showAlerts(ctx context.Context, s surroundings, flags *flag.FlagSet, args []string) (err error) {
	var from, to time.Time
	asJSON := flags.Bool("json", false, "alerts as JSON lines instead of a page")
	where := flags.String("store", "", "the `STORE`: a file, or whatever VAULTWATCH_STORE may hold, which is the default")
	flags.Func("since", "alerts from this `TIME` on: 2026-04-28 or 2026-04-28T13:00:00Z", timeFlag(&from))
	flags.Func("until", "alerts before this `TIME`", timeFlag(&to))
	if err := noArguments(flags, args); err != nil {
		return err
	}
	if *where == "" {
		config, err := readSettings(s.Env)
		if err != nil {
			return err
		}
		*where = config.Store
	}
	if !strings.ContainsAny(*where, ":=") {
		*where = "file:" + *where
	}
	if path, is := strings.CutPrefix(*where, "file:"); is {
		if _, err := os.Stat(path); err != nil { // opening would make an empty one
			return fmt.Errorf("look into the store: %w", err)
		}
	}
	held, _, err := openStore(ctx, *where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	// Shared: who only reads needs no memory and takes no lease.
	p, err := pipeline.Open(ctx, pipeline.Options{Store: held, Shared: true})
	if err != nil {
		return err
	}
	list, err := p.Alerts(ctx, from, to)
	if err != nil {
		return err
	}
	if err := writeAlerts(s, list, *asJSON); err != nil {
		return err
	}
	fmt.Fprintln(s.Err, verdict(list))
	return nil
}
