package audit

import (
	"strings"

	"github.com/valyala/fastjson"
)

// activity reads a record of the subscription's activity log, in the Event Hub or the REST shape. One operation is told
// several times (Start, Accept, Success); only the last counts.
func (p *Parser) activity(record *Record) verdict {
	v, n := &p.view, &p.known
	op := n.operation(v.text(fOperation), nil)
	where := n.scope(v.text(fResource), nil)
	if !p.concerns(op, where) || !administrative(v.text(fCategory)) {
		return foreign
	}
	ended, succeeded := ending(v.text(fResultType))
	if !ended {
		return foreign
	}
	record.Source, record.Vault, record.Scoped = ActivityLog, where.id, where.wider
	record.Class, record.Object = op.class, where.below
	if verdict := p.timed(record); verdict.reason != "" {
		return verdict
	}
	record.Operation = p.action(op)
	record.Caller = p.caller(ActivityLog, p.request().trusted)
	record.Address = n.address(p.clientAddress())
	record.Status = v.activityStatus()
	p.conclude(record, succeeded)
	record.Change = p.activityChange(op, record.Class)
	record.Digest = p.digest(told{record: record, operation: op.folded, correlation: v.text(fCorrelation),
		object: []byte(strings.ToLower(string(cut(v.text(fResource), maxResource))))})
	return verdict{}
}

// concerns tells whether the operation is about a vault, or gives rights on a scope that may hold one.
func (p *Parser) concerns(op *operation, where *scope) bool {
	return where.vault || where.wider && strings.HasPrefix(op.folded, "microsoft.authorization/roleassignments/")
}

// administrative are the categories of things done; older records have the kind of action there. The others (Alert,
// Policy, ResourceHealth, …) tell what was noticed.
func administrative(category []byte) bool {
	for _, name := range []string{"administrative", "write", "delete", "action"} {
		if equalFold(category, name) {
			return true
		}
	}
	return category == nil
}

// ending reads resultType or status: whether it is the last word on the operation, and a good one.
func ending(result []byte) (ended, succeeded bool) {
	switch strings.ToLower(string(cut(result, 32))) {
	case "start", "started", "accept", "accepted", "inprogress", "running":
		return false, false
	case "success", "succeeded":
		return true, true
	}
	return true, false
}

// action is the operation's name with its capitals where the record has them: the Event Hub shape shouts in
// operationName only.
func (p *Parser) action(op *operation) string {
	if authorization := p.view.object(fAuthorization); authorization != nil {
		if action := authorization.Get("action").GetStringBytes(); equalFold(action, op.folded) {
			return p.known.text(action, MaxOperation)
		}
	}
	return op.name
}

// clientAddress is the caller's address; the REST shape keeps it in httpRequest, if at all.
func (p *Parser) clientAddress() []byte {
	if request := p.view.object(fHTTPRequest); request != nil && !p.view.has(fAddress) {
		return request.Get("clientIpAddress").GetStringBytes()
	}
	return p.view.text(fAddress)
}

// conclude sets the outcome: by status, else by the final word, which says no more than yes or no.
func (p *Parser) conclude(record *Record, succeeded bool) {
	record.Outcome = outcome(record.Status, record.Caller.Known())
	switch {
	case record.Outcome == Denied:
		record.Denial = ByPolicy
	case record.Outcome != Unknown:
	case succeeded:
		record.Outcome = Success
	case p.view.has(fResultType):
		record.Outcome = Refused
	}
}

// activityChange reads rights from the texts of answer and request. The request's stands in the Start record of most
// operations, so for the final record the answer's must do.
func (p *Parser) activityChange(op *operation, class Class) *Change {
	if class != Policy {
		return nil
	}
	change := &Change{}
	for _, f := range []field{fResponseBody, fRequestBody} {
		body := p.view.object(f)
		if body == nil {
			continue
		}
		properties := body.Get("properties")
		if settings := properties.GetObject(); settings != nil {
			p.view.walk(settings)
		}
		if len(change.Grants)+len(change.Revokes) == 0 {
			p.rights(change, op, properties)
		}
	}
	change.Settings = p.settings()
	return change
}

func (p *Parser) rights(change *Change, op *operation, properties *fastjson.Value) {
	switch op.folded {
	case "microsoft.authorization/roleassignments/write":
		role := p.known.lower(properties.GetStringBytes("roleDefinitionId"), maxResource)
		_, data := DataRole(role)
		p.grant(change, properties.Get("principalId"), Grant{Role: role, Data: data})
	case "microsoft.authorization/roleassignments/delete":
		p.revoke(change, properties.Get("principalId"))
	case "microsoft.keyvault/vaults/accesspolicies/write":
		// …/accessPolicies/add, /replace or /remove; the first two both name who holds the right afterwards.
		removes := strings.HasSuffix(strings.ToLower(string(p.view.text(fResource))), "/accesspolicies/remove")
		for _, policy := range properties.GetArray("accessPolicies") {
			object := policy.GetObject()
			switch {
			case object == nil:
			case removes:
				p.revoke(change, anyCase(object, "objectid"))
			default:
				p.grantPolicy(change, object)
			}
		}
	}
}
