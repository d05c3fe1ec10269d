package month

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// vault is one key vault and what stands in it.
type vault struct {
	name, id, subscription, group, host, region string
	kind                                        string
	team                                        *team
	keeper                                      *person
	// rbac vaults grant by role assignment; the others hold access policies.
	rbac   bool
	fence  fence
	purge  bool
	terse  bool // policy writes do not name what was added
	noted  bool // the firewall's verdict stands in the records
	role   string
	tenant string
	// secrets, keys and certificates are names; versions are derived from them.
	secrets, keys, certificates []string
	// born is the first moment of a vault made during the tale; zero: always there.
	born time.Time
	// turns are changes of the firewall, in order of time.
	turns []turn
	// mutes are spans in which the log is off.
	mutes []span
}

type span struct{ from, to time.Time }

type turn struct {
	at   time.Time
	open bool
}

// fence is how a vault's network is closed.
type fence uint8

const (
	openFence fence = iota
	// firewall lets in known addresses and subnets.
	firewall
	// privateOnly lets in private endpoints only.
	privateOnly
)

// openAt tells whether the firewall's default was to allow at a moment.
func (v *vault) openAt(t time.Time) bool {
	open := v.fence == openFence
	for _, turn := range v.turns {
		if !turn.at.After(t) {
			open = turn.open
		}
	}
	return open
}

func (v *vault) muted(t time.Time) bool {
	for _, m := range v.mutes {
		if !t.Before(m.from) && t.Before(m.to) {
			return true
		}
	}
	return false
}

// version is the current version of an object, 32 hex digits.
func (v *vault) version(object string) string {
	digest := fnv.New128a()
	digest.Write([]byte(v.host + object))
	return fmt.Sprintf("%x", digest.Sum(nil))
}

// kinds of vaults, with how many secrets, keys and certificates they hold and how often they occur.
type vaultKind struct {
	name                      string
	secrets, keys, certs      int
	weight                    int
	closed, roles             float64
	workloads, people, visits float64
}

func vaultKinds() []vaultKind {
	return []vaultKind{
		{"api", 18, 0, 1, 4, 0.3, 0.5, 3, 4, 0.5},
		{"web", 12, 0, 2, 3, 0.2, 0.4, 2, 4, 0.5},
		{"data", 26, 1, 0, 3, 0.5, 0.6, 2, 3, 0.4},
		{"build", 22, 0, 1, 2, 0.1, 0.3, 1, 3, 0.4},
		{"cmk", 1, 5, 0, 2, 0.5, 0.8, 0, 1, 0.1},
		{"sign", 3, 4, 2, 1, 0.3, 0.7, 1, 1, 0.1},
		{"tls", 4, 0, 9, 1, 0.2, 0.5, 1, 1, 0.2},
		{"people", 9, 0, 0, 1, 0.6, 0.6, 1, 2, 0.2},
		{"ledger", 16, 1, 0, 1, 0.6, 0.7, 1, 2, 0.3},
		{"aks", 15, 0, 1, 2, 0.4, 0.8, 3, 2, 0.3},
		{"shared", 32, 1, 3, 2, 0.1, 0.2, 3, 6, 0.6},
		{"dev", 20, 0, 1, 1, 0.0, 0.5, 1, 6, 0.8},
		{"glass", 5, 0, 0, 1, 0.0, 0.5, 0, 0, 0},
	}
}

// fill names a vault's objects in the words of its organisation.
func (v *vault) fill(d dice, k vaultKind) {
	systems := some(d, []string{"orders", "billing", "crm", "search", "mailer", "ledger", "warehouse", "payroll", "stripe", "maps", "sso", "kafka", "mongo", "postgres", "sftp", "erp", "geo", "push", "fax", "invoice", "tracking", "customs", "fleet", "portal"}, 24)
	kinds := []string{"password", "apikey", "connection", "clientsecret", "sastoken", "webhook"}
	for i := range max(4, d.count(float64(k.secrets))) {
		sep := "-"
		if i%5 == 4 {
			sep = "--"
		}
		v.secrets = append(v.secrets, systems[i%len(systems)]+sep+kinds[(i+i/len(systems))%len(kinds)])
	}
	for i := range k.keys {
		v.keys = append(v.keys, fmt.Sprintf("%s-%d", pick(d, []string{"encryption", "wrapping", "signing", "tenant"}), i+1))
	}
	for i := range k.certs {
		v.certificates = append(v.certificates, fmt.Sprintf("%s-%s", systems[(i*7)%len(systems)], pick(d, []string{"tls", "mtls", "saml"})))
	}
}

// lower is the id as the labels of objects spell it.
func (v *vault) lower() string { return strings.ToLower(v.id) }
