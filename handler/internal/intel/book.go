package intel

import (
	"net/netip"
	"time"

	"github.com/gaissmai/bart"
)

// Book is a set of lists, ready to be asked. It never changes, so any number of goroutines may share it; a refreshed
// list makes a new book. The nil book has no lists.
type Book struct {
	tor, suspicious bart.Table[[]listed]
	azure, known    bart.Lite
	lists           []Summary
}

// Summary is what health has to say about a list.
type Summary struct {
	Name    string
	Kind    Kind
	Taken   time.Time // zero for lists without a time
	Entries int       // with those that are only remembered
}

// listed is one entry of one list.
type listed struct {
	list  *List // without its entries
	entry Entry
}

// Hit is a listing that counted at the time asked for.
type Hit struct {
	List       string
	Source     string
	Confidence string
	Label      string // untrusted text of the publisher
	Prefix     netip.Prefix
	First      time.Time // zero: listed always
	Last       time.Time
	Taken      time.Time
	// Age is how old the list was at the time asked for; zero for lists without a time and for lists taken later.
	Age time.Duration
}

// NewBook makes a book of lists. Where two lists of a kind name the same network, the first list's entry is found.
func NewBook(lists ...List) *Book {
	b := &Book{}
	for _, l := range lists {
		b.lists = append(b.lists, Summary{Name: l.Name, Kind: l.Kind, Taken: l.Taken, Entries: len(l.Entries)})
		head := l
		head.Entries = nil
		for _, e := range l.Entries {
			b.insert(&head, e)
		}
	}
	return b
}

func (b *Book) insert(head *List, e Entry) {
	switch head.Kind {
	case Azure:
		b.azure.Insert(e.Prefix)
	case Known:
		b.known.Insert(e.Prefix)
	case Tor, Suspicious:
		table := &b.tor
		if head.Kind == Suspicious {
			table = &b.suspicious
		}
		all, _ := table.Get(e.Prefix)
		table.Insert(e.Prefix, append(all, listed{head, e}))
	}
}

// Tor reports whether the address was a TOR exit at the time, give or take Grace.
func (b *Book) Tor(addr netip.Addr, at time.Time) (Hit, bool) {
	if b == nil {
		return Hit{}, false
	}
	return find(&b.tor, addr, at)
}

// Suspicious reports whether the address stood on a suspicious list at the time, give or take Grace. Of several
// listings the one of the narrowest network is returned.
func (b *Book) Suspicious(addr netip.Addr, at time.Time) (Hit, bool) {
	if b == nil {
		return Hit{}, false
	}
	return find(&b.suspicious, addr, at)
}

// Azure reports whether the address is one of Azure's. Without an Azure list it is always false: see HasAzure.
func (b *Book) Azure(addr netip.Addr) bool { return b != nil && b.azure.Contains(plain(addr)) }

// HasAzure reports whether the book could know an address of Azure.
func (b *Book) HasAzure() bool { return b != nil && b.azure.Size() > 0 }

// Known reports whether the address lies in a network of the operator's own.
func (b *Book) Known(addr netip.Addr) bool { return b != nil && b.known.Contains(plain(addr)) }

// Lists returns a summary of every list, in the order given to NewBook.
func (b *Book) Lists() []Summary {
	if b == nil {
		return nil
	}
	return append([]Summary(nil), b.lists...)
}

// find answers the usual case, an address on no list, without looking further than the table.
func find(table *bart.Table[[]listed], addr netip.Addr, at time.Time) (Hit, bool) {
	addr = plain(addr)
	if !table.Contains(addr) {
		return Hit{}, false
	}
	// The narrowest network may have been listed at another time than asked for, so the wider ones count too.
	for prefix, all := range table.Supernets(netip.PrefixFrom(addr, addr.BitLen())) {
		for _, l := range all {
			if l.entry.valid(at) {
				return l.hit(prefix, at), true
			}
		}
	}
	return Hit{}, false
}

func (l listed) hit(prefix netip.Prefix, at time.Time) Hit {
	h := Hit{
		List: l.list.Name, Source: l.list.Source, Confidence: l.list.Confidence, Label: l.entry.Label,
		Prefix: prefix, First: l.entry.First, Last: l.entry.Last, Taken: l.list.Taken,
	}
	if !h.Taken.IsZero() && at.After(h.Taken) {
		h.Age = at.Sub(h.Taken)
	}
	return h
}

// plain is the form in which the tables hold addresses.
func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }
