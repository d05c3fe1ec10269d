// Package tables keeps rows in one table of Azure Table Storage: the store of the app in Azure.
//
// A commit is one entity-group transaction, so it lands whole or not at all. A row is one entity; its key and partition
// are escaped into the characters that Azure allows, in an order-keeping way (escape.go), and its data is split over
// binary properties (entity.go). The package refuses shared keys other than in a connection string for development, and
// it never repeats a commit whose end is unknown: such a commit is reported as an error and the caller loads again.
//
// Start reading at [Open]; commit.go and rows.go hold the two verbs.
package tables

import (
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
)

var _ store.Store = (*Store)(nil)

// DefaultTable is the name of the table when Options names none.
const DefaultTable = "vaultwatch"

// Options say how to reach the table; the zero value uses the app's own identity.
type Options struct {
	// Table is the table's name, 3 to 63 letters and digits that begin with a letter. Empty: [DefaultTable].
	Table string
	// Credential proves who we are. Nil: azidentity's default chain, which finds the managed identity in Azure and the
	// signed-in developer elsewhere.
	Credential azcore.TokenCredential
	// ConnectionString replaces the URL and the credential. For Azurite and development only; DevelopmentStorage will do
	// for an Azurite on its usual port.
	ConnectionString string
	// Transport replaces the HTTP client.
	Transport policy.Transporter
	// Retry tunes how often and how patiently throttled requests are tried again, within the context's deadline. The
	// zero value is azcore's default: three more tries after 0.8, 2.4 and 5.6 seconds or as the service asks.
	// Whether a commit may be tried again is decided here, not by this option.
	Retry policy.RetryOptions
}

// Store is an open table. It is safe for several goroutines and holds nothing that must be closed.
type Store struct {
	client  *aztables.Client
	table   string
	retry   policy.RetryOptions
	counter *counter
}

// Counts is what a store has asked of the service so far, each try counted: the operations Azure bills.
type Counts struct {
	Reads   int64 // pages of rows
	Commits int64 // entity-group transactions
	Others  int64 // creating the table
}

// Counts returns the requests since Open.
func (s *Store) Counts() Counts {
	return Counts{Reads: s.counter.reads.Load(), Commits: s.counter.commits.Load(), Others: s.counter.others.Load()}
}

// Close implements [store.Store]. There is nothing to close.
func (s *Store) Close() error { return nil }

type counter struct{ reads, commits, others atomic.Int64 }
