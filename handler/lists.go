package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
	"github.com/vaultwatch/vaultwatch/detection/catalogue"
	"github.com/vaultwatch/vaultwatch/handler/internal/intel"
)

// lists are the address lists in force. The book may be exchanged while the judge asks; verdicts depend on the times of
// the entries, not on when the book came.
type lists struct{ book atomic.Pointer[intel.Book] }

func (l *lists) addresses() detection.Addresses { return l.book.Load().Addresses() }

// Tor implements detection.Addresses, as the methods below do.
func (l *lists) Tor(a netip.Addr, at time.Time) (detection.Listing, bool) {
	return l.addresses().Tor(a, at)
}

// Suspicious tells whether a feed lists the address at the time.
func (l *lists) Suspicious(a netip.Addr, at time.Time) (detection.Listing, bool) {
	return l.addresses().Suspicious(a, at)
}

// Azure tells whether the address belongs to Azure.
func (l *lists) Azure(a netip.Addr) bool { return l.addresses().Azure(a) }

// HasAzure tells whether Azure's ranges are known.
func (l *lists) HasAzure() bool { return l.addresses().HasAzure() }

// Known tells whether the address is the operator's own.
func (l *lists) Known(a netip.Addr) bool { return l.addresses().Known(a) }

// listFiles are what a replay may be told about addresses and bait.
type listFiles struct{ tor, suspicious, azure, known, canaries, settings string }

func (f *listFiles) define(flags *flag.FlagSet) {
	flags.StringVar(&f.tor, "tor", "", "`FILE` of TOR exits: an address a line, exit-addresses, or Onionoo's JSON")
	flags.StringVar(&f.suspicious, "suspicious", "", "`FILE` of addresses and networks of ill repute")
	flags.StringVar(&f.azure, "azure-ranges", "", "`FILE` of Azure's networks: Microsoft's service tags, or one a line")
	flags.StringVar(&f.known, "known-networks", "", "`FILE` of your own networks, one a line")
	flags.StringVar(&f.settings, "settings", "", "`FILE` of settings for all or single vaults: see docs/settings.md")
	flags.StringVar(&f.canaries, "canaries", "", "`FILE` of bait: lines of a vault and a secret that nobody should touch")
}

// read reads the files given. The notes tell which entries were left out.
func (f listFiles) read() (*intel.Book, *detection.Settings, []string, error) {
	var all []intel.List
	var notes []string
	for _, one := range []struct {
		path string
		o    intel.Options
	}{
		{f.known, intel.Options{Name: "known networks", Kind: intel.Known}},
		{f.azure, intel.Options{Name: "Azure ranges", Kind: intel.Azure}},
		{f.tor, intel.Options{Name: "TOR exits", Kind: intel.Tor}},
		// Who names a file means what is in it, wide networks as well; but not their own.
		{f.suspicious, intel.Options{Name: "suspicious addresses", Kind: intel.Suspicious, AllowWide: true}},
	} {
		if one.path == "" {
			continue
		}
		if one.o.Kind == intel.Suspicious {
			one.o.Guard = intel.NewBook(ofKind(all, intel.Known)...)
		}
		list, problems, err := readList(one.path, one.o)
		if err != nil {
			return nil, nil, nil, err
		}
		for _, p := range problems {
			notes = append(notes, fmt.Sprintf("%s, left out: %s", one.path, p))
		}
		all = append(all, list)
	}
	bait, err := readCanaries(f.canaries)
	if err != nil {
		return nil, nil, nil, err
	}
	settings, err := judgeSettings(f.settings, bait)
	return intel.NewBook(all...), settings, notes, err
}

// judgeSettings reads what the operator says about vaults, a file or the JSON itself, and adds bait named elsewhere.
func judgeSettings(where string, bait map[detection.Canary]bool) (*detection.Settings, error) {
	s := &detection.Settings{}
	if where != "" {
		text := []byte(where)
		if !strings.HasPrefix(where, "{") {
			var err error
			if text, err = os.ReadFile(where); err != nil {
				return nil, fmt.Errorf("read the settings of vaults: %w", err)
			}
		}
		var types []string
		for _, d := range catalogue.All() {
			types = append(types, d.ID)
		}
		var err error
		if s, err = detection.ParseSettings(text, types); err != nil {
			return nil, fmt.Errorf("read the settings of vaults: %w", err)
		}
	}
	if s.Canaries == nil {
		s.Canaries = map[detection.Canary]bool{}
	}
	maps.Copy(s.Canaries, bait)
	return s, nil
}

func ofKind(all []intel.List, kind intel.Kind) (out []intel.List) {
	for _, l := range all {
		if l.Kind == kind {
			out = append(out, l)
		}
	}
	return out
}

func readList(path string, o intel.Options) (intel.List, []intel.Problem, error) {
	f, err := os.Open(path)
	if err != nil {
		return intel.List{}, nil, fmt.Errorf("read the list of %s: %w", o.Name, err)
	}
	defer f.Close()
	list, problems, err := intel.Parse(f, o)
	if err != nil {
		return list, problems, fmt.Errorf("read the list of %s from %s: %w", o.Name, path, err)
	}
	return list, problems, nil
}

func readCanaries(path string) (map[detection.Canary]bool, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the canaries: %w", err)
	}
	defer f.Close()
	var entries []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if line = strings.TrimSpace(line); line != "" {
			entries = append(entries, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the canaries from %s: %w", path, err)
	}
	out, err := parseCanaries(entries)
	if err != nil {
		return nil, fmt.Errorf("read the canaries from %s: %w", path, err)
	}
	return out, nil
}

var errCanary = errors.New("want a vault and an object, as kv-pay/root-password or kv-pay root-password, or a vault alone")

// parseCanaries reads entries "vault object", "vault/object" or "vault".
func parseCanaries(entries []string) (map[detection.Canary]bool, error) {
	out := map[detection.Canary]bool{}
	for _, entry := range entries {
		f := strings.Fields(strings.ToLower(strings.Replace(entry, "/", " ", 1)))
		if len(f) == 0 || len(f) > 2 {
			return nil, fmt.Errorf("canary %q: %w", entry, errCanary)
		}
		f = append(f, "")
		out[detection.Canary{Vault: f[0], Object: f[1]}] = true
	}
	return out, nil
}

// knownNetworks makes a list of the operator's own networks, given one by one.
func knownNetworks(networks []string) ([]intel.List, error) {
	if len(networks) == 0 {
		return nil, nil
	}
	list, problems, err := intel.Parse(strings.NewReader(strings.Join(networks, "\n")), intel.Options{Name: "known networks", Kind: intel.Known})
	if len(problems) > 0 {
		return nil, fmt.Errorf("%q cannot be taken: %s", problems[0].Text, problems[0].Reason)
	}
	if err != nil {
		return nil, err
	}
	return []intel.List{list}, nil
}
