package audit

import "bytes"

// place is what a URL points at.
type place struct {
	object Object
	host   string // the vault by its host, empty if that is none
	hsm    bool   // it is a managed HSM
	hosted bool   // the URL names a host at all
	origin int    // length up to and with the slash behind the host, 0 if there is none
}

// url reads an object's id or a request's URI. They are costly to take apart, and return with other clients and answers.
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
	to := linkOf(b)
	p := place{object: n.object(to.path), hosted: len(to.host) > 0, origin: to.origin}
	p.host, p.hsm = n.vaultHost(to.host)
	if len(b) > maxResource || n.urls.full() && n.passed < passing {
		n.passed++
		n.last[n.passed%2] = p
		return &n.last[n.passed%2]
	}
	n.passed = 0
	if len(n.places) == 0 {
		n.places = make([]place, placesAtOnce)
	}
	kept := &n.places[0]
	n.places = n.places[1:]
	*kept = p
	return n.urls.keep(string(b), kept)
}

// placesAtOnce are made at a time.
const placesAtOnce = 64

// passing is how many URLs are taken apart and not kept once the table is full, before it begins anew: a large estate
// asks for more objects in turn than it holds, and would fill it for nothing.
const passing = 32 * maxInterned

// object reads <type>/<name>/<version> from the path of an object's id or of a request's URI. The zero object means that the
// URL names none; a type without name is a list.
func (n *interner) object(path []byte) Object {
	kind, rest := segment(path)
	name, rest := segment(rest)
	third, _ := segment(rest)

	object := Object{Type: n.objectType(kind), Deleted: isDeleted(kind)}
	if object.Type == NoObject {
		return Object{}
	}
	object.Name = n.lower(name, MaxName)
	if object.Type == Certificate && (object.Name == "issuers" || object.Name == "contacts") {
		return Object{Type: OtherObject, Name: certificateSetting(object.Name, n.lower(third, MaxName))}
	}
	if isVersion(third) {
		object.Version = n.lower(third, 32)
	}
	return object
}

// objectType knows the first segment of an object's path, which clients write in lower case as a rule.
func (n *interner) objectType(segment []byte) ObjectType {
	if found := objectType(string(segment)); found != NoObject || len(segment) == 0 {
		return found
	}
	return objectType(n.lower(segment, 32))
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

func isDeleted(segment []byte) bool { return len(segment) > 7 && equalFold(segment[:7], "deleted") }

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
