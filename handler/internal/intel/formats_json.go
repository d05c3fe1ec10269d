package intel

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"time"
)

// readJSON tells the three JSON formats apart: two are one document with a member of their own, the third is an
// object a line.
func readJSON(text []byte, c *collector) {
	var document struct {
		Relays []relay
		Values []serviceTag
	}
	err := json.Unmarshal(text, &document)
	switch {
	case err == nil && document.Relays != nil:
		readOnionoo(document.Relays, c)
	case err == nil && document.Values != nil:
		readServiceTags(document.Values, c)
	default:
		readJSONLines(text, c)
	}
}

// relay is one relay of Onionoo's details.
type relay struct {
	Nickname     string
	Fingerprint  string
	LastSeen     string   `json:"last_seen"`
	Exits        []string `json:"exit_addresses"`
	Listens      []string `json:"or_addresses"` // with ports
	ExitPolicyV6 *struct {
		Accept []string
	} `json:"exit_policy_v6_summary"`
}

// readOnionoo takes the measured exit addresses. Measurements are IPv4 only, so the IPv6 addresses a relay listens on
// stand in for them where its policy lets IPv6 out, and so do its IPv4 ones while nothing was measured.
func readOnionoo(relays []relay, c *collector) {
	for i, r := range relays {
		at := parseTime(r.LastSeen)
		entry := Entry{First: at, Last: at, Label: strings.TrimSpace(r.Fingerprint + " " + r.Nickname)}
		for _, address := range r.Exits {
			c.add(i+1, address, entry)
		}
		for _, listen := range r.Listens {
			ap, err := netip.ParseAddrPort(listen)
			if err != nil {
				c.problem(i+1, listen, "no address with a port")
				continue
			}
			six := ap.Addr().Is6() && r.ExitPolicyV6 != nil && len(r.ExitPolicyV6.Accept) > 0
			if six || ap.Addr().Is4() && len(r.Exits) == 0 {
				c.add(i+1, ap.Addr().String(), entry)
			}
		}
	}
}

// serviceTag is one entry of Azure's service tags.
type serviceTag struct {
	Name       string
	Properties struct{ AddressPrefixes []string }
}

// readServiceTags takes every network of every tag: all are run by Azure. The label is the region, where a tag says it.
func readServiceTags(tags []serviceTag, c *collector) {
	for i, tag := range tags {
		label := ""
		if strings.HasPrefix(tag.Name, "AzureCloud.") {
			label = tag.Name
		}
		for _, prefix := range tag.Properties.AddressPrefixes {
			c.add(i+1, prefix, Entry{Label: label})
		}
	}
}

// jsonLine is one line of a JSON-lines list, under the names that publishers use.
type jsonLine struct {
	IP, Address, CIDR, Prefix, Network  string
	IPAddress                           string `json:"ip_address"`
	FirstSeen                           string `json:"first_seen"`
	LastSeen                            string `json:"last_seen"`
	ValidUntil                          string `json:"valid_until"`
	Expires                             string
	Label, Category, Description, SBLID string
	Type                                string
}

func readJSONLines(text []byte, c *collector) {
	number := 0
	for raw := range bytes.Lines(text) {
		number++
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 {
			continue
		}
		var l jsonLine
		err := json.Unmarshal(raw, &l)
		// A member of another type than expected is the publisher's business while the address can be read.
		if unexpected := new(json.UnmarshalTypeError); err != nil && !errors.As(err, &unexpected) {
			c.problem(number, string(raw), "no JSON object in one line; known documents have a member relays or values")
			continue
		}
		address := cmp.Or(l.IP, l.IPAddress, l.Address, l.CIDR, l.Prefix, l.Network)
		if address == "" {
			if l.Type != "metadata" { // the last line of Spamhaus's files
				c.problem(number, string(raw), "no member ip, address, cidr, prefix or network")
			}
			continue
		}
		first, last := l.times(c.Seen)
		c.add(number, address, Entry{First: first, Last: last, Label: cmp.Or(l.Label, l.Category, l.SBLID, l.Description)})
	}
}

// times prefers an expiry over a last sighting. What expires without having begun began with the list, or ever.
func (l jsonLine) times(seen time.Time) (first, last time.Time) {
	first = parseTime(l.FirstSeen)
	expiry := parseTime(cmp.Or(l.Expires, l.ValidUntil))
	if expiry.IsZero() {
		return first, parseTime(l.LastSeen)
	}
	if first.IsZero() {
		first = seen
	}
	if first.IsZero() {
		first = time.Unix(1, 0).UTC()
	}
	return first, expiry
}
