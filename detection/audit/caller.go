package audit

import (
	"bytes"
	"strings"
)

// caller reads the identity.
func (p *Parser) caller(source Source) Caller {
	v, n := &p.view, &p.known
	caller := Caller{
		ID:          n.lower(v.text(cObjectID), MaxName),
		Application: n.lower(v.text(cApplication), MaxName),
		Tenant:      n.lower(tenant(v), MaxName),
		SignIn:      n.address(v.text(cSignIn)),
		Resource:    n.lower(v.text(cResource), maxResource),
	}
	if caller.ID == "" {
		caller.ID = caller.Application
	}
	for _, f := range []field{cUPN, cUniqueName, cName, cDisplayName} {
		if caller.Name == "" {
			caller.Name = n.text(v.text(f), MaxName)
		}
	}
	if caller.Name == "" && caller.Resource != "" {
		caller.Name = caller.Resource[strings.LastIndexByte(caller.Resource, '/')+1:]
	}
	caller.Kind = p.kind(caller, source)
	return caller
}

// kind decides what sort of caller it is, in the order that fits all known records.
func (p *Parser) kind(caller Caller, source Source) Kind {
	v := &p.view
	_, firstParty := services[caller.Application]
	person := v.has(cScope) || v.has(cUPN) || v.has(cUniqueName) || v.has(cName) ||
		equalFold(v.text(cType), "user")
	credential := v.text(cCredential)
	switch {
	case !v.claims:
		return Unauthenticated
	case caller.Resource != "":
		return ManagedIdentity
	case firstParty && (v.trusted() || !person):
		return MicrosoftService
	case person:
		return User
	case equalFold(v.text(cType), "app"), len(credential) == 1 && (credential[0] == '1' || credential[0] == '2'),
		source == DataPlane && caller.Application != "":
		return ServicePrincipal
	}
	return UnknownKind
}

func equalFold(text []byte, lower string) bool {
	return len(text) == len(lower) && strings.EqualFold(string(text), lower)
}

// tenant is the directory that issued the token: https://sts.windows.net/<tenant>/ or
// https://login.microsoftonline.com/<tenant>/v2.0.
func tenant(v *view) []byte {
	path := urlPath(v.text(cIssuer))
	first, _, _ := bytes.Cut(path, []byte("/"))
	if len(first) > 0 {
		return first
	}
	return v.text(cTenant)
}
