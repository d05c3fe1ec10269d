package audit

// request is what a record of a vault's log says of the request itself by the object that holds its properties: what was
// asked for and with what, how it came, and what the service answered.
type request struct {
	// object is what the id names, or else the URI.
	object Object
	// named: the id names it.
	named bool
	// host is the vault by the host that was called; hosted: the URI names a host at all, dataPlane: a vault's.
	host              scope
	hosted, dataPlane bool

	agent   string
	family  string // of the agent
	path    Path
	trusted bool // it came as one of Microsoft's trusted services

	answered bool // there is a status
	status   int  // 0 if it is none of HTTP
	refusal  Denial

	// id and uri are where the texts of both stand in the object.
	id, uri spot
}

// request reads what was asked for.
func (p *Parser) request() *request {
	asked := &p.quick.asked
	if r := asked.said; r != nil {
		p.view.at[fID], p.view.at[fURI] = r.id.moved(asked.at), r.uri.moved(asked.at)
		return r
	}
	p.asked = p.asks()
	if id, uri := p.view.at[fID], p.view.at[fURI]; id.plain() && uri.plain() {
		p.asked.id, p.asked.uri = id.moved(-asked.at), uri.moved(-asked.at)
		asked.learn(p.asked)
	}
	return &p.asked
}

// asks reads a request that was not read before.
func (p *Parser) asks() request {
	v, n := &p.view, &p.known
	to := n.target(v.text(fID), v.text(fURI))
	r := request{object: to.id.object, named: true, host: to.id.host, hosted: to.uri.hosted, dataPlane: to.uri.host.vault,
		agent: n.text(v.text(fAgent), MaxAgent), path: v.path(), trusted: v.trusted(),
		answered: v.has(fStatus), status: v.number(fStatus), refusal: v.refusal()}
	r.family = n.family(r.agent)
	if r.object.Name == "" {
		r.object, r.named = to.uri.object, false
	}
	if !r.host.vault {
		r.host = to.uri.host
	}
	return r
}

// source tells requests to the vault's host from those to the resource manager. The host decides, for its name is not
// the client's to choose; a path is.
func (r *request) source(op operation) Source {
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
func (r *request) about(op operation) Object {
	object := r.object
	if !r.named && op.class == Revive && object.Name == "restore" {
		object.Name = "" // POST /secrets/restore: the name is inside of the backup
	}
	if object.Type == NoObject {
		object.Type = op.object
	}
	return object
}
