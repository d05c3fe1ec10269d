package audit

import (
	"net/netip"
	"time"
)

// Record is one line of an audit log in the words of this program: who did what to which object of which vault, from
// where, and what came of it. It holds no reference to the bytes it was read from. The zero value of every field
// means "the log did not say".
type Record struct {
	// Time is when the service says it happened, in UTC. Verdicts run on this clock and no other.
	Time time.Time
	// Digest identifies the record across deliveries: equal digests are the same record told twice. It is taken over
	// what the service wrote (time, vault, operation, request id, object, status), never over how it was wrapped.
	Digest uint64

	// Vault is the lower-case ARM id of the vault or managed HSM. An activity record whose scope is wider than one
	// vault (a role assignment on a resource group) has that scope here ("/" for the whole directory), and Scoped is
	// true. A record without resource id has the vault's host name, a purge the id of the deleted vault.
	Vault string
	// Operation is the name as logged ("SecretGet", "Microsoft.KeyVault/vaults/write"), cut to MaxOperation bytes; compare
	// it without case.
	Operation string
	Object    Object
	Caller    Caller
	// Address is where the call came from, port removed and IPv4-mapped IPv6 unmapped; invalid if absent or masked.
	Address netip.Addr
	// Agent is the user agent as sent, cut to MaxAgent bytes. The client chooses it: never trust, always escape.
	Agent string
	// Family is the agent's, by [AgentFamily].
	Family string

	// Change is what the record says about rights and settings: never nil for Class Policy, there for Class Meta when it
	// shows the settings (VaultGet), nil for all others. It may be empty: most writes do not say whom they granted what.
	// Records share it, so it is never written to.
	Change *Change

	// Small things stand together, since records wait in memory by the thousand, and each is copied on its way.

	Source Source
	Scoped bool
	// Class is what the operation amounts to.
	Class Class
	// Path says how the call reached the vault, as far as the record tells.
	Path    Path
	Outcome Outcome
	// Denial says why a request with Outcome Denied was refused.
	Denial Denial
	// Status is the HTTP status, 0 if the record has none (notifications).
	Status int
}

// Object is a secret, key or certificate. Names compare without case, so Name is lower-case.
type Object struct {
	Name string
	// Version is empty when the request named none.
	Version string
	Type    ObjectType
	// Deleted: the request addressed the soft-deleted object.
	Deleted bool
}

// Caller is the authenticated party of a request.
type Caller struct {
	// ID is the object id, else the application id, lower-case; empty when unauthenticated. It is the stable key.
	ID string
	// Name is for people: user principal name, else name claim, else the resource name of a managed identity.
	Name string
	// Application is the client application id, lower-case.
	Application string
	Kind        Kind
	// Tenant is the issuing directory's id where the token's issuer is logged.
	Tenant string
	// SignIn is the address the token was issued to (claim ipaddr), which may differ from the one that uses it.
	SignIn netip.Addr
	// Resource is the resource a managed identity belongs to (claim xms_mirid), lower-case.
	Resource string
}

// Change is the part of a vault write that matters to rights.
type Change struct {
	// Grants are rights that the record itself names as added (addedAccessPolicy, role assignments).
	Grants []Grant
	// Revokes are principals that the record itself names as removed.
	Revokes []string
	// Settings is the state of the vault after the call; nil where the record does not hold it.
	Settings *Settings
}

// Grant is a right given to a principal.
type Grant struct {
	// Principal is the object id of who got it, lower-case.
	Principal string
	// Role is an access-policy summary ("secrets get,list") or a role definition id.
	Role string
	// Data is true where the right reads or uses objects, not only the vault's own settings.
	Data bool
}

// Settings are a vault's own settings as logged by VaultGet, VaultPut and VaultPatch.
type Settings struct {
	RBAC, PurgeProtection, SoftDelete bool
	// Open is true when the firewall's default is to allow (or there is no firewall).
	Open bool
	// Rules digests the firewall's rules as written, so that a change of them shows.
	Rules uint64
}

// MaxAgent, MaxName and MaxOperation cut client-chosen text, in bytes: an attacker must not fill our memory.
const (
	MaxAgent     = 512
	MaxName      = 256
	MaxOperation = 128
)

// Known tells whether the record names a caller.
func (c Caller) Known() bool { return c.ID != "" }

// String is the object as people write it: "secrets/db-password".
func (o Object) String() string {
	if o.Name == "" {
		return ""
	}
	return o.Type.String() + "/" + o.Name
}
