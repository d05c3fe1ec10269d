package month

import (
	"fmt"
	"net/netip"
	"slices"
)

// origin is where a call comes from. Port tells whether the service logs the port behind the address.
type origin struct {
	address string
	// private is set for addresses that reach a vault by a private endpoint.
	private bool
	port    bool
	// foreign marks an address that only an attacker uses.
	foreign bool
}

// networks deals out the addresses of one organisation and of the world around it. All ranges but Azure's are
// invented; Azure's are real, because a judge may know them by heart.
type networks struct {
	// azure are the /16 prefixes of the regions in use.
	azure []netip.Prefix
	// offices are /24 prefixes, office6 a /48.
	offices []netip.Prefix
	office6 netip.Prefix
	// homes are /16 prefixes of internet providers.
	homes  []netip.Prefix
	hosts  []netip.Prefix
	tor    []netip.Addr
	listed []netip.Addr
	block  netip.Prefix
}

func newNetworks(d dice) *networks {
	n := &networks{}
	azure := []string{"20.54", "20.67", "20.93", "20.103", "20.107", "20.126", "20.160", "20.224", "51.105", "51.124", "51.136", "51.144", "40.69", "40.91", "40.115", "40.119", "13.74", "13.79", "13.81", "13.95", "52.143", "52.155", "52.169", "52.232"}
	for _, p := range some(d, azure, 10) {
		n.azure = append(n.azure, netip.MustParsePrefix(p+".0.0/16"))
	}
	slices.SortFunc(n.azure, netip.Prefix.Compare)
	city := pick(d, []string{"62.12", "77.243", "80.169", "194.79", "212.51"})
	for range 3 {
		n.offices = append(n.offices, netip.MustParsePrefix(fmt.Sprintf("%s.%d.0/24", city, d.whole(2, 250))))
	}
	n.office6 = netip.MustParsePrefix(fmt.Sprintf("2a07:%x:%x::/48", d.whole(0x1000, 0xffff), d.whole(0x100, 0xffff)))
	for _, p := range some(d, []string{"78.94", "84.112", "86.56", "87.118", "89.0", "92.75", "95.88", "109.42", "176.199", "188.96"}, 5) {
		n.homes = append(n.homes, netip.MustParsePrefix(p+".0.0/16"))
	}
	for _, p := range some(d, []string{"5.181", "31.14", "37.120", "46.29", "91.219", "103.27", "141.98", "146.70", "156.146", "194.5"}, 6) {
		n.hosts = append(n.hosts, netip.MustParsePrefix(p+".0.0/16"))
	}
	n.deal(d)
	return n
}

// deal fills the address lists that a judge is given.
func (n *networks) deal(d dice) {
	four, six := netip.MustParsePrefix("171.18.0.0/16"), netip.MustParsePrefix("2a0f:df00::/32")
	for range 900 {
		n.tor = append(n.tor, inside(d, four))
	}
	for range 150 {
		n.tor = append(n.tor, inside(d, six))
	}
	bad := netip.MustParsePrefix("43.231.0.0/16")
	n.block = netip.MustParsePrefix(fmt.Sprintf("43.232.%d.0/24", d.whole(1, 250)))
	for range 160 {
		n.listed = append(n.listed, inside(d, bad))
	}
}

// inside draws an address from a prefix of whole bytes.
func inside(d dice, p netip.Prefix) netip.Addr {
	raw := p.Addr().AsSlice()
	for i := p.Bits() / 8; i < len(raw); i++ {
		raw[i] = byte(d.whole(2, 250))
	}
	addr, _ := netip.AddrFromSlice(raw)
	return addr
}

func (n *networks) cloud(d dice) origin { return origin{address: inside(d, pick(d, n.azure)).String()} }

func (n *networks) inner(d dice) origin {
	return origin{address: inside(d, netip.MustParsePrefix("10.0.0.0/8")).String(), private: true}
}

func (n *networks) office(d dice) origin {
	if d.chance(0.15) {
		return origin{address: inside(d, n.office6).String()}
	}
	return origin{address: inside(d, n.offices[0]).String()}
}

func (n *networks) home(d dice) origin { return origin{address: inside(d, pick(d, n.homes)).String()} }

func (n *networks) stranger(d dice) origin {
	return origin{address: inside(d, pick(d, n.hosts)).String(), foreign: true}
}

func (n *networks) exit(d dice, six bool) origin {
	exits := filter(n.tor, func(a netip.Addr) bool { return a.Is6() == six })
	return origin{address: pick(d, exits).String(), foreign: true}
}

func (n *networks) suspicious(d dice) origin {
	if d.chance(0.3) {
		return origin{address: inside(d, n.block).String(), foreign: true}
	}
	return origin{address: pick(d, n.listed).String(), foreign: true}
}

// Lists are what a judge may be told about addresses and bait; one entry a line makes a file of each.
type Lists struct {
	// TorExits are addresses, valid throughout.
	TorExits []string
	// Suspicious, Azure and Known are addresses or prefixes.
	Suspicious, Azure, Known []string
	// Canaries are "vault secret" pairs.
	Canaries []string
}

func (n *networks) lists() Lists {
	l := Lists{Suspicious: []string{n.block.String()}, Known: []string{n.office6.String()}}
	for _, a := range n.tor {
		l.TorExits = append(l.TorExits, a.String())
	}
	for _, a := range n.listed {
		l.Suspicious = append(l.Suspicious, a.String())
	}
	for _, p := range n.azure {
		l.Azure = append(l.Azure, p.String())
	}
	for _, p := range n.offices {
		l.Known = append(l.Known, p.String())
	}
	return l
}
