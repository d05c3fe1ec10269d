package audit

import "strings"

// agents maps a beginning or a part of a user agent to its family, in order: SDKs name their runtime behind themselves,
// and everything claims to be Mozilla, so the telling ones come first.
var agents = []struct{ part, family string }{
	{"azurecli/", "azurecli"},
	{"azure-cli", "azurecli"},
	{"terraform", "terraform"},
	{"pulumi", "pulumi"},
	{"azurepowershell", "powershell"},
	{"powershell", "powershell"},
	{"azsdk-net", "azsdk-net"},
	{"azsdk-python", "azsdk-python"},
	{"azsdk-java", "azsdk-java"},
	{"azsdk-js", "azsdk-js"},
	{"azsdk-go", "azsdk-go"},
	{"azsdk-cpp", "azsdk-cpp"},
	{"azsdk-rust", "azsdk-rust"},
	{"fxversion/", "azsdk-net"},
	{"azure-sdk-for-python", "azsdk-python"},
	{"azure-sdk-for-go", "azsdk-go"},
	{"azure-sdk-for-java", "azsdk-java"},
	{"azureresourcegraph.", "azure-resource-graph"},
	{"python-requests", "python-requests"},
	{"go-http-client", "go-http"},
	{"curl/", "curl"},
	{"mozilla/", "browser"},
	{"opera/", "browser"},
}

// maxFamily bounds a family's name, in bytes.
const maxFamily = 32

// AgentFamily is what kind of client a user agent claims to be, without version: "azsdk-net", "azurecli", "browser",
// "curl"; of agents it does not know, the first product's name. It is lower-case ASCII of letters, digits and "-._", at
// most 32 bytes; empty for an empty agent, "other" for one without a usable name. The client may lie.
func AgentFamily(agent string) string {
	if agent == "" {
		return ""
	}
	agent = strings.ToLower(agent[:min(len(agent), MaxAgent)])
	for _, known := range agents {
		if strings.Contains(agent, known.part) {
			return known.family
		}
	}
	return firstProduct(agent)
}

// firstProduct is the leading name, cut where a version may begin. A bare id (the portal has sent its application id as
// agent) is a name of its own.
func firstProduct(agent string) string {
	var name strings.Builder
	for _, c := range strings.TrimSpace(agent) {
		letter := c >= 'a' && c <= 'z' || c == '-' || c == '.' || c == '_'
		if !letter && (c < '0' || c > '9') || name.Len() == maxFamily {
			break
		}
		name.WriteRune(c)
	}
	if trimmed := strings.Trim(name.String(), "-._"); trimmed != "" {
		return trimmed
	}
	return "other"
}
