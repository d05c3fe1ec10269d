package audit

// vaultLog reads a record of a vault's or HSM's own log.
func (p *Parser) vaultLog(record *Record) verdict {
	v, n := &p.view, &p.known
	asked := p.request()
	where, found := p.vaultScope(asked)
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
	op := n.operation(name, asked.op)
	asked.where, asked.op = where, op
	record.Vault, record.Operation, record.Class = where.id, op.name, op.class
	if found := p.timed(record); found.reason != "" {
		return found
	}
	if !op.known && where.hsm {
		record.Class = classifyPath(string(cut(linkOf(v.text(fURI)).path, MaxName)))
	}
	record.Source, record.Object = asked.source(op), asked.about(op)
	record.Caller = p.caller(record.Source, asked.trusted)
	record.Address = n.address(v.text(fAddress))
	record.Path, record.Agent, record.Family = asked.path, asked.agent, asked.family
	p.settle(record, asked)
	record.Change = p.vaultChange(record.Class)
	record.Digest = p.digest(told{record: record, operation: op.folded, correlation: v.text(fCorrelation),
		object: first(v.text(fID), v.text(fURI)), address: v.text(fAddress)})
	return found
}

// vaultScope is the vault of the record, from its resource id or else from the host it was called at.
func (p *Parser) vaultScope(asked *request) (*scope, verdict) {
	v := &p.view
	switch resource := v.text(fResource); {
	case resource != nil:
		if where := p.known.scope(resource, asked.where); where.vault {
			return where, verdict{}
		}
	case asked.host != "":
		p.host = scope{id: asked.host, vault: true, hsm: asked.hsm}
		return &p.host, verdict{}
	case equalFold(v.text(fCategory), "auditevent"):
		return nil, malformed("an audit event that names no vault: neither resourceId nor a vault's address")
	}
	return nil, foreign
}

// settle fills what came of the request.
func (p *Parser) settle(record *Record, asked *request) {
	if record.Source == Notice && !asked.answered {
		return // a notice answers no request, whatever its signature says
	}
	record.Status = asked.answer(p.view.text(fSignature))
	record.Outcome = outcome(record.Status, record.Caller.Known())
	if record.Outcome == Denied {
		record.Denial, record.Outcome = p.view.denial(asked.refusal)
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
