package tables

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// Open reaches the table service at serviceURL (https://<account>.table.core.windows.net) and creates the table if it is
// missing. With Options.ConnectionString, serviceURL must be empty. Errors say which setting or role is wrong.
func Open(ctx context.Context, serviceURL string, options Options) (*Store, error) {
	if options.Table == "" {
		options.Table = DefaultTable
	}
	if err := checkSettings(serviceURL, options); err != nil {
		return nil, err
	}
	count := &counter{}
	service, err := connect(serviceURL, options, &aztables.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport:        options.Transport,
		Retry:            options.Retry,
		PerCallPolicies:  []policy.Policy{judge{}},
		PerRetryPolicies: []policy.Policy{tries{count}},
	}})
	if err != nil {
		return nil, fmt.Errorf("open table %s: %w", options.Table, err)
	}
	s := &Store{client: service.NewClient(options.Table), table: options.Table, retry: options.Retry, counter: count}
	if _, err := service.CreateTable(ctx, options.Table, nil); err != nil && !isCode(err, aztables.TableAlreadyExists) {
		return nil, s.explain("create", err)
	}
	return s, nil
}

func connect(serviceURL string, options Options, client *aztables.ClientOptions) (*aztables.ServiceClient, error) {
	if options.ConnectionString != "" {
		return aztables.NewServiceClientFromConnectionString(expand(options.ConnectionString), client)
	}
	credential := options.Credential
	if credential == nil {
		chain, err := azidentity.NewDefaultAzureCredential(nil)
		if err != nil {
			return nil, fmt.Errorf("find an identity: %w; assign the app a managed identity, or sign in with az login", err)
		}
		credential = chain
	}
	return aztables.NewServiceClient(serviceURL, credential, client)
}

var (
	errReference = errors.New("the setting is a Key Vault reference that Azure could not resolve; " +
		"let the app's identity read the secret, check its URI, and restart the app")
	errAbridged = errors.New("of the strings that begin with UseDevelopmentStorage only " + DevelopmentStorage + " is known, for " +
		"Azurite on its usual port; for another port write the connection string out, with AccountName, AccountKey and TableEndpoint")
	errBothGiven = errors.New("both a URL and a connection string are given; keep the URL, the connection string is for development")
)

// checkSettings finds what is wrong before any request is made. It never prints a connection string.
func checkSettings(serviceURL string, options Options) error {
	for _, setting := range []string{serviceURL, options.ConnectionString} {
		if strings.HasPrefix(strings.TrimSpace(setting), "@Microsoft.KeyVault(") {
			return fmt.Errorf("open table %s: %w", options.Table, errReference)
		}
	}
	if ok, _ := regexp.MatchString(`^[A-Za-z][A-Za-z0-9]{2,62}$`, options.Table); !ok {
		return fmt.Errorf("open table %q: a table's name is 3 to 63 letters and digits and begins with a letter", options.Table)
	}
	if options.ConnectionString != "" {
		if serviceURL != "" {
			return fmt.Errorf("open table %s: %w", options.Table, errBothGiven)
		}
		if strings.HasPrefix(strings.ToLower(expand(options.ConnectionString)), "usedevelopmentstorage") {
			return fmt.Errorf("open table %s: %w", options.Table, errAbridged)
		}
		return nil
	}
	parsed, err := url.Parse(serviceURL)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" {
		return fmt.Errorf("open table %s: %q is no address of a table service; it looks like "+
			"https://<account>.table.core.windows.net", options.Table, serviceURL)
	}
	return nil
}

func isCode(err error, code aztables.TableErrorCode) bool {
	var response *azcore.ResponseError
	return errors.As(err, &response) && response.ErrorCode == string(code)
}

// explain says what was attempted on which table and what a person can do. The SDK's own text of a refused request runs
// over many lines; a log line needs its status, its code and the number that Azure's support asks for.
func (s *Store) explain(attempt string, err error) error {
	var response *azcore.ResponseError
	if !errors.As(err, &response) {
		return fmt.Errorf("%s table %s: %w", attempt, s.table, err)
	}
	request := ""
	if response.RawResponse != nil {
		request = response.RawResponse.Header.Get("x-ms-request-id")
	}
	return fmt.Errorf("%s table %s: status %d %s (request %s)%s",
		attempt, s.table, response.StatusCode, response.ErrorCode, request, hint(response))
}

func hint(response *azcore.ResponseError) string {
	switch {
	case response.StatusCode == http.StatusForbidden:
		return "; give the app's identity the role Storage Table Data Contributor on the storage account and let its network " +
			"rules admit the app; a new role may take ten minutes to work"
	case response.StatusCode == http.StatusUnauthorized:
		return "; the storage account does not accept this identity: check the tenant and the account's name"
	case response.ErrorCode == string(aztables.TableNotFound):
		return "; the table was deleted while in use: restart the app, which creates it"
	case response.ErrorCode == string(aztables.TableBeingDeleted):
		return "; the table is being deleted: wait a minute and restart the app"
	case response.StatusCode == http.StatusTooManyRequests, response.StatusCode == http.StatusServiceUnavailable:
		return "; the service is throttling: the work is tried again later"
	}
	return ""
}
