package audit

import (
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/valyala/fastjson"
)

// maxGrants bounds how many rights of one record are kept.
const maxGrants = 64

// vaultChange reads what a record of the vault's log says about rights and settings. Readings of the settings (VaultGet)
// have one too, since the log never says what was before.
func (p *Parser) vaultChange(class Class) *Change {
	if class != Policy && class != Meta {
		return nil
	}
	settings := p.settings()
	if class == Meta {
		if settings == nil {
			return nil
		}
		return p.known.reading(*settings)
	}
	change := Change{Settings: settings}
	p.added(&change)
	if removed := p.view.object(fRemoved); removed != nil {
		p.revoke(&change, anyCase(removed, "objectid"))
	}
	p.revoke(&change, p.view.value(fRemovedPrincipal))
	return &change
}

// added reads addedAccessPolicy, whole or flattened into columns.
func (p *Parser) added(change *Change) {
	v := &p.view
	if policy := v.object(fAdded); policy != nil {
		p.grantPolicy(change, policy)
		return
	}
	if v.has(fAddedPrincipal) {
		role := summary(v.tree(fAddedKeys), v.tree(fAddedSecrets), v.tree(fAddedCertificates))
		p.grant(change, v.value(fAddedPrincipal), Grant{Role: role, Data: role != ""})
	}
}

// grantPolicy reads one access policy: {objectId, permissions{keys, secrets, certificates}}, in any case.
func (p *Parser) grantPolicy(change *Change, policy *fastjson.Object) {
	permissions := anyCase(policy, "permissions").GetObject()
	if permissions == nil {
		permissions = &fastjson.Object{}
	}
	role := summary(anyCase(permissions, "keys"), anyCase(permissions, "secrets"), anyCase(permissions, "certificates"))
	p.grant(change, anyCase(policy, "objectid"), Grant{Role: role, Data: role != ""})
}

func (p *Parser) grant(change *Change, principal *fastjson.Value, grant Grant) {
	grant.Principal = p.known.lower(principal.GetStringBytes(), MaxName)
	if grant.Principal != "" && len(change.Grants) < maxGrants {
		change.Grants = append(change.Grants, grant)
	}
}

func (p *Parser) revoke(change *Change, principal *fastjson.Value) {
	id := p.known.lower(principal.GetStringBytes(), MaxName)
	if id != "" && len(change.Revokes) < maxGrants {
		change.Revokes = append(change.Revokes, id)
	}
}

// anyCase gets a member by its lower-case name; nil if there is none.
func anyCase(object *fastjson.Object, name string) *fastjson.Value {
	var found *fastjson.Value
	object.Visit(func(key []byte, value *fastjson.Value) {
		if found == nil && equalFold(key, name) {
			found = value
		}
	})
	return found
}

// summary is "keys get; secrets get,list" of the three permission lists, empty if all are.
func summary(keys, secrets, certificates *fastjson.Value) string {
	var parts []string
	for _, list := range []struct {
		name  string
		value *fastjson.Value
	}{{"keys", keys}, {"secrets", secrets}, {"certificates", certificates}} {
		if verbs := permissions(list.value); verbs != "" {
			parts = append(parts, list.name+" "+verbs)
		}
	}
	return valid(strings.Join(parts, "; "), MaxName)
}

// permissions is a list of verbs, given as an array or as text.
func permissions(value *fastjson.Value) string {
	if value == nil {
		return ""
	}
	if value.Type() == fastjson.TypeString {
		return strings.ToLower(strings.ReplaceAll(string(cut(value.GetStringBytes(), MaxName)), " ", ""))
	}
	var verbs []string
	for _, verb := range value.GetArray() {
		if text := cut(verb.GetStringBytes(), 32); len(text) > 0 && len(verbs) < 32 {
			verbs = append(verbs, strings.ToLower(string(text)))
		}
	}
	return strings.Join(verbs, ",")
}

// settings are the vault's settings after the call; nil if the record holds none.
func (p *Parser) settings() *Settings {
	v := &p.view
	some := false
	for f := fACLs; f <= fPurgeProtection; f++ {
		some = some || v.has(f)
	}
	if !some {
		return nil
	}
	var s Settings
	s.RBAC, _ = v.flag(fRBAC)
	s.PurgeProtection, _ = v.flag(fPurgeProtection)
	s.SoftDelete, _ = v.flag(fSoftDelete)
	s.Open, s.Rules = p.firewall()
	return p.known.reading(s).Settings
}

// reading is the change of a record that only shows settings, the same for equal ones: vaults are read far more often than
// they change.
func (n *interner) reading(s Settings) *Change {
	known := n.readings[s]
	if known == nil {
		if len(n.readings) >= maxSpellings {
			clear(n.readings)
		}
		kept := s
		known = &Change{Settings: &kept}
		n.readings[s] = known
	}
	return known
}

// firewall reads whether the default is to allow, and a digest of the rules (0 when there are none).
func (p *Parser) firewall() (open bool, rules uint64) {
	v := &p.view
	action, bypass := v.value(fDefaultAction), v.value(fBypass)
	addresses, networks := v.tree(fIPRules), v.tree(fNetworkRules)
	if acls := v.object(fACLs); acls != nil {
		action, bypass = anyCase(acls, "defaultaction"), anyCase(acls, "bypass")
		addresses, networks = anyCase(acls, "iprules"), anyCase(acls, "virtualnetworkrules")
	}
	open = !equalFold(action.GetStringBytes(), "deny") && !equalFold(v.text(fPublicAccess), "disabled")
	b := appendLower(p.scratch[:0], action.GetStringBytes())
	b = appendLower(append(b, 0), bypass.GetStringBytes())
	for _, list := range []*fastjson.Value{addresses, networks} {
		b = append(b, 0)
		if list != nil && len(list.GetArray()) > 0 {
			b = list.MarshalTo(b)
		}
	}
	p.scratch = b
	if len(b) == 3 {
		return open, 0
	}
	return open, xxhash.Sum64(b)
}

// appendLower appends text with its ASCII letters in lower case.
func appendLower(b, text []byte) []byte {
	for _, c := range text {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}
