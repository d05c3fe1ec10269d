package month

import (
	"fmt"
	"strings"
	"time"
)

// Operations of the subscription's activity log.
const (
	assignRole   = "Microsoft.Authorization/roleAssignments/write"
	removeRole   = "Microsoft.Authorization/roleAssignments/delete"
	dropSettings = "Microsoft.Insights/diagnosticSettings/delete"
)

// secretsUser is the built-in role "Key Vault Secrets User", secretsAdmin "Key Vault Administrator".
const (
	secretsUser  = "4633458b-17de-408a-b874-0445c86b69e6"
	secretsAdmin = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
)

// assign gives a role on the session's vault: the activity log tells the start, with the body, and the end.
func (s *session) assign(operation string, c *change) {
	t := s.tool
	if t.application == portalBlade {
		t.application = portalShell
	}
	at := s.at
	c.asked = at
	for _, status := range []int{0, 201} {
		s.emit(call{at: at, operation: operation, vault: s.vault, status: status, who: s.who, tool: t, from: s.from, change: c})
		at = at.Add(s.dice.span(300*time.Millisecond, 2*time.Second))
	}
	s.at = at
	s.think()
}

// activity writes a record of the activity log. Start and end share a correlation id, so it is taken from the story.
func (w *writer) activity(b []byte, c *call) []byte {
	resource, body := c.vault.lower(), "{}"
	result, signature := "Success", "Succeeded.Created"
	if c.status == 0 {
		result, signature = "Start", "Started."
	}
	if c.change != nil && c.change.role != "" {
		resource += "/providers/microsoft.authorization/roleassignments/" + newDice(uint64(len(c.who.id)), c.change.grant+c.vault.id, 0).guid()
		body = fmt.Sprintf(`{"Id":"%s","Properties":{"PrincipalId":"%s","PrincipalType":"%s","RoleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/%s","Scope":"%s"}}`,
			newDice(0, c.change.grant, 1).guid(), c.change.grant, "User", c.change.role, c.vault.lower())
	} else if c.operation == dropSettings {
		resource += "/providers/microsoft.insights/diagnosticsettings/to-hub"
	}
	correlation := newDice(uint64(c.change.asked.UnixNano()), c.operation+resource, 2).guid()
	b = fmt.Appendf(b, `{ "RoleLocation": "West Europe", "Stamp": "FDWeb", "ReleaseVersion": "7.2026.3.1+a1b2c3d.release_2026w03", "time": "%s", "resourceId": "%s", "operationName": "%s", "category": "Administrative", "resultType": "%s", "resultSignature": "%s", "durationMs": "%d", "callerIpAddress": "%s", "correlationId": "%s"`,
		c.at.Format("2006-01-02T15:04:05.0000000Z"), strings.ToUpper(resource), strings.ToUpper(c.operation), result, signature, c.status/7, c.from.address, correlation)
	b = fmt.Appendf(b, `, "identity": {"authorization":{"scope":"%s","action":"%s","evidence":{"role":"Owner","roleAssignmentScope":"/subscriptions/%s","principalType":"User"}},"claims":{"aud":"https://management.core.windows.net/","iss":"https://sts.windows.net/%s/","appid":"%s","ipaddr":"%s","http://schemas.microsoft.com/identity/claims/objectidentifier":"%s"`,
		resource, c.operation, c.vault.subscription, w.tenant, c.client(), c.from.address, c.who.id)
	if c.who.human() {
		b = append(b, `,"idtyp":"user","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":`...)
		b = quoted(b, c.who.name)
		b = append(b, `,"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":`...)
		b = quoted(b, c.who.name)
	}
	b = append(b, `}}, "level": "Information", "properties": {`...)
	if c.status == 0 {
		b = append(b, `"requestbody":`...)
		b = append(quoted(b, body), ',')
	} else {
		b = append(b, `"statusCode":"Created","responseBody":`...)
		b = append(quoted(b, responseBody(c)), ',')
	}
	return fmt.Appendf(b, `"eventCategory":"Administrative","entity":"%s","message":"%s","hierarchy":"%s/%s"}, "tenantId": "%s"}`, resource, c.operation, w.tenant, c.vault.subscription, w.tenant)
}

// responseBody is what the end of a role assignment holds; the principal and role stand there too.
func responseBody(c *call) string {
	if c.change == nil || c.change.role == "" {
		return "{}"
	}
	return fmt.Sprintf(`{"properties":{"roleDefinitionId":"/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s","principalId":"%s","principalType":"User","scope":"%s"},"type":"Microsoft.Authorization/roleAssignments"}`,
		c.vault.subscription, c.change.role, c.change.grant, c.vault.lower())
}
