package audit

import (
	"bytes"
	"strings"
)

// vaultLog reads a record of a vault's or HSM's own log.
func (p *Parser) vaultLog(record *Record) verdict {
	v, n := &p.view, &p.known
	to := n.target(v.text(fID), v.text(fURI))
	where, found := p.vaultScope(to)
	if found.foreign || found.reason != "" {
		return found
	}
	if category := v.text(fCategory); category != nil && !equalFold(category, "auditevent") {
		return foreign
	}
	name := v.text(fOperation)
	if name == nil {
		return malformed("no operationName")
	}
	op := n.operation(name)
	record.Vault, record.Operation, record.Class = where.id, op.name, op.class
	if found := p.timed(record); found.reason != "" {
		return found
	}
	if !op.known && where.hsm {
		record.Class = classifyPath(string(cut(urlPath(v.text(fURI)), MaxName)))
	}
	record.Source = to.source(op)
	record.Object = to.object(op)
	record.Caller = p.caller(record.Source)
	record.Address = n.address(v.text(fAddress))
	record.Path = v.path()
	record.Agent = n.text(v.text(fAgent), MaxAgent)
	p.settle(record)
	record.Change = p.vaultChange(record.Class)
	record.Digest = p.digest(told{record: record, operation: op.folded, correlation: v.text(fCorrelation),
		object: first(v.text(fID), v.text(fURI)), address: v.text(fAddress)})
	return found
}

// target is what a record of a vault's log says it is about: the id of an object, and the URI of the request.
type target struct{ id, uri *place }

// target looks the URI up only if it can say more than the id: behind the host that both name it repeats the object.
func (n *interner) target(id, uri []byte) target {
	to := target{id: n.url(id)}
	to.uri = to.id
	if o := to.id.origin; to.id.object.Name == "" || o == 0 || !bytes.HasPrefix(uri, id[:o]) {
		to.uri = n.url(uri)
	}
	return to
}

// vaultScope is the vault of the record, from its resource id or else from the host it was called at.
func (p *Parser) vaultScope(to target) (scope, verdict) {
	v, n := &p.view, &p.known
	if resource := v.text(fResource); resource != nil {
		if where := n.scope(resource); where.vault {
			return where, verdict{}
		}
		return scope{}, foreign
	}
	for _, at := range []*place{to.id, to.uri} {
		if at.host.vault {
			return at.host, verdict{}
		}
	}
	if equalFold(v.text(fCategory), "auditevent") {
		return scope{}, malformed("an audit event that names no vault: neither resourceId nor a vault's address")
	}
	return scope{}, foreign
}

// source tells requests to the vault's host from those to the resource manager. The host decides, for its name is not
// the client's to choose; a path is.
func (to target) source(op operation) Source {
	switch {
	case op.class == Background:
		return Notice
	case to.uri.host.vault:
		return DataPlane
	case to.uri.hosted, op.known && op.object == NoObject && (op.class == Policy || strings.HasPrefix(op.folded, "vault")):
		return ControlPlane
	}
	return DataPlane
}

// object is what the request is about.
func (to target) object(op operation) Object {
	object := to.id.object
	if object.Name == "" {
		object = to.uri.object
		if op.class == Revive && object.Name == "restore" {
			object.Name = "" // POST /secrets/restore: the name is inside of the backup
		}
	}
	if object.Type == NoObject {
		object.Type = op.object
	}
	return object
}

// settle fills what came of the request.
func (p *Parser) settle(record *Record) {
	if record.Source == Notice && !p.view.has(fStatus) {
		return // a notice answers no request, whatever its signature says
	}
	record.Status = p.view.vaultStatus()
	record.Outcome = outcome(record.Status, record.Caller.Known())
	if record.Outcome == Denied {
		record.Denial, record.Outcome = p.view.denial()
	}
}

func first(texts ...[]byte) []byte {
	for _, text := range texts {
		if len(text) > 0 {
			return text
		}
	}
	return nil
}
