package audit

import "strings"

// vaultLog reads a record of a vault's or HSM's own log.
func (p *Parser) vaultLog() (Record, verdict) {
	v, n := &p.view, &p.known
	where, verdict := p.vaultScope()
	if verdict.foreign || verdict.reason != "" {
		return Record{}, verdict
	}
	if category := v.text(fCategory); category != nil && !equalFold(category, "auditevent") {
		return Record{}, foreign
	}
	name := v.text(fOperation)
	if name == nil {
		return Record{}, malformed("no operationName")
	}
	op := n.operation(name)
	record := Record{Vault: where.id, Operation: op.name, Class: op.class}
	if verdict := p.timed(&record); verdict.reason != "" {
		return Record{}, verdict
	}
	if !op.known && where.hsm {
		record.Class = classifyPath(string(cut(urlPath(v.text(fURI)), MaxName)))
	}
	record.Source = p.source(op)
	record.Object = p.requested(op)
	record.Caller = p.caller(record.Source)
	record.Address = n.address(v.text(fAddress))
	record.Path = v.path()
	record.Agent = n.text(v.text(fAgent), MaxAgent)
	p.settle(&record)
	record.Change = p.vaultChange(record.Class)
	record.Digest = p.digest(told{record: &record, operation: op.folded, correlation: v.text(fCorrelation),
		object: first(v.text(fID), v.text(fURI)), address: v.text(fAddress)})
	return record, verdict
}

// vaultScope is the vault of the record, from its resource id or else from the host it was called at.
func (p *Parser) vaultScope() (scope, verdict) {
	v, n := &p.view, &p.known
	if resource := v.text(fResource); resource != nil {
		if where := n.scope(resource); where.vault {
			return where, verdict{}
		}
		return scope{}, foreign
	}
	for _, f := range []field{fID, fURI} {
		if where := n.url(v.text(f)).host; where.vault {
			return where, verdict{}
		}
	}
	if equalFold(v.text(fCategory), "auditevent") {
		return scope{}, malformed("an audit event that names no vault: neither resourceId nor a vault's address")
	}
	return scope{}, foreign
}

// source tells requests to the vault's host from those to the resource manager. The host decides, for its name is not
// the client's to choose; a path is.
func (p *Parser) source(op operation) Source {
	if op.class == Background {
		return Notice
	}
	uri := p.known.url(p.view.text(fURI))
	if !uri.hosted {
		if op.known && op.object == NoObject && (op.class == Policy || strings.HasPrefix(op.folded, "vault")) {
			return ControlPlane
		}
		return DataPlane
	}
	if uri.host.vault {
		return DataPlane
	}
	return ControlPlane
}

// requested is the object the request is about.
func (p *Parser) requested(op operation) Object {
	v, n := &p.view, &p.known
	object := n.url(v.text(fID)).object
	if object.Name == "" {
		object = n.url(v.text(fURI)).object
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
