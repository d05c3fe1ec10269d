package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/detection/scenario"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
	"github.com/vaultwatch/vaultwatch/handler/internal/notify"
)

// sampleAlert shows what an alert of each type looks like, or sends it through every channel that is set.
func sampleAlert(ctx context.Context, s surroundings, flags *flag.FlagSet, args []string) error {
	asJSON := flags.Bool("json", false, "alerts as JSON lines instead of a page")
	send := flags.Bool("send", false, "send them through every channel that the settings name, besides")
	types, err := parse(flags, args)
	if err != nil {
		return err
	}
	chosen, err := choose(catalogue.All(), types)
	if err != nil {
		return err
	}
	samples := make([]detection.Alert, 0, len(chosen))
	for _, d := range chosen {
		a, err := sample(d)
		if err != nil {
			return err
		}
		samples = append(samples, a)
	}
	if err := writeAlerts(s, samples, *asJSON); err != nil || !*send {
		return err
	}
	return sendSamples(ctx, s, samples)
}

// choose picks detections by their ids, in any case; all of them for none.
func choose(all []*detection.Detection, ids []string) ([]*detection.Detection, error) {
	if len(ids) == 0 {
		return all, nil
	}
	var out []*detection.Detection
	for _, id := range ids {
		found := false
		for _, d := range all {
			if strings.EqualFold(d.ID, id) {
				out, found = append(out, d), true
			}
		}
		if !found {
			return nil, misused("there is no type %q; the verb catalogue lists them", id)
		}
	}
	return out, nil
}

// sample plays the first story that a detection must fire on. The detection judges alone: with the others beside it, one
// of them might tell the story and take this one's reasons over.
func sample(d *detection.Detection) (detection.Alert, error) {
	story, err := scenario.Parse(d.Fires[0])
	if err != nil {
		return detection.Alert{}, fmt.Errorf("the first story of %s: %w", d.ID, err)
	}
	book, err := storyBook()
	if err != nil {
		return detection.Alert{}, err
	}
	// The bait that stories speak of.
	bait := &detection.Settings{Canaries: map[detection.Canary]bool{{Vault: "kv-pay", Object: "bait"}: true}}
	engine := detection.NewEngine(detection.Config{Catalogue: []*detection.Detection{d}, Addresses: book.Addresses(), Settings: bait})
	engine.Queue.Add(story.Records)
	for _, a := range engine.Settle(scenario.Day1.AddDate(1, 0, 0)) {
		if a.Type == d.ID && !a.Time.Before(story.From) {
			a.Title, a.Sample = notify.SampleTitle+a.Title, true
			// Incidents of samples stand alone: two types may tell the same story.
			a.ID = "sample-" + a.ID
			a.Incident = a.ID
			return a, nil
		}
	}
	return detection.Alert{}, fmt.Errorf("the first story of %s raises no alert of it; go test ./detection/catalogue tells more", d.ID)
}

// storyBook holds the addresses of the stories' places.
func storyBook() (*intel.Book, error) {
	var all []intel.List
	for _, l := range []struct {
		text string
		o    intel.Options
	}{
		{scenario.OfficeRange, intel.Options{Name: "known networks", Kind: intel.Known}},
		{scenario.AzureRange, intel.Options{Name: "Azure ranges", Kind: intel.Azure}},
		{scenario.TorExit, intel.Options{Name: "TOR exits", Kind: intel.Tor}},
		{scenario.ListedRange, intel.Options{Name: "bad addresses", Kind: intel.Suspicious}},
	} {
		list, _, err := intel.Parse(strings.NewReader(l.text), l.o)
		if err != nil {
			return nil, fmt.Errorf("list of %s: %w", l.o.Name, err)
		}
		all = append(all, list)
	}
	return intel.NewBook(all...), nil
}

// sendSamples goes past the outbox: whoever tests a channel wants its answer now.
func sendSamples(ctx context.Context, s surroundings, samples []detection.Alert) error {
	config, err := readSettings(s.Env)
	if err != nil {
		return err
	}
	routes, err := config.routes(s.Azure)
	if err != nil {
		return err
	}
	if len(routes) == 0 {
		return misused("no channel is set; serve -h lists the settings, such as VAULTWATCH_WEBHOOK_URL")
	}
	var errs []error
	for _, route := range routes {
		sent := 0
		for _, in := range notify.Group(samples) {
			if err := route.Channel.Send(ctx, notify.Message{Kind: notify.Sample, Incidents: []notify.Incident{in}}); err != nil {
				errs = append(errs, fmt.Errorf("send %s through %s: %w", in.Alerts[0].Type, route.Channel.Name(), err))
				continue
			}
			sent++
		}
		fmt.Fprintf(s.Err, "%s: %d of %d sent\n", route.Channel.Name(), sent, len(samples))
	}
	return errors.Join(errs...)
}
