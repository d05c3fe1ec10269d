package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/handler/internal/console"
	"github.com/vaultwatch/vaultwatch/handler/internal/invoke"
	"github.com/vaultwatch/vaultwatch/handler/internal/pipeline"
	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/triage"
)

// pagePath is where the console's first page lies below the handler's address.
const pagePath = invoke.DefaultPrefix + "ui/"

// newConsole wires the page and the API over what the app knows.
func (a *app) newConsole(s settings, said *detection.Settings, in *lists) (http.Handler, error) {
	return console.New(console.Options{
		Viewer: a.pipeline.Viewer(), Store: a.store, Catalogue: catalogue.All(), Links: s.links(), Access: s.access(), Settings: s.inForce(),
		ObserveOnly: func(vault string) bool { return said.For(vault).Mode == detection.Observe },
		Taught:      a.learn,
		Lists:       func() []console.List { return a.listAges(in) },
	})
}

// listAges tells how old the lists are, and why one could not be refreshed.
func (a *app) listAges(in *lists) []console.List {
	problems := map[string]string{}
	if a.fetched != nil {
		for _, l := range a.fetched.Ages() {
			problems[l.Name] = l.Problem
		}
	}
	var out []console.List
	for _, l := range in.book.Load().Lists() {
		out = append(out, console.List{Name: l.Name, Entries: l.Entries, AsOf: l.Taken, Problem: problems[l.Name]})
		delete(problems, l.Name)
	}
	for name, problem := range problems { // never came
		out = append(out, console.List{Name: name, Problem: problem})
	}
	return out
}

// access tells who may look. In Azure the host has asked for a function key already, and any name may lead there; on a
// computer of somebody's own only its own names may, and that of the console's address in the settings.
func (s settings) access() console.Access {
	if s.Instance != "" {
		return console.Access{EasyAuth: strings.EqualFold(s.EasyAuth, "true"), Anonymous: "somebody with a function key"}
	}
	hosts := console.Local()
	if page, err := url.Parse(s.Page); err == nil && page.Hostname() != "" {
		hosts = append(hosts, strings.ToLower(page.Hostname()))
	}
	return console.Access{Hosts: hosts, Anonymous: "the user of this computer"}
}

// inForce lists the settings for the health page. Secrets are told by whether they are there.
func (s settings) inForce() []console.Setting {
	var list []console.Setting
	values := reflect.ValueOf(s)
	for f := range fields() {
		one := console.Setting{Name: f.Tag.Get("env"), Value: fmt.Sprint(values.FieldByIndex(f.Index).Interface()), Source: "default"}
		switch {
		case !s.given[one.Name]:
			one.Value = f.Tag.Get("envDefault")
		case f.Tag.Get("secret") != "":
			one.Value, one.Source = "set, not shown", "environment"
		default:
			one.Source = "environment"
		}
		list = append(list, one)
	}
	return list
}

// silence marks alerts with the rule that keeps them from being told. Rules that cannot be read silence nothing: better
// told once too often than not at all.
func (a *app) silence(ctx context.Context, alerts []detection.Alert) []detection.Alert {
	now := time.Now()
	book, err := triage.Load(ctx, a.store)
	if err != nil {
		a.log.Warn().Str("error", invoke.Redact(err.Error())).Msg("no suppression rules")
		return alerts
	}
	alerts = slices.Clone(alerts)
	for i := range alerts {
		if rule, ok := book.Silencer(alerts[i], now); ok && alerts[i].Suppressed == "" {
			alerts[i].Suppressed = rule.Name
		}
	}
	return alerts
}

// lessonsIn gives the judge what people taught; nil, for no store, nothing.
func lessonsIn(s store.Store) func(context.Context, time.Time) ([]detection.Lesson, error) {
	if s == nil {
		return nil
	}
	return func(ctx context.Context, settled time.Time) ([]detection.Lesson, error) {
		return triage.Lessons(ctx, s, settled)
	}
}

// learn takes in what was just taught. If that fails, the next sweep does it.
func (a *app) learn(ctx context.Context) {
	if err := a.pipeline.Learn(ctx); err != nil {
		a.log.Warn().Str("error", invoke.Redact(err.Error())).Msg("a lesson waits for the next sweep")
	}
}

// writeReport writes what a replay found into a file of HTML.
func (r *replaying) writeReport(ctx context.Context, path string) error {
	look := func(f func(pipeline.Memory)) error { return r.pipeline.Viewer().Look(ctx, f) }
	o := console.ReportOptions{Alerts: r.list(), Look: look, Catalogue: catalogue.All()}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := console.Report(file, o); err != nil {
		_ = file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
