package notify

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

// Outbox keeps alerts until every channel has been told of them: durable first, delivered after. Each channel has its
// own marks, so that a channel which is down neither holds up the others nor makes them repeat.
//
// In the store it owns one partition with these rows:
//
//	alert:<id>               an Entry, until all channels are done with it and it is older than keepFor
//	told:<day>:<id>          that this alert has been queued before, and the severity it had: queueing it again changes
//	                         nothing unless it has become more severe
//	mark:<channel>:<key>     a Mark, one per channel and incident
//	channel:<name>           a channel that cannot be reached, and when to try it again
//	lease                    who drains now, and until when
type Outbox struct{ config Config }

// Config is what an outbox needs.
type Config struct {
	Store store.Store
	// Partition is where its rows are; "outbox" if empty.
	Partition string
	// Owner names this instance in the lease, different for each running instance.
	Owner string
	// Routes are the ways out. Without any, alerts are kept for a while and forgotten.
	Routes []Route
}

// Route is a channel and what it wants to be told.
type Route struct {
	Channel  Channel
	Settings Settings
}

var channelName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// CheckName refuses names under which no marks can be kept.
func CheckName(name string) error {
	if !channelName.MatchString(name) {
		return fmt.Errorf("channel name %q: use a-z, 0-9 and dashes, at most 40", name)
	}
	return nil
}

// NewOutbox checks the configuration. It touches no store.
func NewOutbox(c Config) (*Outbox, error) {
	if c.Partition == "" {
		c.Partition = "outbox"
	}
	if c.Store == nil || c.Owner == "" {
		return nil, errors.New("outbox: a store and the name of this instance are required")
	}
	seen := map[string]bool{}
	for _, r := range c.Routes {
		name := r.Channel.Name()
		if err := CheckName(name); err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		if seen[name] {
			return nil, fmt.Errorf("outbox: two channels are called %q: give one of them another name", name)
		}
		if h := r.Settings.DigestHour; h < 0 || h > 23 {
			return nil, fmt.Errorf("outbox: digest hour %d of channel %s: must be 0 to 23 (UTC)", h, name)
		}
		seen[name] = true
	}
	return &Outbox{c}, nil
}
