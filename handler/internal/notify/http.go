package notify

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// NewHTTPClient is the client of channels that post to a service: it follows no redirect, which would carry keys and
// alerts to a host nobody configured. Deadlines come from the context; Timeout is only the last resort.
func NewHTTPClient() *http.Client {
	return &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// CheckSecret refuses an empty secret and one that is still a Key Vault reference: the platform leaves the reference's
// own text in a setting when it cannot read the secret. The error never contains the value.
func CheckSecret(what, value string) error {
	switch {
	case strings.TrimSpace(value) == "":
		return fmt.Errorf("%s is empty: set it, or switch the channel off", what)
	case strings.HasPrefix(strings.TrimSpace(value), "@Microsoft.KeyVault("):
		return fmt.Errorf("%s is an unresolved Key Vault reference: give the app's identity the role Key Vault Secrets User on that vault, check the secret's address, then restart the app", what)
	case strings.ContainsAny(value, "\r\n"):
		return fmt.Errorf("%s contains a line break: set it again without", what)
	}
	return nil
}

// CheckURL refuses addresses over which alerts would travel in the clear: only https, and http to this machine. The
// error names the host alone, since a webhook's address may be its key.
func CheckURL(what, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%s is no address: it must look like https://host/path", what)
	}
	if u.Scheme == "https" || (u.Scheme == "http" && Loopback(u.Hostname())) {
		return nil
	}
	return fmt.Errorf("%s to %s is not https: alerts name vaults and people, so only https is allowed (http only to this machine)", what, u.Hostname())
}

// Loopback tells whether a host name or address is this machine.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
