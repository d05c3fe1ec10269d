package month

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"
)

// writer writes calls down as the service does: the order of keys, one space after top-level colons and after the
// opening brace, none inside identity and properties.
type writer struct {
	dice   dice
	tenant string
}

// record appends one call as a JSON object.
func (w *writer) record(b []byte, c *call) []byte {
	if strings.Contains(c.operation, "/") {
		return w.activity(b, c)
	}
	b = append(b, `{ "time": "`...)
	b = c.at.AppendFormat(b, "2006-01-02T15:04:05.0000000Z")
	b = append(b, `", "category": "AuditEvent", "operationName": "`...)
	b = append(b, c.operation...)
	b = append(b, `", "resultType": "Success"`...)
	if text := w.description(c); text != "" {
		b = append(b, `, "resultDescription": `...)
		b = quoted(b, text)
	}
	if !strings.HasSuffix(c.operation, "EventGridNotification") {
		b = append(b, `, "correlationId": "`...)
		b = append(b, w.dice.guid()...)
		b = append(b, `", "callerIpAddress": `...)
		b = quoted(b, w.address(c))
	}
	b = append(b, `, "identity": `...)
	b = w.identity(b, c)
	b = append(b, `, "properties": `...)
	b = w.properties(b, c)
	b = append(b, `, "resourceId": `...)
	b = quoted(b, c.vault.id)
	b = append(b, `, "operationVersion": "`...)
	b = append(b, w.apiVersion(c)...)
	b = append(b, `", "resultSignature": "`...)
	b = append(b, phrase(c.status)...)
	b = append(b, `", "durationMs": "`...)
	b = strconv.AppendInt(b, int64(w.dice.spread(32, 0.8))+3, 10)
	return append(b, `"}`...)
}

func (w *writer) address(c *call) string {
	if c.from.port && !strings.Contains(c.from.address, ":") {
		return c.from.address + ":" + strconv.Itoa(w.dice.whole(1024, 65000))
	}
	return c.from.address
}

func (w *writer) apiVersion(c *call) string {
	if controlPlane(c.operation) {
		return "2024-11-01"
	}
	if c.tool.version == "" {
		return "7.5"
	}
	return c.tool.version
}

func controlPlane(operation string) bool {
	return strings.HasPrefix(operation, "Vault") && !strings.HasSuffix(operation, "Notification")
}

// phrase is the reason phrase of an HTTP status, as resultSignature holds it.
func phrase(status int) string {
	switch status {
	case 401:
		return "Unauthorized"
	case 202:
		return "Accepted"
	case 204:
		return "No Content"
	case 400:
		return "Bad Request"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 409:
		return "Conflict"
	case 429:
		return "Too Many Requests"
	}
	return "OK"
}

// description is the text of an error; success has none.
func (w *writer) description(c *call) string {
	switch {
	case c.status == 404:
		return "A " + singular(c.operation) + " with (name/id) " + c.object + " was not found in this key vault. If you recently deleted this " + singular(c.operation) + " you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
	case c.status == 409:
		return "There was a conflict restoring the secret '" + c.object + "'."
	case c.status != 403:
		return ""
	}
	caller := "appid=" + c.client() + ";oid=" + c.who.id + ";iss=https://sts.windows.net/" + w.issuer(c) + "/"
	place := "\nVault: " + c.vault.name + ";location=" + c.vault.region
	switch {
	case c.refuse == byFirewall:
		return "Client address is not authorized and caller is not a trusted service.\nClient address: " + c.from.address + "\nCaller: " + caller + place
	case c.refuse == byClosedDoor:
		return "Public network access is disabled and request is not from a trusted service nor via an approved private link.\nCaller: " + caller + place
	case c.vault.rbac:
		return "Caller is not authorized to perform action on resource.\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\nCaller: " + caller +
			"\nAction: 'Microsoft.KeyVault/vaults/" + plural(c.operation) + "/" + strings.ToLower(verb(c.operation)) + "/action'\nResource: '" + c.vault.lower() + "'\nAssignment: (not found)\nDenyAssignmentId: null\nDecisionReason: null " + place
	}
	return "The user, group or application 'appid=" + c.client() + ";oid=" + c.who.id + ";numgroups=" + strconv.Itoa(len(c.who.name)%5) + ";iss=https://sts.windows.net/" + w.issuer(c) + "/' does not have " +
		plural(c.operation) + " " + strings.ToLower(verb(c.operation)) + " permission on key vault '" + c.vault.name + ";location=" + c.vault.region + "'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287"
}

func (c *call) client() string {
	if c.who.human() {
		return c.tool.application
	}
	return c.who.application
}

func (w *writer) issuer(c *call) string {
	if c.who.tenant != "" {
		return c.who.tenant
	}
	return w.tenant
}

// identity writes the claims of the token; control-plane records use other names and hold fewer.
func (w *writer) identity(b []byte, c *call) []byte {
	if c.who == nil {
		return append(b, `{}`...)
	}
	if controlPlane(c.operation) {
		b = append(b, `{"claim":{"http://schemas.microsoft.com/identity/claims/objectidentifier":"`...)
		b = append(b, c.who.id...)
		if c.who.human() {
			b = append(b, `","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":`...)
			b = quoted(b, c.who.name)
			b = append(b, `,"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":`...)
			b = quoted(b, c.who.name)
			b = append(b, `,"appid":"`...)
		} else {
			b = append(b, `","appid":"`...)
		}
		return append(append(b, c.client()...), `"}}`...)
	}
	b = append(b, `{"claim":{"oid":"`...)
	b = append(b, c.who.id...)
	b = append(b, `","appid":"`...)
	b = append(b, c.client()...)
	b = append(b, '"')
	if c.who.human() {
		b = append(b, `,"scp":"user_impersonation"`...)
	}
	b = w.details(b, c)
	if c.who.human() {
		b = w.person(b, c)
	}
	if c.who.resource != "" && c.who.roster > spare {
		b = append(b, `,"xms_mirid":`...)
		b = quoted(b, c.who.resource)
	}
	return append(b, `}}`...)
}

func (w *writer) details(b []byte, c *call) []byte {
	if c.who.roster == spare {
		return b
	}
	kind, secret := "app", "2"
	if c.who.human() {
		kind, secret = "user", "0"
	}
	b = append(b, `,"appidacr":"`+secret+`"`...)
	if c.who.roster == full {
		uti, issued := c.token()
		b = append(b, `,"iss":"https://sts.windows.net/`+w.issuer(c)+`/","xms_az_nwperimid":[],"idtyp":"`+kind+`","uti":"`...)
		b = append(b, uti...)
		b = append(b, `","iat":"`...)
		b = strconv.AppendInt(b, issued, 10)
		b = append(b, `","exp":"`...)
		b = strconv.AppendInt(b, issued+4800, 10)
		b = append(b, `","aud":"cfa8b339-82a2-471a-a3c9-0fc0be7a4093","nbf":"`...)
		b = strconv.AppendInt(b, issued, 10)
		return append(b, '"')
	}
	b = append(b, `,"xms_az_nwperimid":[]`...)
	if !c.who.human() {
		b = append(b, `,"idtyp":"app"`...)
	}
	return b
}

// token is the id of the token that the caller uses, and when it was issued, in seconds: a new one each hour.
func (c *call) token() (uti string, issued int64) {
	h := fnv.New64a()
	io.WriteString(h, c.who.id+c.client())
	phase := int64(h.Sum64() % 3600)
	issued = (c.at.Unix()-phase)/3600*3600 + phase
	h.Write(strconv.AppendInt(nil, issued, 10))
	return fmt.Sprintf("%016x", h.Sum64()), issued
}

func (w *writer) person(b []byte, c *call) []byte {
	b = append(b, `,"upn":`...)
	b = quoted(b, c.who.name)
	b = append(b, `,"ipaddr":`...)
	if c.signIn != "" {
		b = quoted(b, c.signIn)
	} else {
		b = quoted(b, c.from.address)
	}
	b = append(b, `,"unique_name":`...)
	b = quoted(b, c.who.name)
	return append(b, `,"amr":"pwd"`...)
}

// quoted appends a JSON string; plain text takes the short way, for nearly all of it is.
func quoted(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			escaped, _ := json.Marshal(text)
			return append(b, escaped...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}
