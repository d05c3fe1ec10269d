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
	id, uri := withoutQuery(v.text(fID)), withoutQuery(v.text(fURI))
	r := request{object: n.object(id), named: true, path: v.path(), trusted: v.trusted(),
		answered: v.has(fStatus), status: v.number(fStatus), refusal: v.refusal()}
	if r.object.Name == "" {
		r.object, r.named = n.object(uri), false
	}
	host := urlHost(uri)
	r.host, r.hsm = n.vaultHost(host)
	r.hosted, r.dataPlane = len(host) > 0, r.host != ""
	if other := urlHost(id); !bytes.Equal(other, host) {
		if at, hsm := n.vaultHost(other); at != "" {
			r.host, r.hsm = at, hsm
		}
	}
	r.agent = n.text(v.text(fAgent), MaxAgent)
	r.family = n.family(r.agent)
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
