package month

import (
	"fmt"
	"strconv"
	"strings"
)

// plural is the object type of an operation as it stands in object addresses; empty for the vault itself.
func plural(operation string) string {
	switch {
	case strings.HasPrefix(operation, "Secret"):
		return "secrets"
	case strings.HasPrefix(operation, "Key"):
		return "keys"
	case strings.HasPrefix(operation, "Certificate"):
		return "certificates"
	}
	return ""
}

func singular(operation string) string { return strings.TrimSuffix(plural(operation), "s") }

// verb is what an operation does to its object: "Get" of "SecretGet".
func verb(operation string) string {
	for _, noun := range []string{"Secret", "Key", "Certificate", "Vault"} {
		if rest, ok := strings.CutPrefix(operation, noun); ok {
			return rest
		}
	}
	return operation
}

// path is the request's path below the vault.
func path(c *call) string {
	base, name := "/"+plural(c.operation), "/"+c.object
	switch verb(c.operation) {
	case "Authentication":
		return "/secrets/"
	case "List":
		return base
	case "ListDeleted":
		return "/deleted" + base[1:]
	case "GetDeleted", "Purge":
		return "/deleted" + base[1:] + name
	case "Recover":
		return "/deleted" + base[1:] + name + "/recover"
	case "ListVersions":
		return base + name + "/versions"
	case "Backup":
		return base + name + "/backup"
	case "Restore":
		return base + "/restore"
	case "Import", "Create", "Rotate":
		return base + name + "/" + strings.ToLower(verb(c.operation))
	case "RotateIfDue":
		return base + name + "/rotate"
	case "Decrypt", "Encrypt", "Sign", "Verify":
		return base + name + "/" + c.vault.version(c.object) + "/" + strings.ToLower(verb(c.operation))
	case "Wrap", "Unwrap":
		return base + name + "/" + c.vault.version(c.object) + "/" + strings.ToLower(verb(c.operation)) + "key"
	case "Set", "Update", "Delete":
		return base + name
	}
	if c.tool.application == portalBlade {
		return base + name + "/" + c.vault.version(c.object)
	}
	return base + name + "/"
}

// requestURI is the whole address as sent, with the habits of the client.
func (w *writer) requestURI(c *call) string {
	if controlPlane(c.operation) {
		return "https://management.azure.com/subscriptions/" + c.vault.subscription + "/resourceGroups/" + c.vault.group + "/providers/Microsoft.KeyVault/vaults/" + c.vault.name + "?api-version=2024-11-01"
	}
	uri := "https://" + c.vault.host + path(c) + "?api-version=" + w.apiVersion(c)
	if c.tool.application == portalBlade && !strings.HasPrefix(verb(c.operation), "Set") {
		if verb(c.operation) == "List" {
			uri += "&maxresults=25"
		}
		uri += "&_=" + strconv.FormatInt(c.at.UnixMilli(), 10)
	}
	return uri
}

// objectID is the address of the object; lists and challenges have none.
func objectID(c *call) string {
	switch v := verb(c.operation); v {
	case "Authentication", "List", "ListDeleted", "Restore":
		if controlPlane(c.operation) {
			return "https://" + c.vault.host + "/"
		}
		return ""
	case "GetDeleted", "Purge", "Recover":
		return "https://" + c.vault.host + "/deleted" + plural(c.operation) + "/" + c.object
	case "Delete", "Backup", "ListVersions":
		if !controlPlane(c.operation) {
			return "https://" + c.vault.host + "/" + plural(c.operation) + "/" + c.object
		}
	}
	if controlPlane(c.operation) {
		return "https://" + c.vault.host + "/"
	}
	id := "https://" + c.vault.host + "/" + plural(c.operation) + "/" + c.object
	if c.status >= 300 {
		return id
	}
	return id + "/" + c.vault.version(c.object)
}

// properties writes the object of that name.
func (w *writer) properties(b []byte, c *call) []byte {
	if strings.HasSuffix(c.operation, "EventGridNotification") {
		return w.notification(b, c)
	}
	b = append(b, '{')
	if id := objectID(c); id != "" {
		b = append(b, `"id":`...)
		b = quoted(b, id)
		b = append(b, ',')
	}
	b = append(b, `"clientInfo":`...)
	b = quoted(b, c.tool.agent)
	if controlPlane(c.operation) {
		return w.settings(b, c)
	}
	b = append(b, `,"httpStatusCode":`...)
	b = strconv.AppendInt(b, int64(c.status), 10)
	b = append(b, `,"requestUri":`...)
	b = quoted(b, w.requestURI(c))
	b = authorisation(b, c)
	b = material(b, c)
	if c.who == nil || c.who.roster > spare {
		tls := `,"tlsVersion":"TLS1_3"}`
		if len(c.tool.agent)%5 == 0 {
			tls = `,"tlsVersion":"TLS1_2"}`
		}
		return append(b, tls...)
	}
	return append(b, '}')
}

// authorisation writes how the request was let in or kept out.
func authorisation(b []byte, c *call) []byte {
	asked := c.status != 401 && c.status != 429 && !(c.status == 403 && c.refuse != byPolicy)
	granted := strconv.FormatBool(c.status != 403)
	switch {
	case asked && c.vault.rbac:
		b = append(b, `,"isRbacAuthorized":`+granted...)
		if c.status != 403 {
			b = append(b, `,"appliedAssignmentId":"`+c.vault.role+`"`...)
		}
	case asked:
		b = append(b, `,"isAccessPolicyMatch":`+granted...)
	}
	switch {
	case c.from.private && c.vault.fence == privateOnly:
		b = append(b, `,"privateEndpointId":"/subscriptions/`+c.vault.subscription+`/resourceGroups/`+c.vault.group+`/providers/Microsoft.Network/privateEndpoints/`+c.vault.name+`-pe"`...)
	case c.vault.noted && c.vault.fence == firewall && c.status != 401:
		b = append(b, `,"addrAuthType":"PublicIP","isAddressAuthorized":`+strconv.FormatBool(c.refuse != byFirewall)...)
	}
	return b
}

// material writes what the log tells about the key, secret or certificate itself.
func material(b []byte, c *call) []byte {
	if c.status >= 300 {
		return b
	}
	switch v := verb(c.operation); {
	case plural(c.operation) == "keys" && c.object != "":
		b = append(b, `,"keyProperties":{"type":"RSA","size":2048,"attributes":{"enabled":true,"hsmPlatform":"0"}}`...)
		switch v {
		case "Decrypt", "Encrypt", "Wrap", "Unwrap":
			b = append(b, `,"Algorithm":"RSA-OAEP-256"`...)
		case "Sign", "Verify":
			b = append(b, `,"Algorithm":"RS256"`...)
		}
	case c.operation == "SecretSet" || c.operation == "SecretUpdate":
		b = append(b, `,"secretProperties":{"attributes":{"enabled":true}}`...)
	case c.operation == "CertificateImport" || c.operation == "CertificateCreate":
		b = append(b, `,"keyProperties":{"type":"RSA","size":2048},"secretProperties":{"type":"application/x-pkcs12"},"certificateProperties":{"attributes":{"enabled":true},"subject":"CN=`+c.object+`"}`...)
	}
	return b
}

// settings writes the vault's state after a control-plane call, and what was granted where the record says so.
func (w *writer) settings(b []byte, c *call) []byte {
	b = append(b, `,"requestUri":`...)
	b = quoted(b, w.requestURI(c))
	b = append(b, `,"httpStatusCode":`...)
	b = strconv.AppendInt(b, int64(c.status), 10)
	if verb(c.operation) == "Delete" || verb(c.operation) == "Purge" {
		return append(b, '}')
	}
	acls, purge := `{"bypass":"AzureServices","defaultAction":"Deny"}`, "null"
	if c.vault.openAt(c.at) {
		acls = `{"bypass":"AzureServices","defaultAction":"Allow"}`
		if c.vault.fence == openFence && !c.vault.noted {
			acls = "null"
		}
	}
	if c.vault.purge {
		purge = "true"
	}
	b = fmt.Appendf(b, `,"properties":{"sku":{"Family":"A","Name":"Standard","Capacity":null},"tenantId":"%s","networkAcls":%s,"enabledForDeployment":false,"enabledForDiskEncryption":%t,"enabledForTemplateDeployment":false,"enableSoftDelete":true,"softDeleteRetentionInDays":90,"enableRbacAuthorization":%t,"enablePurgeProtection":%s}`,
		w.tenant, acls, c.vault.kind == "cmk", c.vault.rbac, purge)
	if c.change != nil && c.change.grant != "" && !c.vault.terse {
		rights := `["` + strings.Join(c.change.rights, `","`) + `"]`
		b = fmt.Appendf(b, `,"addedAccessPolicy":{"TenantId":"%s","ObjectId":"%s","Permissions":{"keys":%s,"secrets":%s,"certificates":%s}}`, w.tenant, c.change.grant, rights, rights, rights)
	}
	return append(b, '}')
}

func (w *writer) notification(b []byte, c *call) []byte {
	object, _, _ := strings.Cut(strings.TrimSuffix(c.operation, "EventGridNotification"), "Near")
	id := "https://" + c.vault.host + "/" + plural(c.operation) + "/" + c.object + "/" + c.vault.version(c.object)
	return fmt.Appendf(b, `{"id":"%s","clientInfo":"","eventGridEventProperties":{"subject":"%s","eventTime":"%s","data":{"Id":"%s","VaultName":"%s","ObjectType":"%s","ObjectName":"%s","Version":"%s","NBF":null,"EXP":%d}}}`,
		id, c.object, c.at.Format("2006-01-02T15:04:05.0000000Z"), id, c.vault.name, object, c.object, c.vault.version(c.object), c.at.AddDate(0, 0, 30).Unix())
}
