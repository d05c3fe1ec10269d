package audit

import (
	"bytes"
	"strings"
)

// place is what a URL points at.
type place struct {
	object Object
	host   scope  // the vault, by its host name
	hosted bool   // the URL names a host at all
	origin string // up to and with the slash behind the host, empty if there is none
}

// url reads an object's id or a request's URI. They return, and are costly to take apart.
func (n *interner) url(b []byte) *place {
	if query := bytes.IndexByte(b, '?'); query >= 0 {
		b = b[:query] // it varies, and points at nothing
	}
	if len(b) == 0 {
		return &n.nowhere
	}
	if known := n.urls.known[string(b)]; known != nil {
		return known
	}
	key := string(b)
	p := &place{object: n.object(b), host: n.hostScope(b), hosted: len(urlHost(b)) > 0, origin: origin(key)}
	if len(b) > maxResource {
		return p
	}
	return n.urls.keep(key, p)
}

// leads tells whether a URL has the same host in the same spelling.
func (p *place) leads(url []byte) bool {
	return p.origin != "" && len(url) >= len(p.origin) && string(url[:len(p.origin)]) == p.origin
}

// origin is the beginning of a URL up to and with the slash behind its host.
func origin(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	end := strings.IndexByte(rest, '/')
	if !ok || end < 0 {
		return ""
	}
	return url[:len(url)-len(rest)+end+1]
}

// object reads /<type>/<name>/<version> from an object's id or a request's URI. The zero object means that the URL names
// none; a type without name is a list.
func (n *interner) object(url []byte) Object {
	kind, rest, _ := bytes.Cut(urlPath(url), []byte("/"))
	name, rest, _ := bytes.Cut(rest, []byte("/"))
	third, _, _ := bytes.Cut(rest, []byte("/"))

	typed := n.lower(kind, 32)
	object := Object{Type: objectType(typed)}
	if object.Type == NoObject {
		return Object{}
	}
	object.Deleted = isDeleted(typed)
	object.Name = n.lower(name, MaxName)
	if object.Type == Certificate && (object.Name == "issuers" || object.Name == "contacts") {
		return Object{Type: OtherObject, Name: certificateSetting(object.Name, n.lower(third, MaxName))}
	}
	if isVersion(third) {
		object.Version = n.lower(third, 32)
	}
	return object
}

// objectType knows the first segment of an object's path, in lower case.
func objectType(segment string) ObjectType {
	switch segment {
	case "secrets", "deletedsecrets":
		return Secret
	case "keys", "deletedkeys":
		return Key
	case "certificates", "deletedcertificates":
		return Certificate
	case "storage", "deletedstorage":
		return OtherObject
	}
	return NoObject
}

func isDeleted(segment string) bool { return len(segment) > 7 && segment[:7] == "deleted" }

// certificateSetting names what lies beside the certificates under the same path.
func certificateSetting(kind, name string) string {
	if name == "" {
		return kind
	}
	return valid(kind+"/"+name, MaxName)
}

// isVersion tells a version (32 hex digits) from the verbs that stand in its place: sign, backup, versions.
func isVersion(segment []byte) bool {
	if len(segment) != 32 {
		return false
	}
	for _, c := range segment {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}
