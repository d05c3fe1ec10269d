package intel

import (
	"net/netip"
	"time"

	"github.com/vaultwatch/vaultwatch/detection"
)

// Addresses is the book as the judge asks it. Of a nil book, or one without lists, it says that nothing is known.
func (b *Book) Addresses() detection.Addresses { return addresses{b} }

type addresses struct{ *Book }

func (a addresses) Tor(addr netip.Addr, at time.Time) (detection.Listing, bool) {
	hit, ok := a.Book.Tor(addr, at)
	return hit.listing(), ok
}

func (a addresses) Suspicious(addr netip.Addr, at time.Time) (detection.Listing, bool) {
	hit, ok := a.Book.Suspicious(addr, at)
	return hit.listing(), ok
}

// listing is what an alert says of a hit. A feed that states its confidence decides the severity.
func (h Hit) listing() detection.Listing {
	l := detection.Listing{List: h.List, Label: h.Label, Age: h.Age}
	_ = l.Severity.UnmarshalText([]byte(h.Confidence)) // anything but a severity's name leaves it to the detection
	return l
}
