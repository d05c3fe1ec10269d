package audit

import "strings"

// dataRoles are the built-in roles that read, use or change what a vault holds, by the GUID of their definition. Owner,
// Contributor and User Access Administrator are not among them: they reach data only by granting themselves one of these.
var dataRoles = map[string]string{
	"00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
	"b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
	"4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
	"14b46e9e-c2b7-41b4-b07b-48a6ebf60603": "Key Vault Crypto Officer",
	"12338af0-0e69-4776-bea7-57ae8d297424": "Key Vault Crypto User",
	"e147488a-f6f5-4113-8e2d-b22465e65bf6": "Key Vault Crypto Service Encryption User",
	"08bbd89e-9f13-488c-ac41-acfcb10c90ab": "Key Vault Crypto Service Release User",
	"a4417e6f-fecd-4de8-b567-7b0420556985": "Key Vault Certificates Officer",
	"db79e9a7-68ee-4b58-9aeb-b90e7c24fcba": "Key Vault Certificate User",
}

// DataRole names a built-in Key Vault data role by its role definition id: the whole resource id, or its GUID alone.
func DataRole(id string) (name string, ok bool) {
	id = strings.ToLower(id[strings.LastIndexByte(id, '/')+1:])
	name, ok = dataRoles[id]
	return name, ok
}
