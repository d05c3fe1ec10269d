package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
)

// sweepEvery is how often serve sweeps when no host calls it to.
const sweepEvery = time.Minute

// shutdownTime is for running invocations to end in; the host gives about half a minute.
const shutdownTime = 20 * time.Second

// serve is what the Functions host starts. Without a host it takes a port and calls its own timer.
func serve(ctx context.Context, s surroundings, flags *flag.FlagSet, args []string) error {
	port := flags.String("port", "", "listen on this `PORT` of 127.0.0.1 and sweep every minute, without the Functions host")
	if err := noArguments(flags, args); err != nil {
		return err
	}
	config, err := readSettings(s.Env)
	if err != nil {
		return err
	}
	hosted := invoke.PortFromEnvironment(func(name string) string { return s.Env[name] })
	alone := *port != ""
	if hosted == "" && !alone {
		return misused("serve is started by the Functions host, which sets %s; to run it by hand, say serve --port 7071", invoke.PortSetting)
	}
	if !alone {
		*port = hosted
	}
	if s.Env["GOGC"] == "" {
		debug.SetGCPercent(pipeline.CollectorPace)
	}
	a, err := newApp(ctx, config, parts{Log: zerolog.New(s.Out).With().Timestamp().Logger()})
	if err != nil {
		return err
	}
	err = a.listen(ctx, *port, alone)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	return errors.Join(err, a.close(last))
}

// listen serves until ctx ends, and lets the running invocations end.
func (a *app) listen(ctx context.Context, port string, alone bool) error {
	server, err := invoke.NewServer(port, a.config())
	if err != nil {
		return err
	}
	socket, err := net.Listen("tcp", server.Addr)
	if err != nil {
		return fmt.Errorf("listen for the host: %w", err)
	}
	a.log.Info().Str("version", version()).Str("address", "http://"+socket.Addr().String()).Bool("shared", a.shared).Msg("listening")
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(socket) }()
	tick := make(<-chan time.Time)
	if alone {
		ticker := time.NewTicker(sweepEvery)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("serve the host: %w", err)
		case <-tick:
			a.sweepAlone(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
			defer cancel()
			err := server.Shutdown(last)
			if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
				err = errors.Join(err, served)
			}
			return err
		}
	}
}

// sweepAlone sweeps as the host's timer would, and logs as its invocation would be.
func (a *app) sweepAlone(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, invoke.DefaultTimeout)
	defer cancel()
	result, err := a.sweep(ctx)
	if err != nil {
		a.log.Error().Str("error", invoke.Redact(err.Error())).Msg("sweep")
		return
	}
	line := a.log.Info()
	for name, n := range result.Numbers {
		line = line.Int(name, n)
	}
	line.Msg("sweep")
}
