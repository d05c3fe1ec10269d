package audit

import (
	"net/netip"
	"strings"
)

// address reads a caller's address: with or without port and brackets; invalid where it is masked or absent.
func (n *interner) address(b []byte) netip.Addr {
	if len(b) == 0 || len(b) > 64 {
		return netip.Addr{}
	}
	if address, ok := parse4(b); ok {
		return address
	}
	if known, ok := n.addresses.known[string(b)]; ok {
		return known
	}
	key := string(b)
	return n.addresses.keep(key, parseAddress(key))
}

// parse4 reads the plain spelling of an IPv4 address, with or without port, which is nearly always the one, faster than it
// could be looked up.
func parse4(b []byte) (netip.Addr, bool) {
	var parts [4]byte
	i := 0
	for at := range parts {
		start, value := i, 0
		for i < len(b) && b[i]-'0' <= 9 && i < start+4 {
			value = 10*value + int(b[i]-'0')
			i++
		}
		if i == start || value > 255 || b[start] == '0' && i > start+1 {
			return netip.Addr{}, false
		}
		parts[at] = byte(value)
		if at < 3 {
			if i == len(b) || b[i] != '.' {
				return netip.Addr{}, false
			}
			i++
		}
	}
	return netip.AddrFrom4(parts), i == len(b) || b[i] == ':' && isPort(b[i+1:])
}

func isPort(b []byte) bool {
	return len(b) > 0 && len(b) <= 5 && digits(b) >= 0 && digits(b) <= 65535
}

func parseAddress(s string) netip.Addr {
	s = strings.TrimSpace(s)
	if address, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return address.Unmap().WithZone("")
	}
	if both, err := netip.ParseAddrPort(s); err == nil {
		return both.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
