package intel

import "net/netip"

// The widest networks a list of single offenders may name. Anything wider is a mistake or a whole country.
const (
	widest4 = 16
	widest6 = 32
)

// unwanted says why a list of this kind must not name the network; empty when it may. Azure's and the operator's own
// lists may name anything but everything.
func (c *collector) unwanted(p netip.Prefix) string {
	if p.Bits() == 0 {
		return "it means the whole internet"
	}
	if c.Kind != Tor && c.Kind != Suspicious {
		return ""
	}
	if local := localNetwork(p); local != "" {
		return local
	}
	if wide := p.Addr().Is4() && p.Bits() < widest4 || p.Addr().Is6() && p.Bits() < widest6; wide && !c.AllowWide {
		return "wider than /16 (IPv4) or /32 (IPv6); allow it explicitly if it is meant"
	}
	if c.Kind == Suspicious && c.Guard != nil {
		if c.Guard.known.OverlapsPrefix(p) {
			return "it overlaps a network of your own"
		}
		if c.Guard.azure.OverlapsPrefix(p) {
			// Azure's addresses change hands within hours: a listing there says little about today's holder.
			return "it overlaps a network of Azure"
		}
	}
	return ""
}

// localNetwork names the local network that p overlaps. Such addresses mean another machine at every place, and
// callers behind private endpoints have them.
func localNetwork(p netip.Prefix) string {
	for _, n := range []struct{ prefix, name string }{
		{"0.0.0.0/8", "it overlaps this-network addresses"},
		{"10.0.0.0/8", "it overlaps a private network"},
		{"100.64.0.0/10", "it overlaps carriers' shared addresses"},
		{"127.0.0.0/8", "it overlaps loopback addresses"},
		{"169.254.0.0/16", "it overlaps link-local addresses"},
		{"172.16.0.0/12", "it overlaps a private network"},
		{"192.168.0.0/16", "it overlaps a private network"},
		{"224.0.0.0/3", "it overlaps multicast or reserved addresses"},
		{"::/127", "it overlaps loopback addresses"},
		{"fc00::/7", "it overlaps a private network"},
		{"fe80::/10", "it overlaps link-local addresses"},
		{"ff00::/8", "it overlaps multicast addresses"},
	} {
		if netip.MustParsePrefix(n.prefix).Overlaps(p) {
			return n.name
		}
	}
	return ""
}
