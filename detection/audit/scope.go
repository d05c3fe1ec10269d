package audit

import "strings"

// scope is what a resource id points at.
type scope struct {
	text  string // as logged
	id    string // of the vault, or of what is wider than one; lower-case
	vault bool   // id is a vault, an HSM or a deleted vault
	wider bool   // id is a resource group, subscription or management group, or "/"
	hsm   bool
	below Object // the object named below the vault
}

// maxResource cuts resource ids. Azure's longest are well below it.
const maxResource = 1024

// scope reads a resource id, which is the likely one if that is not nil and is spelled like it. One without id is something
// of another service.
func (n *interner) scope(resource []byte, likely *scope) *scope {
	resource = cut(resource, maxResource)
	if likely != nil && likely.text == string(resource) {
		return likely
	}
	if known := n.vaults.known[string(resource)]; known != nil {
		return known
	}
	s := scopeOf(strings.ToLower(valid(string(resource), maxResource)))
	s.text = string(resource)
	return n.vaults.keep(s.text, &s)
}

const provider = "/microsoft.keyvault/"

func scopeOf(id string) scope {
	id = strings.TrimRight(id, "/")
	at := strings.Index(id, provider)
	if at < 0 {
		return widerScope(id)
	}
	parts := strings.Split(id[at+len(provider):], "/")
	if parts[0] != "vaults" && parts[0] != "managedhsms" || len(parts) < 2 {
		return scope{id: id, vault: true}
	}
	end := at + len(provider) + len(parts[0]) + 1 + len(parts[1])
	s := scope{id: id[:end], vault: true, hsm: parts[0] == "managedhsms"}
	if len(parts) > 3 {
		s.below = Object{Type: objectType(parts[2]), Name: valid(parts[3], MaxName)}
		if s.below.Type == NoObject {
			s.below = Object{}
		}
	}
	return s
}

// widerScope is the scope of a role assignment, whose own id ends in /providers/Microsoft.Authorization/….
func widerScope(id string) scope {
	at := strings.LastIndex(id, "/providers/microsoft.authorization/")
	if at < 0 {
		return scope{}
	}
	id = id[:at]
	other := strings.ReplaceAll(id, "/providers/microsoft.management/managementgroups/", "")
	if strings.Contains(other, "/providers/") {
		return scope{}
	}
	if id == "" {
		id = "/"
	}
	return scope{id: id, wider: true}
}

// vaultHosts are the domains of vaults and HSMs in the public and the national clouds.
var vaultHosts = []string{".vault.azure.net", ".vault.azure.cn", ".vault.usgovcloudapi.net", ".vault.microsoftazure.de",
	".managedhsm.azure.net", ".managedhsm.azure.cn", ".managedhsm.usgovcloudapi.net"}

// vaultHost tells whether a host is a vault's, and then which, in lower case. It stands in where a record has no resource
// id, for it is as unique.
func (n *interner) vaultHost(host []byte) (id string, hsm bool) {
	id = n.lower(host, MaxName)
	if id == "" {
		return "", false
	}
	for _, domain := range vaultHosts {
		if strings.HasSuffix(id, domain) && len(id) > len(domain) {
			return id, strings.HasPrefix(domain, ".managedhsm")
		}
	}
	return "", false
}
