package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/rs/zerolog"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/boltfile"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/sweep"
)

// app is the running detector: everything the host's invocations need, wired once.
type app struct {
	store    store.Store
	shared   bool // other processes judge on the same store
	pipeline *pipeline.Pipeline
	outbox   *notify.Outbox
	fetched  *sweep.Lists // nil: no list is fetched
	sweeper  *sweep.Sweep
	console  http.Handler
	log      zerolog.Logger
}

// parts are what an app is made of besides the settings.
type parts struct {
	Log zerolog.Logger
	// Lists are address lists known from the start, besides those that the settings name.
	Lists []intel.List
}

// newApp wires the detector. Whoever gets one closes it.
func newApp(ctx context.Context, s settings, p parts) (*app, error) {
	routes, err := s.routes(azure{})
	if err != nil {
		return nil, err
	}
	bait, err := parseCanaries(s.Canaries)
	if err != nil {
		return nil, err
	}
	said, err := judgeSettings(s.Vaults, bait)
	if err != nil {
		return nil, err
	}
	own, err := knownNetworks(s.KnownNetworks)
	if err != nil {
		return nil, err
	}
	a := &app{log: p.Log}
	if a.store, a.shared, err = openStore(ctx, s.Store); err != nil {
		return nil, err
	}
	// Two processes of one instance must not take each other for themselves.
	holder := strings.TrimPrefix(s.Instance+"-"+rand.Text(), "-")
	if a.outbox, err = notify.NewOutbox(notify.Config{Store: a.store, Owner: holder, Routes: routes}); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	in := &lists{}
	fixed := append(own, p.Lists...)
	in.book.Store(intel.NewBook(fixed...))
	queue := sweep.NewQueue(a.outbox, nil)
	queue.Silence = a.silence
	if feeds := s.feeds(); len(feeds) > 0 {
		a.fetched, err = sweep.NewLists(sweep.ListsConfig{Store: a.store, Feeds: feeds, Fixed: fixed, Use: in.book.Store, Version: version()})
		if err != nil {
			return nil, errors.Join(err, a.store.Close())
		}
	}
	a.pipeline, err = pipeline.Open(ctx, pipeline.Options{
		Store: a.store, Shared: a.shared, Holder: holder,
		Engine:   detection.Config{Catalogue: catalogue.All(), Addresses: in, Settings: said},
		OnAlerts: queue.Put, Lessons: lessonsIn(a.store),
	})
	if err == nil {
		a.sweeper, err = sweep.New(sweep.Parts{Store: a.store, Pipeline: a.pipeline, Outbox: a.outbox, Queue: queue, Lists: a.fetched,
			Version: version(), Instance: holder})
	}
	if err == nil {
		a.console, err = a.newConsole(s, said, in)
	}
	if err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	return a, nil
}

// openStore opens what VAULTWATCH_STORE names, and tells whether other processes may use it at the same time.
func openStore(ctx context.Context, where string) (s store.Store, shared bool, err error) {
	path, isFile := strings.CutPrefix(where, "file:")
	switch {
	case isFile && path != "":
		s, err = boltfile.Open(path, boltfile.Options{})
	case isTable(where):
		s, err = openTable(ctx, where)
		shared = true
	default: // the value may be a secret in the wrong place: it is not shown
		return nil, false, errors.New("setting VAULTWATCH_STORE: it holds file:PATH, https://ACCOUNT.table.core.windows.net, or for Azurite UseDevelopmentStorage=true or a connection string, and what is there is none of these")
	}
	if err != nil {
		return nil, false, fmt.Errorf("setting VAULTWATCH_STORE: %w", err)
	}
	return s, shared, nil
}

// isTable tells the address or connection string of a table service from anything else.
func isTable(where string) bool {
	return strings.HasPrefix(where, "https://") || strings.Contains(where, "AccountName=") ||
		strings.HasPrefix(strings.ToLower(where), "usedevelopmentstorage=")
}

func openTable(ctx context.Context, where string) (store.Store, error) {
	if strings.HasPrefix(where, "https://") {
		return tables.Open(ctx, where, tables.Options{})
	}
	return tables.Open(ctx, "", tables.Options{ConnectionString: where})
}

// routes are the functions by the names of their folders.
func (a *app) routes() invoke.Routes {
	return invoke.Routes{
		"AuditBatch":    {Events: a.batch},
		"ActivityBatch": {Events: a.batch},
		"Sweep":         {Timer: func(ctx context.Context, _ invoke.Timer) (invoke.Result, error) { return a.sweep(ctx) }},
		"Console":       {HTTP: a.console},
	}
}

// config is what the invocation server is made of.
func (a *app) config() invoke.Config {
	return invoke.Config{Routes: a.routes(), Reject: a.pipeline.Reject, Log: a.log}
}

func (a *app) batch(ctx context.Context, b invoke.Batch) (invoke.Result, error) {
	report, err := a.pipeline.Batch(ctx, b)
	a.warn(report)
	return invoke.Result{Numbers: numbers(report)}, err
}

// sweep does what must be done every minute, and says what a person should look at.
func (a *app) sweep(ctx context.Context) (invoke.Result, error) {
	health, err := a.sweeper.Run(ctx)
	for _, concern := range health.Concerns {
		a.log.Warn().Msg(invoke.Redact(concern))
	}
	return invoke.Result{Numbers: health.Numbers()}, err
}

// warn tells of a look ahead that failed. The alerts come all the same, only later.
func (a *app) warn(r pipeline.Report) {
	if r.EarlyError != nil {
		a.log.Warn().Str("error", invoke.Redact(r.EarlyError.Error())).Msg("no look ahead")
	}
}

func numbers(r pipeline.Report) map[string]int {
	return map[string]int{"events": r.Events, "redelivered": r.Redelivered, "records": r.Tally.Records, "skipped": r.Tally.Skipped,
		"malformed": r.Tally.Malformed, "alerts": len(r.Alerts), "early": r.Early, "waiting": r.Waiting}
}

// close saves what a start would otherwise have to read again, and frees the store. Nothing is lost without it.
func (a *app) close(ctx context.Context) error {
	var err error
	if !a.shared {
		_, err = a.pipeline.Sweep(ctx)
	}
	return errors.Join(err, a.pipeline.Save(ctx), a.store.Close())
}

// version is the module's, or that of the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return info.Main.Version
}
