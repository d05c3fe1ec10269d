package console

import (
	"net/url"
	"strings"
)

// links makes the relative addresses of the pages. The function key that the visitor came with goes along, since a
// browser cannot send it in a header. In a report there is nowhere to go but to its own sections.
type links struct {
	code   string
	report bool
	// root leads from a page that lies elsewhere to where the pages lie.
	root string
}

// to is a page with what it is about, as name and value in turn; values that are empty are left out.
func (l links) to(page string, pairs ...string) string {
	if l.report {
		if page == "incident" && len(pairs) == 2 {
			return "#incident-" + pairs[1]
		}
		return ""
	}
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			parts = append(parts, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
		}
	}
	if l.code != "" {
		parts = append(parts, "code="+url.QueryEscape(l.code))
	}
	if len(parts) == 0 {
		return l.root + page
	}
	return l.root + page + "?" + strings.Join(parts, "&")
}

// rootOf is the way from a path below the prefix to where the pages lie.
func rootOf(path string) string {
	if strings.HasPrefix(path, "ui/") && strings.Count(path, "/") == 1 {
		return ""
	}
	return strings.Repeat("../", strings.Count(path, "/")) + "ui/"
}

// ref is a text that leads somewhere, or, without an address, nowhere.
type ref struct{ Text, Href string }

func (l links) vault(id string) ref { return ref{vaultName(id), l.to("vault", "id", id)} }

// caller is a link to a principal. One without a name goes by its kind and the beginning of its id, if its kind is known.
func (l links) caller(id, name, kind string) ref {
	switch {
	case id == "":
		return ref{Text: "nobody by name"}
	case name == "" && kind != "":
		name = kind + " " + id[:min(len(id), 8)]
	case name == "":
		name = id
	}
	return ref{name, l.to("principal", "id", id)}
}

func (l links) vaults(ids []string) []ref {
	var list []ref
	for _, id := range ids {
		list = append(list, l.vault(id))
	}
	return list
}

// vaultName is the short name of a vault; what is no resource id stays as it is.
func vaultName(id string) string {
	if name := id[strings.LastIndexByte(id, '/')+1:]; name != "" {
		return name
	}
	return id
}
