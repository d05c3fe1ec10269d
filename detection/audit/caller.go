package audit

import (
	"encoding/binary"
	"strings"
)

// identity is what the claims of a record say by themselves.
type identity struct {
	caller Caller // but for its kind
	// some: there is a claim at all. person and app: the claims are those of a person, of an application.
	some, person, app bool
	// service: the application is one of Microsoft's.
	service bool
}

// caller reads who it was. trusted says that the call came as one of Microsoft's trusted services.
func (p *Parser) caller(source Source, trusted bool) (c Caller) {
	who := p.quick.who.said
	if who == nil {
		who = p.identity()
		p.quick.who.learn(*who)
	}
	c = who.caller
	c.Kind = who.kind(source, trusted)
	return c
}

// nobody is who shows no token.
var nobody identity

// identity is what the claims say. A caller's next token says the same of it as the last, and is not read anew.
func (p *Parser) identity() *identity {
	v, n := &p.view, &p.known
	if !v.claims() {
		return &nobody
	}
	p.scratch = v.claimed(p.scratch[:0])
	if known := n.identities.known[string(p.scratch)]; known != nil {
		return known
	}
	who := p.identify()
	return n.identities.keep(string(p.scratch), &who)
}

// claimed appends to b which claims there are and what they say, so that equal ones, and no others, become equal bytes.
func (v *view) claimed(b []byte) []byte {
	for f := cObjectID; f <= cResource; f++ {
		if v.has(f) {
			text := v.text(f)
			b = binary.AppendUvarint(append(b, byte(f)), uint64(len(text)))
			b = append(b, text...)
		}
	}
	return b
}

// identify reads who the claims speak of.
func (p *Parser) identify() identity {
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
	_, service := services[caller.Application]
	credential := v.text(cCredential)
	return identity{caller: caller, some: true, service: service,
		person: v.has(cScope) || v.has(cUPN) || v.has(cUniqueName) || v.has(cName) || equalFold(v.text(cType), "user"),
		app:    equalFold(v.text(cType), "app") || len(credential) == 1 && (credential[0] == '1' || credential[0] == '2')}
}

// kind decides what sort of caller it is, in the order that fits all known records.
func (i *identity) kind(source Source, trusted bool) Kind {
	switch {
	case !i.some:
		return Unauthenticated
	case i.caller.Resource != "":
		return ManagedIdentity
	case i.service && (trusted || !i.person):
		return MicrosoftService
	case i.person:
		return User
	case i.app, source == DataPlane && i.caller.Application != "":
		return ServicePrincipal
	}
	return UnknownKind
}

// equalFold compares with a text of lower-case ASCII, without regard to case.
func equalFold(text []byte, lower string) bool {
	if len(text) != len(lower) {
		return false
	}
	for i, c := range text {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// tenant is the directory that issued the token: https://sts.windows.net/<tenant>/ or
// https://login.microsoftonline.com/<tenant>/v2.0.
func tenant(v *view) []byte {
	if first, _ := segment(linkOf(v.text(cIssuer)).path); len(first) > 0 {
		return first
	}
	return v.text(cTenant)
}
