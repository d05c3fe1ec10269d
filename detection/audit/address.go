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
	at, value, digits := 0, 0, 0
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			value = 10*value + int(c-'0')
			if digits++; digits > 1 && value < 10 || value > 255 {
				return netip.Addr{}, false // 01, or too much
			}
		case c == '.' && digits > 0 && at < 3:
			parts[at] = byte(value)
			at, value, digits = at+1, 0, 0
		case c == ':' && isPort(b[i+1:]):
			return whole4(parts, at, value, digits)
		default:
			return netip.Addr{}, false
		}
	}
	return whole4(parts, at, value, digits)
}

// whole4 is the address that ends with a last part.
func whole4(parts [4]byte, at, value, digits int) (netip.Addr, bool) {
	parts[3] = byte(value)
	return netip.AddrFrom4(parts), at == 3 && digits > 0
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
