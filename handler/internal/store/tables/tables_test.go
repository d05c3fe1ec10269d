package tables_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/storetest"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
)

func TestConformanceWithSharedKey(t *testing.T) {
	options := tables.Options{ConnectionString: azurite.Start(t)}
	storetest.Run(t, fresh("", options))
}

func TestConformanceWithToken(t *testing.T) {
	secure := azurite.StartSecure(t)
	options := tables.Options{Credential: secure.Credential, Transport: secure.Transport}
	storetest.Run(t, fresh(secure.URL, options))
}

// fresh opens another, empty table each time.
func fresh(url string, options tables.Options) func(t *testing.T) store.Store {
	var number atomic.Int64
	return func(t *testing.T) store.Store {
		t.Helper()
		options := options
		options.Table = fmt.Sprintf("test%d", number.Add(1))
		return open(t, url, options)
	}
}

func open(t *testing.T, url string, options tables.Options) *tables.Store {
	t.Helper()
	s, err := tables.Open(context.Background(), url, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
