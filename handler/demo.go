package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rs/zerolog"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/scenario/month"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/clean"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify/terminal"
)

// The demo's hub, like the one that infra deploys; batches as host.json allows them.
const (
	demoPartitions = 4
	demoBatch      = 40
)

// demo plays a month through the handler as it runs in Azure, over HTTP, and shows what it found.
func demo(ctx context.Context, s surroundings, flags *flag.FlagSet, args []string) (err error) {
	path := flags.String("store", "", "keep the memory in this `FILE`, to look at with the verb alerts; otherwise it is thrown away")
	seed := flags.Uint64("seed", 1, "`NUMBER` from which the organisation is made; another one makes another")
	asJSON := flags.Bool("json", false, "alerts as JSON lines instead of a page")
	all := flags.Bool("all", false, "every incident in full, not only the loudest")
	port := flags.String("port", "", "then show the page on this `PORT` of 127.0.0.1, until interrupted")
	if err := noArguments(flags, args); err != nil {
		return err
	}
	if *path == "" {
		folder, err := os.MkdirTemp("", "vaultwatch-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the demo's memory: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		*path = filepath.Join(folder, "demo.db")
	} else if _, err := os.Stat(*path); err == nil {
		return misused("there is a file %s already; the demo wants one of its own", *path)
	}
	tale, err := month.Make(month.Demo(*seed, time.Time{}))
	if err != nil {
		return err
	}
	a, err := demoApp(ctx, tale.Lists(), *path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.store.Close()) }()
	introduce(s, tale.Labels())
	started := time.Now()
	if err := a.play(ctx, tale); err != nil {
		return err
	}
	took := time.Since(started)
	list, err := a.pipeline.Alerts(ctx, time.Time{}, time.Time{})
	if err != nil {
		return err
	}
	show := writeLoudest
	if *asJSON || *all {
		show = func(s surroundings, list []detection.Alert) error { return writeAlerts(s, list, *asJSON) }
	}
	if err := show(s, list); err != nil {
		return err
	}
	judged := a.pipeline.Counts().Judged
	fmt.Fprintf(s.Err, "\n%s judged in %s, %s a second, over HTTP and with every batch synced to disk.\n%s\n", plural(judged, "record"),
		took.Round(100*time.Millisecond), grouped(int(float64(judged)/took.Seconds())), verdict(list))
	if *port == "" {
		return nil
	}
	fmt.Fprintf(s.Err, "\nThe page: http://127.0.0.1:%s%s, until you press Ctrl-C\n", *port, pagePath)
	return a.listen(ctx, *port, false) // nothing sweeps: by the clock, the organisation has long fallen silent
}

// writeLoudest shows the loudest incident in full and one line of every other.
func writeLoudest(s surroundings, list []detection.Alert) error {
	incidents := notify.Group(list)
	if len(incidents) == 0 {
		return nil
	}
	if err := terminal.Page(s.Out, incidents[:1], pageOptions(s)); err != nil {
		return err
	}
	if len(incidents) > 1 {
		fmt.Fprintf(s.Out, "\nand %s, which demo --all shows in full:\n\n", plural(len(incidents)-1, "further incident"))
	}
	table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, in := range incidents[1:] {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", in.Severity, in.Start.Format("2006-01-02 15:04"),
			clean.Line(notify.VaultName(in.Vaults[0]), 24), clean.Line(in.Title, 100))
	}
	return table.Flush()
}

func introduce(s surroundings, l month.Labels) {
	fmt.Fprintf(s.Err, "An invented organisation, %d vaults, %d days. On one of the last %d a token is stolen.\n"+
		"Everything goes through the handler as in Azure: batches of a hub with %d partitions, posted to a local port.\n\n",
		l.Vaults, l.Days, int(l.End.Sub(l.Learned).Hours()/24), demoPartitions)
}

// demoApp wires a detector that knows the organisation's lists and asks nobody on the network.
func demoApp(ctx context.Context, l month.Lists, path string) (*app, error) {
	config, err := readSettings(map[string]string{"VAULTWATCH_STORE": "file:" + path, "VAULTWATCH_TOR": "off"})
	if err != nil {
		return nil, err
	}
	config.Canaries, config.KnownNetworks = l.Canaries, l.Known
	p := parts{Log: zerolog.Nop()}
	for _, one := range []struct {
		entries []string
		o       intel.Options
	}{
		{l.Azure, intel.Options{Name: "Azure ranges", Kind: intel.Azure}},
		{l.TorExits, intel.Options{Name: "TOR exits", Kind: intel.Tor}},
		{l.Suspicious, intel.Options{Name: "suspicious addresses", Kind: intel.Suspicious, AllowWide: true}},
	} {
		list, _, err := intel.Parse(strings.NewReader(strings.Join(one.entries, "\n")), one.o)
		if err != nil {
			return nil, fmt.Errorf("list of %s: %w", one.o.Name, err)
		}
		p.Lists = append(p.Lists, list)
	}
	return newApp(ctx, config, p)
}

// play delivers the whole tale to a server on a free port and lets every verdict fall.
func (a *app) play(ctx context.Context, tale *month.Month) error {
	handler, err := invoke.NewHandler(a.config())
	if err != nil {
		return err
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen on a free port: %w", err)
	}
	server := &http.Server{Handler: handler}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(socket) }()
	defer func() {
		_ = server.Close()
		<-ended
	}()
	h := host{base: "http://" + socket.Addr().String(), client: &http.Client{}, partitions: demoPartitions, batch: demoBatch}
	for b := range h.deliveries(tale.Messages()) {
		if err := h.post(ctx, b); err != nil {
			return err
		}
	}
	_, err = a.pipeline.Finish(ctx)
	return err
}
