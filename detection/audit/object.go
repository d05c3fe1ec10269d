package audit

import "bytes"

// withoutQuery is a URL without what the client may add to it, which points at nothing.
func withoutQuery(url []byte) []byte {
	if query := bytes.IndexByte(url, '?'); query >= 0 {
		return url[:query]
	}
	return url
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
