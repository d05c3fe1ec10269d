package tables_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vaultwatch/vaultwatch/handler/internal/store"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables"
	"github.com/vaultwatch/vaultwatch/handler/internal/store/tables/azurite"
)

// Settings that cannot work are refused before any request, in words that help.
func TestSettingsRefused(t *testing.T) {
	const reference = "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s)"
	secret := tables.AzuriteAt("http://127.0.0.1:1")
	for _, c := range []struct {
		name, url string
		options   tables.Options
		words     string
	}{
		{"nothing", "", tables.Options{}, "https://<account>.table.core.windows.net"},
		{"http", "http://a.table.core.windows.net", tables.Options{}, "https://<account>"},
		{"no host", "https://", tables.Options{}, "https://<account>"},
		{"a file", "memory.db", tables.Options{}, "https://<account>"},
		{"unresolved URL", reference, tables.Options{}, "could not resolve"},
		{"unresolved connection", "", tables.Options{ConnectionString: reference}, "could not resolve"},
		{"both", "https://a.table.core.windows.net", tables.Options{ConnectionString: secret}, "keep the URL"},
		{"bad table", "https://a.table.core.windows.net", tables.Options{Table: "my-table"}, "3 to 63 letters and digits"},
		{"abridged", "", tables.Options{ConnectionString: "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://elsewhere"}, "write the connection string out"},
		{"abridged to nothing", "", tables.Options{ConnectionString: "UseDevelopmentStorage=false"}, "write the connection string out"},
		{"bad connection", "", tables.Options{ConnectionString: "AccountKey=c2VjcmV0"}, "connection string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := tables.Open(context.Background(), c.url, c.options)
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Fatalf("got %v, want words %q", err, c.words)
			}
			for _, leak := range []string{"c2VjcmV0", "Eby8vdM02x"} {
				if strings.Contains(err.Error(), leak) {
					t.Errorf("the error prints a key: %v", err)
				}
			}
		})
	}
}

// The short form reaches an Azurite on its usual port. The test's own Azurite stands elsewhere, since that port may be taken.
func TestDevelopmentStorage(t *testing.T) {
	elsewhere := strings.TrimPrefix(azurite.Origin(t), "http://")
	asked := ""
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		asked = address
		return new(net.Dialer).DialContext(ctx, network, elsewhere)
	}}
	defer transport.CloseIdleConnections()
	for _, short := range []string{tables.DevelopmentStorage, " usedevelopmentstorage=True; "} {
		s, err := tables.Open(t.Context(), "", tables.Options{ConnectionString: short, Transport: &http.Client{Transport: transport}})
		if err != nil {
			t.Fatalf("%q: %v", short, err)
		}
		if err := s.Commit(t.Context(), "p", []store.Write{{Key: "k", Data: []byte("kept"), If: store.Any}}); err != nil {
			t.Errorf("%q: %v", short, err)
		}
	}
	if asked != "127.0.0.1:10002" {
		t.Errorf("%q was asked, want Azurite's usual port", asked)
	}
}

// What the service may say to the first request, and the words a person must find.
func TestOpenExplains(t *testing.T) {
	for _, c := range []struct {
		status      int
		code, words string
	}{
		{409, "TableAlreadyExists", ""},
		{409, "TableBeingDeleted", "wait a minute"},
		{403, "AuthorizationPermissionMismatch", "Storage Table Data Contributor"},
		{401, "InvalidAuthenticationInfo", "check the tenant"},
		{400, "InvalidInput", "InvalidInput (request 4711)"},
	} {
		t.Run(c.code, func(t *testing.T) {
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("x-ms-request-id", "4711")
				w.Header().Set("x-ms-error-code", c.code)
				w.WriteHeader(c.status)
				fmt.Fprintf(w, `{"odata.error":{"code":%q,"message":{"value":"words"}}}`, c.code)
			}))
			defer server.Close()
			options := tables.Options{Credential: azurite.Token{}, Transport: server.Client()}
			s, err := tables.Open(context.Background(), server.URL, options)
			if c.words == "" {
				if err != nil || s.Counts() != (tables.Counts{Others: 1}) {
					t.Fatalf("got %v, want a store", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.words) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %q", err, c.words)
			}
		})
	}
}
