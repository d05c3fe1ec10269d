package audit

import "bytes"

// request is what a record of a vault's log says of the request itself by the object that holds its properties: what was
// asked for and with what, how it came, and what the service answered.
type request struct {
	// object is what the id names, or else the URI.
	object Object
	// named: the id names it.
	named bool
	// host is the vault by the host in the id, or else in the URI; empty if that is none. hsm: it is a managed HSM.
	host string
	hsm  bool
	// hosted: the URI names a host at all, dataPlane: a vault's.
	hosted, dataPlane bool

	answered bool // there is a status
	trusted  bool // it came as one of Microsoft's trusted services
	path     Path
	refusal  Denial
	status   int // 0 if it is none of HTTP

	agent, family string

	// id and uri are where the texts of both stand in the object.
	id, uri span

	// where and op are what the record around it named last, and mostly names again; nil before.
	where *scope
	op    *operation
}

// span is a piece of a text.
type span struct{ start, end uint32 }

// request reads what was asked for.
func (p *Parser) request() *request {
	v, asked := &p.view, &p.quick.asked
	if r := asked.said; r != nil {
		v.at[fID], v.at[fURI] = r.id.spot(asked.at), r.uri.spot(asked.at)
		return r
	}
	p.asked = p.asks()
	if id, uri := v.at[fID], v.at[fURI]; id.plain() && uri.plain() {
		p.asked.id, p.asked.uri = id.span(asked.at), uri.span(asked.at)
		asked.learn(p.asked)
	}
	return &p.asked
}

// span is where a spot lies in an object that begins at some place of the body, nowhere if there is no value.
func (s spot) span(at int) span {
	if s.kind == kNull {
		return span{}
	}
	return span{s.start - uint32(at), s.end - uint32(at)}
}

// spot is the text at a span of an object that begins at some place of the body.
func (s span) spot(at int) spot {
	if s.end == 0 {
		return spot{}
	}
	return spot{start: s.start + uint32(at), end: s.end + uint32(at), kind: kText}
}

// asks reads a request that was not read before.
func (p *Parser) asks() request {
	v, n := &p.view, &p.known
	r := n.target(v.text(fID), v.text(fURI)).request()
	r.path, r.trusted, r.refusal = v.path(), v.trusted(), v.refusal()
	r.answered, r.status = v.has(fStatus), v.number(fStatus)
	r.agent = n.text(v.text(fAgent), MaxAgent)
	r.family = n.family(r.agent)
	return r
}

// target is what a request points at: the id of an object, and its URI.
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

func (to target) request() request {
	r := request{object: to.id.object, named: true, host: to.id.host, hsm: to.id.hsm, hosted: to.uri.hosted, dataPlane: to.uri.host != ""}
	if r.object.Name == "" {
		r.object, r.named = to.uri.object, false
	}
	if r.host == "" {
		r.host, r.hsm = to.uri.host, to.uri.hsm
	}
	return r
}

// source tells requests to the vault's host from those to the resource manager. The host decides, for its name is not
// the client's to choose; a path is.
func (r *request) source(op *operation) Source {
	switch {
	case op.class == Background:
		return Notice
	case r.dataPlane:
		return DataPlane
	case r.hosted, op.vaults:
		return ControlPlane
	}
	return DataPlane
}

// about is what the request is about.
func (r *request) about(op *operation) Object {
	object := r.object
	if !r.named && op.class == Revive && object.Name == "restore" {
		object.Name = "" // POST /secrets/restore: the name is inside of the backup
	}
	if object.Type == NoObject {
		object.Type = op.object
	}
	return object
}
