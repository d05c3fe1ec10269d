package audit

// Source is the log a record stood in.
type Source uint8

const (
	// DataPlane is the vault's own log, a request to the vault's host.
	DataPlane Source = iota
	// ControlPlane is the vault's own log, a request to the resource manager (VaultGet, VaultPut, …).
	ControlPlane
	// ActivityLog is the subscription's activity log.
	ActivityLog
	// Notice is something the service did or noticed by itself (Event Grid notifications, KeyRotateIfDue).
	Notice
)

// Class is what an operation amounts to for whoever defends the vault.
type Class uint8

const (
	Other Class = iota
	// Value reveals secret material: SecretGet (a certificate's private key is read that way too).
	Value
	// Read shows an object without its secret: KeyGet, CertificateGet, version lists, deleted objects.
	Read
	// List enumerates objects.
	List
	// Crypto uses a key in place: sign, decrypt, unwrap.
	Crypto
	// Export takes an object out of the vault: backup, key release.
	Export
	// Write creates or changes objects.
	Write
	// Destroy deletes or purges objects or vaults.
	Destroy
	// Revive brings deleted or backed-up things back.
	Revive
	// Policy changes who may do what, or the vault's settings.
	Policy
	// Meta reads the vault itself: VaultGet and the authentication challenge.
	Meta
	// Background is the service's own work, never evidence.
	Background

	// Classes is the number of classes, for arrays indexed by one.
	Classes = int(Background) + 1
)

var classNames = [Classes]string{"other", "value", "read", "list", "crypto", "export", "write", "destroy", "revive", "policy", "meta", "background"}

func (c Class) String() string { return classNames[c] }

// Sensitive tells whether success of the class can harm: everything but looking around.
func (c Class) Sensitive() bool {
	switch c {
	case Value, Crypto, Export, Write, Destroy, Revive, Policy:
		return true
	}
	return false
}

// ObjectType is the kind of thing a vault holds.
type ObjectType uint8

const (
	NoObject ObjectType = iota
	Secret
	Key
	Certificate
	// OtherObject is anything else below a vault (storage accounts, HSM paths).
	OtherObject
	ObjectTypes = int(OtherObject) + 1
)

// String is the type as it stands in object URLs.
func (t ObjectType) String() string {
	return [...]string{"", "secrets", "keys", "certificates", "other"}[t]
}

// Kind is what sort of caller a token belongs to.
type Kind uint8

const (
	// Unauthenticated: the record has no identity, as on the 401 challenge.
	Unauthenticated Kind = iota
	User
	ServicePrincipal
	ManagedIdentity
	// MicrosoftService is a first-party application with a token of its own.
	MicrosoftService
	// UnknownKind has an identity that tells no more (control-plane records of service principals).
	UnknownKind
)

func (k Kind) String() string {
	return [...]string{"unauthenticated", "user", "service principal", "managed identity", "Microsoft service", "application"}[k]
}

// Workload tells whether a machine rather than a person is behind the caller.
func (k Kind) Workload() bool { return k != User && k != Unauthenticated }

// Path is how a call came to the vault.
type Path uint8

const (
	// PublicPath is the public endpoint, the default.
	PublicPath Path = iota
	// SubnetPath came through a service endpoint.
	SubnetPath
	// PrivatePath came through a private endpoint.
	PrivatePath
	// TrustedPath was let in as a trusted Microsoft service.
	TrustedPath
)

// Outcome is what became of a request. It is taken from the HTTP status, never from resultType, which says "Success"
// even on 403 (seen in real records).
type Outcome uint8

const (
	// Unknown: the record has no status.
	Unknown Outcome = iota
	Success
	// Challenge is the 401 that every SDK provokes to learn its tenant. Neither success nor denial.
	Challenge
	// Denied is 403 for want of the right or the network. The caller is usually known, but a firewall need not ask.
	Denied
	// NotFound is 404.
	NotFound
	// Refused is any other client error, 403 for the object's state (disabled, purge protection), and 401 for a caller
	// that is known.
	Refused
	// Throttled is 429.
	Throttled
	// Failed is 5xx.
	Failed
)

func (o Outcome) String() string {
	return [...]string{"unknown", "success", "challenge", "denied", "not found", "refused", "throttled", "failed"}[o]
}

// Denial is why a request was denied.
type Denial uint8

const (
	NotDenied Denial = iota
	// ByPolicy: no access policy or role allows it.
	ByPolicy
	// ByFirewall: the address or network is not allowed in.
	ByFirewall
)

func (d Denial) String() string {
	return [...]string{"", "no permission", "firewall"}[d]
}

// Valid tells whether a record's words are words of this program, as they may not be in a record read back from
// damaged storage.
func Valid(r *Record) bool {
	return r.Source <= Notice && int(r.Class) < Classes && r.Object.Type <= OtherObject && r.Caller.Kind <= UnknownKind &&
		r.Path <= TrustedPath && r.Outcome <= Failed && r.Denial <= ByFirewall
}
