package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/vaultwatch/vaultwatch/detection/audit"
)

// Body writes records as the service would: one event's body, {"records":[…]}.
func Body(records []audit.Record) []byte {
	lines := make([]json.RawMessage, 0, len(records))
	for i := range records {
		lines = append(lines, line(&records[i]))
	}
	return mustJSON(map[string]any{"records": lines})
}

func line(r *audit.Record) json.RawMessage {
	properties := map[string]any{"clientInfo": r.Agent, "httpStatusCode": r.Status, "requestUri": requestURI(r)}
	if r.Object.Name != "" {
		properties["id"] = objectURI(r)
	}
	if r.Outcome == audit.Denied && r.Denial == audit.ByPolicy {
		properties["isAccessPolicyMatch"] = false
	}
	if r.Path == audit.PrivatePath {
		properties["privateEndpointId"] = "/subscriptions/0/resourcegroups/rg/providers/microsoft.network/privateendpoints/pe"
	}
	describeChange(properties, r.Change)
	out := map[string]any{"time": r.Time.Format(time.RFC3339Nano), "category": "AuditEvent", "operationName": r.Operation, "resultType": "Success",
		"correlationId": fmt.Sprintf("%016x", r.Digest), "callerIpAddress": r.Address.String(), "identity": identity(r),
		"properties": properties, "resourceId": strings.ToUpper(r.Vault), "durationMs": "7"}
	if r.Denial == audit.ByFirewall {
		out["resultDescription"] = "Client address is not authorized and caller is not a trusted service."
	}
	return mustJSON(out)
}

func vaultName(r *audit.Record) string { return r.Vault[strings.LastIndexByte(r.Vault, '/')+1:] }

func objectURI(r *audit.Record) string {
	return "https://" + vaultName(r) + ".vault.azure.net/" + r.Object.String()
}

func requestURI(r *audit.Record) string {
	if r.Source == audit.ControlPlane {
		return "https://management.azure.com" + r.Vault + "?api-version=2023-07-01"
	}
	return objectURI(r) + "?api-version=7.5"
}

// identity spells the claims as each plane does.
func identity(r *audit.Record) map[string]any {
	c := r.Caller
	if !c.Known() {
		return map[string]any{}
	}
	claim := map[string]any{"appid": c.Application}
	oid, upn := "oid", "upn"
	if r.Source == audit.ControlPlane {
		oid, upn = "http://schemas.microsoft.com/identity/claims/objectidentifier", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
	}
	claim[oid] = c.ID
	switch c.Kind {
	case audit.User:
		claim[upn] = c.Name
	case audit.ManagedIdentity:
		claim["xms_mirid"] = c.Resource
	default:
		claim["idtyp"] = "app"
	}
	return map[string]any{"claim": claim}
}

func describeChange(properties map[string]any, c *audit.Change) {
	if c == nil {
		return
	}
	for _, g := range c.Grants {
		properties["addedAccessPolicy"] = map[string]any{"ObjectId": g.Principal, "Permissions": map[string]any{"secrets": []string{"get", "list"}}}
	}
	if s := c.Settings; s != nil {
		action := "Deny"
		if s.Open {
			action = "Allow"
		}
		properties["properties"] = map[string]any{"networkAcls": map[string]any{"bypass": "None", "defaultAction": action}}
	}
}

func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // made of strings and numbers
	}
	return data
}
