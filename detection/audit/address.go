package audit

import (
	"bytes"
	"net/netip"
	"strings"
)

// address reads a caller's address: with or without port and brackets; invalid where it is masked or absent.
func (n *interner) address(b []byte) netip.Addr {
	if len(b) == 0 || len(b) > 64 {
		return netip.Addr{}
	}
	b = withoutPort(b)
	if address, ok := parse4(b); ok {
		return address
	}
	if known, ok := n.addresses.known[string(b)]; ok {
		return known
	}
	key := string(b)
	return n.addresses.keep(key, parseAddress(key))
}

// withoutPort takes the port off an IPv4 address, so that it is read like one without. What is not plainly both is left
// as it is.
func withoutPort(b []byte) []byte {
	at := bytes.IndexByte(b, ':')
	if at < 0 {
		return b
	}
	for _, c := range b[:at] {
		if (c < '0' || c > '9') && c != '.' {
			return b
		}
	}
	if port := b[at+1:]; len(port) == 0 || len(port) > 5 || digits(port) < 0 || digits(port) > 65535 {
		return b
	}
	return b[:at]
}

// parse4 reads the plain spelling of an IPv4 address, which is nearly always the one, faster than it could be looked up.
func parse4(b []byte) (netip.Addr, bool) {
	var parts [4]byte
	for i := range parts {
		n := 0
		for n < len(b) && b[n] != '.' {
			n++
		}
		value := digits(b[:n])
		if n == 0 || n > 3 || value < 0 || value > 255 || n > 1 && b[0] == '0' || (i < 3) != (n < len(b)) {
			return netip.Addr{}, false
		}
		parts[i] = byte(value)
		b = b[min(n+1, len(b)):]
	}
	return netip.AddrFrom4(parts), true
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
